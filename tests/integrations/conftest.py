"""One Zoom simulator for the session, as new for each test."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

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
    zoom_process.reset()
    zoom_settings.ZOOM_OAUTH_BASE_URL = zoom_settings.ZOOM_API_BASE_URL = zoom_process.url
    return zoom_process
