"""Random events, each in three ways: as iCalendar, as what a person has in a vendor's calendar, and as the minutes that
it takes. The last is the reference: it walks day by day and marks minutes, from RFC 5545 and from what the vendors
document, and shares nothing with O-Key, with a library that expands, or with the simulators.

What all sources can say is said: every day, week (on some of its days), month (by date or by "second Tuesday"), with a
count, an end, or none; left out, moved, cancelled, freed or declined occurrences; whole days; clock changes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.calendars.expansion.events import Question

ZONES = [
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns"),
    *("America/Santiago", "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney", "Australia/Lord_Howe"),
    *("Pacific/Auckland", "Pacific/Apia"),
]
#: Days around which clocks change somewhere.
BEGINNINGS = [date(2027, 3, 10), date(2027, 3, 25), date(2027, 4, 1), date(2027, 9, 3), date(2027, 10, 28)]
ME = "me@x.example"
DAY = timedelta(days=1)
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: How an event is marked: in iCalendar, and by the fields of simulators.common.diary.Entry.
MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("", {}),
    "free": ("TRANSP:TRANSPARENT", {"shown": "free"}),
    "cancelled": ("STATUS:CANCELLED", {"is_cancelled": True}),
    "declined": (f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ME}", {"answer": "declined"}),
    "tentative": ("STATUS:TENTATIVE", {"is_tentative": True}),
    "maybe": (f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{ME}", {"answer": "tentative"}),
}


@dataclass
class Rule:
    """On which days. `every` so many days, weeks or months; `days`: weekdays of a weekly one; `nth`: 1 to 4, -1."""

    kind: str
    every: int = 1
    days: set[int] = field(default_factory=set)
    nth: int = 0
    count: int = 0
    until: date | None = None

    def on(self, first: date, last: date) -> list[date]:
        """From its first day on, not after `last`: each day is looked at by itself."""
        found, day = [], first
        while day <= min(last, self.until or last):
            if self._is_on(first, day):
                found.append(day)
                if len(found) == self.count:
                    break
            day += DAY
        return found

    def _is_on(self, first: date, day: date) -> bool:
        if self.kind == "once":
            return day == first
        if self.kind == "daily":
            return (day - first).days % self.every == 0
        if self.kind == "weekly":
            mondays = [one - one.weekday() * DAY for one in (first, day)]
            return day.weekday() in self.days and (mondays[1] - mondays[0]).days // 7 % self.every == 0
        months = (day.year - first.year) * 12 + day.month - first.month
        if months % self.every:
            return False
        if not self.nth:
            return day.day == first.day
        is_nth = (day + 7 * DAY).month != day.month if self.nth < 0 else (day.day - 1) // 7 + 1 == self.nth
        return day.weekday() == first.weekday() and is_nth

    def text(self, first: date, until: str) -> str:
        """Its RRULE. `until`: as the last moment is written there; "" without."""
        parts = [f"FREQ={'MONTHLY' if self.kind.startswith('monthly') else self.kind.upper()}"]
        parts += [f"INTERVAL={self.every}"] if self.every > 1 else []
        parts += ["BYDAY=" + ",".join(NAMES[day] for day in sorted(self.days))] if self.days else []
        parts += [f"BYDAY={self.nth}{NAMES[first.weekday()]}"] if self.nth else []
        parts += [f"COUNT={self.count}"] if self.count else []
        return ";".join([*parts, *([f"UNTIL={until}"] if until else [])])


def random_rule(dice: random.Random, first: date) -> Rule:
    kind = dice.choice(["once", "once", "daily", "weekly", "weekly", "monthly", "monthly nth"])
    rule = Rule(kind, dice.choice([1, 1, 1, 2, 3]))
    if kind == "weekly":
        rule.days = {first.weekday(), *dice.sample(range(7), dice.randrange(0, 3))}
    if kind == "monthly nth":
        week = (first.day - 1) // 7 + 1
        rule.nth = week if week < 5 else -1
    ends = dice.choice(["count", "count", "until", "never"])
    if ends == "count":
        rule.count = dice.randrange(2, 12)
    elif ends == "until":
        rule.until = first + dice.randrange(1, 60) * DAY
    return rule


@dataclass(frozen=True)
class Time:
    """One occurrence: when the clocks show its beginning, how long it takes, and how it is marked."""

    day: date
    wall: timedelta
    length: int
    mark: str


class Event:
    """`home`: the zone of the calendar's owner, for whole days and for times without a zone."""

    def __init__(self, dice: random.Random, uid: str, around: date, home: str) -> None:
        self.uid, self.home = uid, home
        self.is_all_day = dice.random() < 0.2
        self.zone = home if dice.random() < 0.4 else dice.choice(ZONES)
        self.is_floating = self.zone == home and dice.random() < 0.4
        self.day = around + dice.randrange(-12, 12) * DAY
        self.wall = timedelta() if self.is_all_day else timedelta(minutes=dice.randrange(0, 1440, 5))
        #: Days of a whole-day one, minutes of any other.
        self.length = dice.randrange(1, 4) if self.is_all_day else dice.choice([15, 30, 60, 95, 480, 1500])
        self.mark = dice.choice(["", "", "", "", *MARKS])
        self.rule = random_rule(dice, self.day)
        self.days = self.rule.on(self.day, around + 90 * DAY)
        later = self.days[1:]
        is_changed = later and self.mark != "cancelled"
        self.left_out = {day for day in later if dice.random() < 0.12} if is_changed else set()
        self.changed: dict[date, Time] = {}
        for day in dice.sample(later, min(len(later), dice.randrange(0, 3))) if is_changed else []:
            if day not in self.left_out:
                self.changed[day] = self._change(dice, day)

    def _change(self, dice: random.Random, day: date) -> Time:
        mark = dice.choice(["", "", "cancelled", "free", "declined", "maybe"])
        if dice.random() < 0.5:
            return Time(day, self.wall, self.length, mark)
        wall = self.wall if self.is_all_day else timedelta(minutes=dice.randrange(0, 1440, 5))
        return Time(day + dice.randrange(-1, 3) * DAY, wall, self.length + (not self.is_all_day) * 20, mark)

    # --- The reference ---

    def times(self) -> Iterator[Time]:
        for day in self.days:
            if day not in self.left_out:
                yield self.changed.get(day) or Time(day, self.wall, self.length, self.mark)

    def minutes(self, question: Question) -> set[int]:
        """Since 1970, within the question's span."""
        found: set[int] = set()
        for one in self.times():
            if self._takes(one.mark, question):
                found |= set(range(*self._span(one)))
        first, last = (int(moment.timestamp() // 60) for moment in (question.since, question.until))
        return {minute for minute in found if first <= minute < last}

    def _takes(self, mark: str, question: Question) -> bool:
        if mark in {"cancelled", "declined"}:
            return False
        choices = {question.all_day} if self.is_all_day else set()
        choices |= {question.tentative} if mark in {"tentative", "maybe"} else set()
        if "never" in choices:
            return False
        return "always" in choices or mark != "free"

    def _span(self, one: Time) -> tuple[int, int]:
        """A time that clocks skip is as far after midnight as if they had not; of two equal ones it is the first.
        How long it takes is real time (RFC 5545, 3.3.5 and 3.8.5.3), but days, which end when days end."""
        starts = self._minute(one.day, one.wall)
        return starts, self._minute(one.day + one.length * DAY, one.wall) if self.is_all_day else starts + one.length

    def _minute(self, day: date, wall: timedelta) -> int:
        zone = ZoneInfo(self.home if self.is_all_day or self.is_floating else self.zone)
        return int((datetime.combine(day, time()) + wall).replace(tzinfo=zone).timestamp() // 60)

    # --- As iCalendar ---

    def texts(self) -> list[str]:
        """The event, then what changes it; lines are divided by "|"."""
        series = [self._at("DTSTART", self.day, self.wall), self._duration(self.length), MARKS[self.mark][0]]
        if self.rule.kind != "once":
            series.append("RRULE:" + self.rule.text(self.day, self._until(in_utc=True)))
        series += [self._at("EXDATE", day, self.wall) for day in sorted(self.left_out)]
        changed = [
            [
                self._at("RECURRENCE-ID", day, self.wall),
                self._at("DTSTART", one.day, one.wall),
                self._duration(one.length),
                MARKS[one.mark][0],
            ]
            for day, one in sorted(self.changed.items())
        ]
        return ["|".join([f"UID:{self.uid}", *filter(None, lines)]) for lines in (series, *changed)]

    def _at(self, name: str, day: date, wall: timedelta) -> str:
        if self.is_all_day:
            return f"{name};VALUE=DATE:{day:%Y%m%d}"
        zone = "" if self.is_floating else f";TZID={self.zone}"
        return f"{name}{zone}:{datetime.combine(day, time()) + wall:%Y%m%dT%H%M%S}"

    def _duration(self, length: int) -> str:
        return f"DURATION:P{length}D" if self.is_all_day else f"DURATION:PT{length}M"

    def _until(self, *, in_utc: bool) -> str:
        if self.rule.until is None:
            return ""
        if self.is_all_day:
            return f"{self.rule.until:%Y%m%d}"
        last = datetime.combine(self.rule.until, time(23, 59, 59))
        if not in_utc or self.is_floating:
            return f"{last:%Y%m%dT%H%M%S}"
        return f"{last.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC):%Y%m%dT%H%M%SZ}"

    # --- As entries of a vendor's calendar ---

    def entries(self) -> list[dict[str, Any]]:
        """The first of them is the series, whose name the others get. A vendor's series ends when clocks say so: where
        those change within an occurrence that is another time, and each occurrence is an entry by itself."""
        if any(self._is_bent(one) for one in self.times()):
            return [self._bent(one) for one in self.times()]
        text = self.rule.text(self.day, self._until(in_utc=False)) if self.rule.kind != "once" else ""
        series = self._entry(Time(self.day, self.wall, self.length, self.mark)) | {"rule": text}
        changed = [self._entry(one) | {"original": self._text(day, self.wall)} for day, one in self.changed.items()]
        out = [Time(day, self.wall, self.length, "cancelled") for day in self.left_out]
        return [series, *changed, *(self._entry(one) | {"original": self._text(one.day, one.wall)} for one in out)]

    def _is_bent(self, one: Time) -> bool:
        if self.is_all_day:
            return False
        starts, ends = (datetime.fromtimestamp(minute * 60, ZoneInfo(self.zone)) for minute in self._span(one))
        return starts.utcoffset() != ends.utcoffset() or starts.replace(tzinfo=None) != (
            datetime.combine(one.day, time()) + one.wall
        )

    def _bent(self, one: Time) -> dict[str, Any]:
        starts, ends = (datetime.fromtimestamp(minute * 60, UTC) for minute in self._span(one))
        start, end = (f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in (starts, ends))
        return {"uid": self.uid, "start": start, "end": end, "zone": "UTC", **MARKS[one.mark][1]}

    def _entry(self, one: Time) -> dict[str, Any]:
        if self.is_all_day:
            end = self._text(one.day + one.length * DAY, one.wall)
        else:
            end = self._text(one.day, one.wall + timedelta(minutes=one.length))
        given = {"uid": self.uid, "start": self._text(one.day, one.wall), "end": end, "zone": self.zone}
        return given | {"is_all_day": self.is_all_day} | MARKS[one.mark][1]

    def _text(self, day: date, wall: timedelta) -> str:
        return day.isoformat() if self.is_all_day else (datetime.combine(day, time()) + wall).isoformat()
