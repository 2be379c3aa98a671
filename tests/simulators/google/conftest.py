from collections.abc import Iterator

import pytest

from tests.google_simulator import GoogleSimulator
from tests.simulators.google.app import App


@pytest.fixture(scope="session")
def running_google() -> Iterator[GoogleSimulator]:
    with GoogleSimulator() as google:
        yield google


@pytest.fixture
def google(running_google: GoogleSimulator) -> GoogleSimulator:
    running_google.reset()
    return running_google


@pytest.fixture
def app(google: GoogleSimulator) -> Iterator[App]:
    app = App(google)
    yield app
    app.http.close()
