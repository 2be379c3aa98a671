"""The vendors and the meeting providers, on one screen. A new one is a folder and an entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.urls import reverse

from integrations.calendars.google import GoogleCalendar
from integrations.calendars.outlook import OutlookCalendar
from integrations.calendars.signed_in import SignedIn
from integrations.providers.base import OAuthProvider, Provider, Service
from integrations.providers.google_meet import GoogleMeet
from integrations.providers.jitsi import Jitsi
from integrations.providers.microsoft_teams import MicrosoftTeams
from integrations.providers.personal_link import PersonalLink
from integrations.providers.zoom import Zoom
from integrations.vendors.base import Vendor
from integrations.vendors.google import Google
from integrations.vendors.microsoft import Microsoft
from integrations.vendors.zoom import ZoomVendor
from okey.lib.environment import provider_base_url


def setting(name: str) -> str:
    """A vendor's setting by its whole name; empty where the operator has not set it. See docs/providers.md."""
    return str(getattr(settings, name) if hasattr(settings, name) else settings.VENDOR_SETTINGS.get(name, ""))


@dataclass(frozen=True)
class WithItsVendor:
    """A provider whose vendor serves no other one. Both are in its folder, whose module names them PROVIDER and VENDOR,
    and have its slug; they are made of {SLUG}_CLIENT_ID, {SLUG}_CLIENT_SECRET and {SLUG}_BASE_URL.
    """

    slug: str

    def __call__(self) -> Provider:
        made: Provider = self._folder.PROVIDER(base_url=self._base_url)
        return made

    def vendor(self) -> Vendor:
        made: Vendor = self._folder.VENDOR(
            client_id=self._setting("CLIENT_ID"), client_secret=self._setting("CLIENT_SECRET"), base_url=self._base_url
        )
        return made

    @property
    def _folder(self) -> ModuleType:
        return import_module(f"integrations.providers.{self.slug}")

    @property
    def _base_url(self) -> str:
        url = self._setting("BASE_URL")
        return provider_base_url(f"{self.slug.upper()}_BASE_URL", url) if url else ""

    def _setting(self, name: str) -> str:
        return setting(f"{self.slug.upper()}_{name}")


def _zoom_vendor() -> ZoomVendor:
    return ZoomVendor(
        client_id=settings.ZOOM_CLIENT_ID,
        client_secret=settings.ZOOM_CLIENT_SECRET,
        oauth_base_url=settings.ZOOM_OAUTH_BASE_URL,
        api_base_url=settings.ZOOM_API_BASE_URL,
    )


def _zoom() -> Zoom:
    return Zoom(
        oauth_base_url=settings.ZOOM_OAUTH_BASE_URL,
        api_base_url=settings.ZOOM_API_BASE_URL,
        manage_meetings=settings.ZOOM_MANAGE_MEETINGS,
    )


def _google() -> Google:
    return Google(
        client_id=settings.GOOGLE_CLIENT_ID,
        client_secret=settings.GOOGLE_CLIENT_SECRET,
        base_url=settings.GOOGLE_BASE_URL,
    )


def _google_meet() -> GoogleMeet:
    return GoogleMeet(base_url=settings.GOOGLE_BASE_URL)


def _google_calendar() -> GoogleCalendar:
    return GoogleCalendar(base_url=settings.GOOGLE_BASE_URL)


def _microsoft() -> Microsoft:
    return Microsoft(
        client_id=settings.MICROSOFT_CLIENT_ID,
        client_secret=settings.MICROSOFT_CLIENT_SECRET,
        base_url=settings.MICROSOFT_BASE_URL,
        secret_expires_on=settings.MICROSOFT_CLIENT_SECRET_EXPIRES,
    )


def _outlook_calendar() -> OutlookCalendar:
    return OutlookCalendar(base_url=settings.MICROSOFT_BASE_URL)


def _microsoft_teams() -> MicrosoftTeams:
    return MicrosoftTeams(base_url=settings.MICROSOFT_BASE_URL)


def _jitsi() -> Jitsi:
    return Jitsi(base_url=settings.JITSI_BASE_URL)


#: Whom owners sign in to.
VENDORS: dict[str, Callable[[], Vendor]] = {
    "zoom": _zoom_vendor,
    "google": _google,
    "microsoft": _microsoft,
}

#: In the order in which pages show them.
PROVIDERS: dict[str, Callable[[], Provider]] = {
    "zoom": _zoom,
    "google_meet": _google_meet,
    "microsoft_teams": _microsoft_teams,
    "jitsi": _jitsi,
    "personal_link": PersonalLink,
}

#: Owners' own calendars at vendors that they sign in to.
CALENDARS: dict[str, Callable[[], SignedIn]] = {
    "google_calendar": _google_calendar,
    "outlook_calendar": _outlook_calendar,
}

VENDORS |= {slug: one.vendor for slug, one in PROVIDERS.items() if isinstance(one, WithItsVendor)}


def vendor(slug: str) -> Vendor:
    """The vendor of that name. Raises KeyError: the name is not ours."""
    return VENDORS[slug]()


def vendor_of(service_slug: str) -> Vendor:
    """Whom one signs in to for this service. Raises KeyError where owners do not authorize at it."""
    return vendor(service(service_slug).vendor)


def provider(slug: str) -> Provider:
    """The provider of that name. Raises KeyError: the name is not ours."""
    return PROVIDERS[slug]()


def oauth_provider(slug: str) -> OAuthProvider:
    """The provider of that name, which owners authorize at. Raises KeyError where it is not one of those."""
    one = provider(slug)
    if not isinstance(one, OAuthProvider):
        raise KeyError(slug)
    return one


def calendars(slug: str) -> SignedIn:
    """The calendars of that name. Raises KeyError: the name is not ours."""
    return CALENDARS[slug]()


def service(slug: str) -> Service:
    """The provider or the calendars of that name, which owners authorize at. Raises KeyError where it is neither."""
    return calendars(slug) if slug in CALENDARS else oauth_provider(slug)


def providers() -> list[Provider]:
    """All of them, in order."""
    return [make() for make in PROVIDERS.values()]


def services(vendor_slug: str) -> list[Service]:
    """All that this vendor serves, its providers first."""
    asked = [one for one in providers() if isinstance(one, OAuthProvider)]
    return [one for one in (*asked, *(make() for make in CALENDARS.values())) if one.vendor == vendor_slug]


def is_configured(one: Provider | Service) -> bool:
    """Whether the operator has set it up."""
    return vendor(one.vendor).is_configured if isinstance(one, Service) else one.is_configured


def callback_url(service_slug: str) -> str:
    """Where the vendor sends people back to, for this service; exactly what has to stand in its app."""
    return settings.OKEY_BASE_URL + reverse("integrations:callback", args=[service_slug])


def connectable(slug: str) -> Provider | Service:
    """What an owner connects by that name. Raises KeyError: the name is not ours."""
    return calendars(slug) if slug in CALENDARS else provider(slug)


def named(slug: str) -> Provider | Service | Vendor:
    """What an owner connects by that name, or else the vendor. Raises KeyError."""
    return connectable(slug) if slug in PROVIDERS or slug in CALENDARS else vendor(slug)
