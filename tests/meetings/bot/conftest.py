from collections.abc import Iterator

import pytest
import time_machine

from tests.meetings.bot.talking import NOW, Talk


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def talk(alice: object, clock: object) -> Talk:
    return Talk(alice)  # type: ignore[arg-type]
