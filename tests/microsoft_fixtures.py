"""The Microsoft simulator for tests of the core, and an owner connected to Microsoft Teams by the real way."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from integrations import authorization
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.microsoft_simulator import MicrosoftSimulator

PROVIDER = "microsoft_teams"
OKEY = "http://testserver.localhost:8000"
CALENDAR = "outlook_calendar"
RETURNS = [f"{OKEY}/integrations/{one}/{name}/" for one in (PROVIDER, CALENDAR) for name in ("callback", "approved")]


@pytest.fixture(scope="session")
def microsoft_process() -> Iterator[MicrosoftSimulator]:
    with MicrosoftSimulator(redirect_uri=RETURNS) as microsoft:
        yield microsoft


@pytest.fixture
def microsoft(microsoft_process: MicrosoftSimulator, settings: Settings) -> MicrosoftSimulator:
    """The session's simulator, as new, and O-Key set up with it."""
    one = microsoft_process
    one.reset()
    settings.MICROSOFT_CLIENT_ID, settings.MICROSOFT_CLIENT_SECRET = one.client_id, one.client_secret
    settings.MICROSOFT_BASE_URL = one.url
    return one


def come_back(back: str, owner: Owner, service: str = PROVIDER) -> AuthorizationAttempt:
    """What the callback does with the address that Microsoft leads to."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    known = authorization.receive(
        service,
        state=query["state"],
        code=query.get("code", ""),
        error=query.get("error", ""),
        description=query.get("error_description", ""),
        visitor=owner,
    )
    return authorization.proceed(known.pk)


def authorize(
    microsoft: MicrosoftSimulator, owner: Owner, user: str = "", service: str = PROVIDER
) -> AuthorizationAttempt:
    """Walk the whole way, from Connect over Microsoft's page to the end of the attempt."""
    attempt = authorization.begin(owner, service)
    return come_back(microsoft.approve(authorization.url_of(attempt), user=user), owner, service)


def connect_teams(microsoft: MicrosoftSimulator, owner: Owner, user: str = "") -> Connection:
    attempt = authorize(microsoft, owner, user)
    assert attempt.connection is not None, (attempt.outcome, attempt.detail)
    return attempt.connection
