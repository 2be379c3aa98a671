from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from integrations import access, authorization, registry
from okey.contacts.editing import add_contact
from okey.lib import asking
from okey.owners.models import Owner
from tests.machines.actors import claims_known, points_in_the_database
from tests.machines.world import START, World


@pytest.fixture
def world(transactional_db: None, alice: Owner, bob: Owner, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    def wake_nobody(*_args: Any, **_options: Any) -> bool:
        return True  # the machine wakes whom it likes, when it likes

    monkeypatch.setattr(asking, "ask", wake_nobody)
    monkeypatch.setattr(authorization, "BEGUN_AN_HOUR", 10_000)  # the clock stands still for most of an example
    monkeypatch.setattr(access, "PAUSES", (0.0,))  # whoever would wait is told to come back
    monkeypatch.setattr(access, "_refresh", access._refresh_or_wait)  # each actor is a process of its own
    monkeypatch.setitem(registry.PROVIDERS, "zoom", registry.PROVIDERS["zoom"])  # each example puts its own
    monkeypatch.setitem(registry.VENDORS, "zoom", registry.VENDORS["zoom"])
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    with points_in_the_database(), claims_known(), time_machine.travel(START, tick=False) as clock:
        yield World(alice, bob, ann, clock)
