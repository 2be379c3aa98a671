"""Zoom for tests, away from Django's settings."""

from typing import Any

from integrations.providers.base import Grant
from integrations.providers.zoom import Zoom
from integrations.vendors.zoom import ZoomVendor
from tests.zoom_simulator import ZoomSimulator

ALL_SCOPES = frozenset(
    {
        "user:read:user",
        "meeting:write:meeting",
        "meeting:update:meeting",
        "meeting:delete:meeting",
        "meeting:read:meeting",
        "meeting:read:list_meetings",
    }
)
CALLBACK = "http://testserver.localhost:8000/integrations/zoom/callback/"


def zoom_at(url: str = "https://zoom.us", api_url: str = "", **options: Any) -> Zoom:
    made = Zoom(oauth_base_url=url, api_base_url=api_url or url, manage_meetings=options.get("manage_meetings", True))
    if deadline := options.get("deadline"):
        made._meetings._api.deadline = deadline
    return made


def zoom_vendor_at(url: str = "https://zoom.us", api_url: str = "") -> ZoomVendor:
    return ZoomVendor(
        client_id="test-client-id",
        client_secret="test-client-secret",
        oauth_base_url=url,
        api_base_url=api_url or url,
    )


def consent(zoom: ZoomSimulator, vendor: ZoomVendor, *, user: str = "jill", scopes: list[str] | None = None) -> Grant:
    """What this person's consent gives."""
    url = vendor.authorization_url(state="s", verifier="v" * 43, redirect_uri=CALLBACK)
    code = zoom.approve(url, user=user, scopes=scopes).partition("code=")[2].partition("&")[0]
    return vendor.exchange(code, verifier="v" * 43, redirect_uri=CALLBACK)
