from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import time_machine

from integrations.calendars import choosing
from integrations.calendars.models import Calendar
from okey.lib import opened_hosts
from okey.owners.models import Owner
from tests import google_fixtures, microsoft_fixtures
from tests.calendar_servers import CalendarServer, calendar_servers, empty_radicale
from tests.google_simulator import GoogleSimulator
from tests.meetings.entries.places import CalDavPlace, Place, SignedInPlace
from tests.microsoft_simulator import MicrosoftSimulator

__all__ = ["calendar_servers", "empty_radicale"]

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: True)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def on_caldav(radicale: CalendarServer) -> Place:
    return CalDavPlace(radicale)


@pytest.fixture
def on_google(google: GoogleSimulator) -> Place:
    service = google_fixtures.CALENDAR
    walk = partial(google_fixtures.authorize, google, service=service)
    return SignedInPlace(google, service, "event_insert", walk)


@pytest.fixture
def on_outlook(microsoft: MicrosoftSimulator) -> Place:
    service = microsoft_fixtures.CALENDAR
    walk = partial(microsoft_fixtures.authorize, microsoft, service=service)
    return SignedInPlace(microsoft, service, "event_create", walk)


@pytest.fixture(params=["on_caldav", "on_google", "on_outlook"])
def there(request: pytest.FixtureRequest) -> Place:
    """Each of the three in turn, with an empty calendar."""
    place: Place = request.getfixturevalue(request.param)
    return place


@pytest.fixture
def found_there(alice: Owner, there: Place) -> Calendar:
    """It counts, and nothing is entered there yet."""
    return there.connect(alice)


@pytest.fixture
def work(alice: Owner, found_there: Calendar, there: Place) -> Calendar:
    """It takes alice's meetings."""
    choosing.enter_meetings_in(owner=alice, calendar_id=found_there.pk)
    there.allow(alice)
    return Calendar.objects.get(pk=found_there.pk)
