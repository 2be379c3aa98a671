"""The Zoom simulator for tests of the core, and an owner connected to it by the real way."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from integrations import authorization
from integrations.models import AuthorizationAttempt, Connection
from okey.owners.models import Owner
from tests.zoom_simulator import ZoomSimulator


@pytest.fixture(scope="session")
def zoom_process() -> Iterator[ZoomSimulator]:
    with ZoomSimulator() as zoom:
        yield zoom


@pytest.fixture
def zoom_settings(settings: Settings) -> Settings:
    return settings


@pytest.fixture
def zoom(zoom_process: ZoomSimulator, zoom_settings: Settings) -> ZoomSimulator:
    """The session's simulator, as new."""
    zoom_process.reset()
    zoom_settings.ZOOM_OAUTH_BASE_URL = zoom_settings.ZOOM_API_BASE_URL = zoom_process.url
    return zoom_process


def authorize(
    zoom: ZoomSimulator, owner: Owner, user: str = "jill", scopes: list[str] | None = None
) -> AuthorizationAttempt:
    """Walk the whole way, from Connect over the consent page to the end of the attempt."""
    attempt = authorization.begin(owner, "zoom")
    return authorization.proceed(returned(zoom, owner, attempt, user, scopes).pk)


def returned(
    zoom: ZoomSimulator,
    owner: Owner,
    attempt: AuthorizationAttempt,
    user: str = "jill",
    scopes: list[str] | None = None,
) -> AuthorizationAttempt:
    """The attempt after consent, with its code received and not exchanged yet."""
    back = zoom.approve(authorization.url_of(attempt), user=user, scopes=scopes)
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    return authorization.receive("zoom", state=query["state"], code=query["code"], error="", visitor=owner)


def connect_zoom(zoom: ZoomSimulator, owner: Owner, user: str = "jill", scopes: list[str] | None = None) -> Connection:
    """An owner connected to Zoom."""
    attempt = authorize(zoom, owner, user, scopes)
    assert attempt.connection is not None, (attempt.outcome, attempt.detail)
    return attempt.connection
