"""Series over changes of the clocks, held against dateutil and against tables written by hand."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from dateutil.rrule import WEEKLY, rrule

from meetings.hours.repeating import Repeat, moved, shift, turns

BERLIN = ZoneInfo("Europe/Berlin")

#: Zone, first day, when the clocks change in the 52 weeks from then on: by hand, from the zones' published rules.
#: (date of the first meeting after the change, its hour and minute in UTC for 10:00 there)
BY_HAND = {
    "Europe/Berlin": ("2026-11-30", (9, 0), [("2027-03-29", (8, 0)), ("2027-11-01", (9, 0))]),
    "America/New_York": ("2026-11-30", (15, 0), [("2027-03-15", (14, 0)), ("2027-11-08", (15, 0))]),
    "Australia/Lord_Howe": ("2026-11-30", (-1, 0), [("2027-04-05", (-1, 30)), ("2027-10-04", (-1, 0))]),
    "Pacific/Apia": ("2026-11-30", (-3, 0), []),
    "UTC": ("2026-11-30", (10, 0), []),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_52_weeks_at_ten_are_at_ten_whatever_the_clocks_do(name: str) -> None:
    first_day, at_first, changes = BY_HAND[name]
    zone, first = ZoneInfo(name), datetime.fromisoformat(f"{first_day}T10:00")

    made = turns(first.replace(tzinfo=zone), zone, Repeat(1, 52))

    expected, at = [], dict(changes)
    hour, minute = at_first
    for number in range(52):
        day = first.date() + timedelta(weeks=number)
        hour, minute = at.pop(day.isoformat(), (hour, minute))
        expected.append(datetime.combine(day, time(), UTC) + timedelta(hours=hour, minutes=minute))
    assert at == {}, "each change of the clocks is met"
    assert [one.moment for one in made] == expected
    assert {one.shown(zone).time() for one in made} == {time(10)}
    assert not any(one.is_skipped or one.is_twice for one in made)


@pytest.mark.parametrize("name", [*BY_HAND, "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu"])
@pytest.mark.parametrize("every", [1, 2, 4])
def test_as_dateutil_has_it(name: str, every: int) -> None:
    first = datetime.fromisoformat("2026-11-27T16:45")
    zone = ZoneInfo(name)
    rule = rrule(WEEKLY, interval=every, count=52, dtstart=first.replace(tzinfo=tz.gettz(name)))

    made = turns(first.replace(tzinfo=zone), zone, Repeat(every, 52))

    assert [one.moment for one in made] == [one.astimezone(UTC) for one in rule]
    assert {later.wall - earlier.wall for earlier, later in pairwise(made)} == {timedelta(weeks=every)}


def test_a_time_that_the_clocks_skip_is_as_much_later_and_says_so() -> None:
    """At 02:30 on 28 March 2027 it is 03:30 already."""
    made = turns(datetime(2027, 3, 14, 2, 30, tzinfo=BERLIN), BERLIN, Repeat(1, 4))
    assert [one.moment for one in made] == [
        datetime(2027, 3, 14, 1, 30, tzinfo=UTC),
        datetime(2027, 3, 21, 1, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2027, 4, 4, 0, 30, tzinfo=UTC),
    ]
    assert [one.is_skipped for one in made] == [False, False, True, False]
    assert f"{made[2].shown(BERLIN):%H:%M}" == "03:30"


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    made = turns(datetime(2026, 10, 18, 2, 30, tzinfo=BERLIN), BERLIN, Repeat(1, 3))
    assert [one.moment for one in made] == [
        datetime(2026, 10, 18, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 30, tzinfo=UTC),
    ]
    assert [one.is_twice for one in made] == [False, True, False]


def test_half_an_hour_at_lord_howe() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    made = turns(datetime(2026, 9, 27, 2, 15, tzinfo=zone), zone, Repeat(1, 2))
    assert made[1].is_skipped, "on 4 October 2026 the clocks go from 02:00 to 02:30"
    assert f"{made[1].shown(zone):%H:%M}" == "02:45"


def test_a_day_that_is_skipped_whole() -> None:
    """Apia had no 30 December 2011."""
    zone = ZoneInfo("Pacific/Apia")
    made = turns(datetime(2011, 12, 23, 10, tzinfo=zone), zone, Repeat(1, 3))
    assert [f"{one.shown(zone):%d %b %H:%M}" for one in made] == ["23 Dec 10:00", "31 Dec 10:00", "06 Jan 10:00"]
    assert [one.is_skipped for one in made] == [False, True, False]


def test_what_is_moved_is_moved_by_what_the_clocks_show() -> None:
    was = datetime(2026, 10, 24, 10, tzinfo=BERLIN)
    assert shift(was, datetime(2026, 10, 25, 9, tzinfo=BERLIN), BERLIN) == timedelta(hours=23)
    for day in (24, 31):
        before = datetime(2026, 10, day, 10, tzinfo=BERLIN)
        after = moved(before, timedelta(hours=23), BERLIN).astimezone(BERLIN)
        assert (after.day, after.hour) in {(25, 9), (1, 9)}
    second = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1).astimezone(UTC)
    assert moved(second, timedelta(), BERLIN) == second, "what is not moved stays, in the second of two hours too"
