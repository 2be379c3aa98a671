from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from integrations.calendars import choosing, servers
from integrations.calendars.models import Calendar
from okey.lib import opened_hosts
from okey.owners.models import Owner
from tests.calendar_servers import PASSWORD, CalendarServer, calendar_servers, empty_radicale

__all__ = ["calendar_servers", "empty_radicale"]

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: True)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def found_there(alice: Owner, radicale: CalendarServer) -> Calendar:
    """It counts, and nothing is entered there yet."""
    account = servers.connect(owner=alice, server=radicale.url, user_name=radicale.user, password=PASSWORD)
    servers.choose(owner=alice, account_id=account.pk, urls=[radicale.calendar])
    return Calendar.objects.get()


@pytest.fixture
def work(alice: Owner, found_there: Calendar) -> Calendar:
    """It takes alice's meetings."""
    choosing.enter_meetings_in(owner=alice, calendar_id=found_there.pk)
    return Calendar.objects.get(pk=found_there.pk)
