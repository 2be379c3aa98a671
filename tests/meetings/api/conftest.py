from collections.abc import Iterator

import pytest
import time_machine

from okey.owners.models import Owner
from tests.meetings.api.calls import NOW
from tests.okey.api.caller import Caller


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def program(monday: time_machine.Traveller, alice: Owner) -> Caller:
    """What alice has given a token to."""
    return Caller(alice)
