import pytest
from pytest_django import Settings

from integrations.models import Connection
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.linking import MINIMAL, Schedule, work
from tests.meetings.watching import zooms_words
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator


@pytest.fixture(autouse=True)
def subscribed(settings: Settings) -> None:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = zooms_words.SECRET


@pytest.fixture(params=["looks", "only hears"])
def may_look(request: pytest.FixtureRequest, settings: Settings) -> bool:
    """Where Zoom may be asked, its messages are a reason to; else they count as they are."""
    settings.ZOOM_MANAGE_MEETINGS = request.param == "looks"
    return request.param == "looks"


@pytest.fixture
def connection(zoom: ZoomSimulator, may_look: bool, alice: Owner) -> Connection:
    return connect_zoom(zoom, alice, scopes=None if may_look else MINIMAL)


@pytest.fixture
def meeting(zoom: ZoomSimulator, connection: Connection, schedule: Schedule) -> Meeting:
    """It is ready."""
    return work(schedule())
