"""Google for tests, away from Django's settings."""

from integrations.providers.base import Grant
from integrations.providers.google_meet import GoogleMeet
from integrations.vendors.google import Google
from tests.google_simulator import GoogleSimulator

CALLBACK = "http://testserver.localhost:8000/integrations/google_meet/callback/"
CREATED = "https://www.googleapis.com/auth/meetings.space.created"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"


def google_at(url: str = "") -> Google:
    return Google(client_id="test-client-id", client_secret="test-client-secret", base_url=url)


def meet_at(url: str = "") -> GoogleMeet:
    return GoogleMeet(base_url=url)


def consent(google: GoogleSimulator, vendor: Google, *, user: str = "", scopes: list[str] | None = None) -> Grant:
    """What this person's consent gives."""
    url = vendor.authorization_url(state="s", verifier="v" * 43, redirect_uri=CALLBACK, scopes=[CREATED])
    code = google.approve(url, user=user, scopes=scopes).partition("code=")[2].partition("&")[0]
    return vendor.exchange(code.replace("%2F", "/"), verifier="v" * 43, redirect_uri=CALLBACK)
