"""Random calendars against a slow reference that walks the days and marks minutes, and shares nothing with the code.

Each entry is made twice: as iCalendar, and as a rule that the reference reads. Clocks change in 12 zones.
"""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.calendars.expansion.events import Question, busy_times
from tests.integrations.calendars.test_expansion import calendar

ZONES = [
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns"),
    *("America/Sao_Paulo", "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney", "Australia/Lord_Howe"),
    *("Pacific/Auckland", "Pacific/Apia"),
]
DECLINED = "ATTENDEE;PARTSTAT=DECLINED:mailto:me@x.example"
CALENDARS = 1000
#: Days around which clocks change somewhere: in March, April, October and November.
BEGINNINGS = [date(2027, 3, 10), date(2027, 3, 25), date(2027, 4, 1), date(2027, 10, 1), date(2027, 10, 28)]
DAY = timedelta(days=1)


class Entry:
    """Every `step` days, `count` times, from a wall time on; some left out, one changed."""

    def __init__(self, dice: random.Random, uid: int, first: date, home: str) -> None:
        self.is_all_day = dice.random() < 0.2
        self.zone = home if dice.random() < 0.3 else dice.choice(ZONES)
        self.is_floating = self.zone == home and dice.random() < 0.5
        self.day = first + dice.randrange(-3, 12) * DAY
        self.wall = timedelta(minutes=dice.randrange(0, 1440, 5))
        self.length = dice.randrange(1, 4) if self.is_all_day else dice.choice([15, 30, 60, 95, 480])
        self.step, self.count = dice.choice([(1, 1), (1, 5), (2, 6), (7, 3)])
        self.left_out = {number for number in range(1, self.count) if dice.random() < 0.15}
        self.changed = dice.randrange(self.count) if self.count > 1 and dice.random() < 0.4 else None
        self.change = dice.choice(["CANCELLED", "TRANSPARENT", "MOVED"])
        self.mark = dice.choice(
            ["", "", "", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", "ATTENDEE;PARTSTAT=DECLINED:mailto:me@x.example"]
        )
        self.uid, self.home = f"e{uid}", ZoneInfo(home)
        self.left_out.discard(self.changed)  # type: ignore[arg-type]

    # --- As iCalendar ---

    def _at(self, name: str, day: date, wall: timedelta) -> str:
        if self.is_all_day:
            return f"{name};VALUE=DATE:{day:%Y%m%d}"
        local = datetime.combine(day, datetime.min.time()) + wall
        return f"{name}{'' if self.is_floating else ';TZID=' + self.zone}:{local:%Y%m%dT%H%M%S}"

    def _duration(self) -> str:
        return f"DURATION:P{self.length}D" if self.is_all_day else f"DURATION:PT{self.length}M"

    def text(self) -> list[str]:
        lines = [f"UID:{self.uid}", self._at("DTSTART", self.day, self.wall), self._duration()]
        if self.count > 1:
            every = (
                f"FREQ=WEEKLY;COUNT={self.count}"
                if self.step == 7
                else f"FREQ=DAILY;INTERVAL={self.step};COUNT={self.count}"
            )
            lines.append(f"RRULE:{every}")
        lines += [self._at("EXDATE", self.day + number * self.step * DAY, self.wall) for number in self.left_out]
        lines += [self.mark] if self.mark else []
        events = ["|".join(lines)]
        if self.changed is not None:
            day = self.day + self.changed * self.step * DAY
            is_moved = self.change == "MOVED"
            one = [f"UID:{self.uid}", self._at("RECURRENCE-ID", day, self.wall), self._duration()]
            one.append(self._at("DTSTART", day + DAY if is_moved else day, self.wall))
            one += {"CANCELLED": ["STATUS:CANCELLED"], "TRANSPARENT": ["TRANSP:TRANSPARENT"], "MOVED": []}[self.change]
            events.append("|".join(one))
        return events

    # --- As minutes ---

    def minutes(self) -> set[int]:
        found: set[int] = set()
        for number in range(self.count):
            day, is_busy = self.day + number * self.step * DAY, not self.mark
            if number == self.changed:
                is_busy = self.change == "MOVED"
                day += DAY if is_busy else timedelta()
            if number in self.left_out or not is_busy:
                continue
            if self.is_all_day:
                found |= set(range(self._minute(day, timedelta()), self._minute(day + self.length * DAY, timedelta())))
            else:
                first = self._minute(day, self.wall)
                found |= set(range(first, first + self.length))
        return found

    def _minute(self, day: date, wall: timedelta) -> int:
        zone = self.home if self.is_all_day or self.is_floating else ZoneInfo(self.zone)
        local = (datetime.combine(day, datetime.min.time()) + wall).replace(tzinfo=zone)
        return int(local.timestamp() // 60)


@pytest.mark.one_database
def test_a_thousand_random_calendars_take_the_minutes_of_the_reference() -> None:
    dice, wrong = random.Random(13), []
    for _number in range(CALENDARS):
        home, first = dice.choice(ZONES), dice.choice(BEGINNINGS)
        entries = [Entry(dice, number, first, home) for number in range(dice.randrange(1, 5))]
        since = datetime.combine(first - 30 * DAY, datetime.min.time(), UTC)
        question = Question(home, since, since + 100 * DAY, frozenset({"me@x.example"}))
        text = calendar(*(event for one in entries for event in one.text()))
        found: set[int] = set()
        for one in busy_times(text, question).busy:
            found |= set(range(int(one.starts_at.timestamp() // 60), int(one.ends_at.timestamp() // 60)))
        expected: set[int] = set().union(*(one.minutes() for one in entries))
        if found != expected:
            wrong.append((home, text.decode(), sorted(found ^ expected)[:3]))
    assert not wrong, f"{len(wrong)} of {CALENDARS}: {wrong[0]}"
