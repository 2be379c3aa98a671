from collections.abc import Iterator

import pytest

from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulators.microsoft.app import App


@pytest.fixture(scope="session")
def running_microsoft() -> Iterator[MicrosoftSimulator]:
    with MicrosoftSimulator() as microsoft:
        yield microsoft


@pytest.fixture
def microsoft(running_microsoft: MicrosoftSimulator) -> MicrosoftSimulator:
    running_microsoft.reset()
    return running_microsoft


@pytest.fixture
def app(microsoft: MicrosoftSimulator) -> Iterator[App]:
    app = App(microsoft)
    yield app
    app.http.close()
