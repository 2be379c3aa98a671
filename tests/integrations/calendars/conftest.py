from collections.abc import Iterator

import pytest

from integrations.calendars import choosing
from integrations.calendars.models import Calendar
from okey.lib import opened_hosts
from okey.owners.models import Owner
from tests.calendar_servers import calendar_servers, dav, empty_radicale
from tests.integrations.calendars.publishing import Publisher

__all__ = ["calendar_servers", "dav", "empty_radicale"]


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: True)
    with Publisher() as server:
        yield server


@pytest.fixture
def mine(alice: Owner, publisher: Publisher) -> Calendar:
    return choosing.add_address(owner=alice, url=f"{publisher.url}/private-secret/basic.ics", name="Work")
