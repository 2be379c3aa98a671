from collections.abc import Iterator

import pytest

from tests.simulators.zoom.app import App
from tests.zoom_simulator import ZoomSimulator


@pytest.fixture(scope="session")
def running_zoom() -> Iterator[ZoomSimulator]:
    with ZoomSimulator() as zoom:
        yield zoom


@pytest.fixture
def zoom(running_zoom: ZoomSimulator) -> ZoomSimulator:
    running_zoom.reset()
    return running_zoom


@pytest.fixture
def app(zoom: ZoomSimulator) -> Iterator[App]:
    app = App(zoom)
    yield app
    app.http.close()
