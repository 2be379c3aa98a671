"""The Google simulator for tests of the core, and an owner connected to Google Meet by the real way."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from integrations import authorization
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.google_simulator import GoogleSimulator

PROVIDER = "google_meet"
CALENDAR = "google_calendar"
OKEY = "http://testserver.localhost:8000"
RETURNS = [f"{OKEY}/integrations/{service}/callback/" for service in (PROVIDER, CALENDAR)]


@pytest.fixture(scope="session")
def google_process() -> Iterator[GoogleSimulator]:
    with GoogleSimulator(redirect_uri=RETURNS) as google:
        yield google


@pytest.fixture
def google(google_process: GoogleSimulator, settings: Settings) -> GoogleSimulator:
    """The session's simulator, as new, and O-Key set up with it."""
    google_process.reset()
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = google_process.client_id, google_process.client_secret
    settings.GOOGLE_BASE_URL = google_process.url
    return google_process


def authorize(
    google: GoogleSimulator, owner: Owner, user: str = "", scopes: list[str] | None = None, service: str = PROVIDER
) -> AuthorizationAttempt:
    """Walk the whole way, from Connect over the consent page to the end of the attempt."""
    attempt = authorization.begin(owner, service)
    back = google.approve(authorization.url_of(attempt), user=user, scopes=scopes)
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    known = authorization.receive(service, state=query["state"], code=query["code"], error="", visitor=owner)
    return authorization.proceed(known.pk)


def connect_google_meet(google: GoogleSimulator, owner: Owner, user: str = "") -> Connection:
    attempt = authorize(google, owner, user)
    assert attempt.connection is not None, (attempt.outcome, attempt.detail)
    return attempt.connection


def connect_google_calendar(google: GoogleSimulator, owner: Owner, user: str = "") -> Connection:
    attempt = authorize(google, owner, user, service=CALENDAR)
    assert attempt.connection is not None, (attempt.outcome, attempt.detail)
    return attempt.connection
