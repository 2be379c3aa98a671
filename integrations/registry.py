"""The meeting providers, on one screen. A new one is a folder in providers/ and an entry here."""

from collections.abc import Callable

from django.conf import settings

from integrations.providers.base import OAuthProvider, Provider
from integrations.providers.jitsi import Jitsi
from integrations.providers.personal_link import PersonalLink
from integrations.providers.zoom import Zoom


def _zoom() -> Zoom:
    return Zoom(
        client_id=settings.ZOOM_CLIENT_ID,
        client_secret=settings.ZOOM_CLIENT_SECRET,
        oauth_base_url=settings.ZOOM_OAUTH_BASE_URL,
        api_base_url=settings.ZOOM_API_BASE_URL,
        redirect_uri=f"{settings.OKEY_BASE_URL}/integrations/zoom/callback/",
        manage_meetings=settings.ZOOM_MANAGE_MEETINGS,
    )


def _jitsi() -> Jitsi:
    return Jitsi(base_url=settings.JITSI_BASE_URL)


#: In the order in which pages show them.
PROVIDERS: dict[str, Callable[[], Provider]] = {
    "zoom": _zoom,
    "jitsi": _jitsi,
    "personal_link": PersonalLink,
}


def provider(slug: str) -> Provider:
    """The provider of that name. Raises KeyError: the name is not ours."""
    return PROVIDERS[slug]()


def oauth_provider(slug: str) -> OAuthProvider:
    """The provider of that name, which owners authorize at. Raises KeyError where it is not one of those."""
    one = provider(slug)
    if not isinstance(one, OAuthProvider):
        raise KeyError(slug)
    return one


def providers() -> list[Provider]:
    """All of them, in order."""
    return [make() for make in PROVIDERS.values()]
