from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant, make_token

#: A Monday morning in Berlin, where alice lives: 09:00 there, in summer time.
NOW = datetime(2026, 8, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def assistant(alice: Owner) -> Assistant:
    """Alice's, allowed everything."""
    return Assistant(make_token(alice))


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Lee", email="ann@example.com", company="Lee & Co")
