"""What the bot looks at is bounded, whatever an owner allows; and it holds no lock while it looks."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from django.db import connection

from meetings.bot import offers
from meetings.hours import availability
from meetings.models import WorkingHours
from okey.owners.models import Owner
from tests.meetings.bot.talking import Talk

TEXTS = ("the soonest", "other times", "next week", "fridays after 8pm", "tomorrow at 3:10am", "earlier")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each free time that was looked at: whether a transaction was open."""
    seen: list[bool] = []
    look = availability.each_free_slot

    def counted(*args: Any, **more: Any) -> Iterator[Any]:
        for slot in look(*args, **more):
            seen.append(connection.in_atomic_block)
            yield slot

    monkeypatch.setattr(availability, "each_free_slot", counted)
    return seen


def count(talk: Talk, steps: list[bool]) -> int:
    steps.clear()
    for text in TEXTS:
        talk.say(text)
    return len(steps)


@pytest.mark.django_db
def test_the_largest_settings_cost_no_more_than_five_times_the_usual_ones(
    alice: Owner, clock: object, steps: list[bool]
) -> None:
    usual = count(Talk(alice), steps)
    settings = availability.settings_of(alice)
    settings.slot_minutes, settings.horizon_days, settings.has_own_hours = 5, 366, True
    settings.save()
    WorkingHours.objects.bulk_create(
        WorkingHours(owner=alice, weekday=weekday, starts=time(), ends=time()) for weekday in range(7)
    )
    largest = count(Talk(alice), steps)
    assert usual > 0
    assert largest <= 5 * usual
    assert largest <= len(TEXTS) * 5 * offers.LOOKED_AT


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_it_looks(alice: Owner, clock: object, steps: list[bool]) -> None:
    talk = Talk(alice)
    steps.clear()
    talk.say("tomorrow afternoon", "other times")
    assert steps
    assert not any(steps)
