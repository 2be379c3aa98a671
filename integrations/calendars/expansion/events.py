"""Which times a calendar takes: recurrences expanded in the right zone, each occurrence judged by itself.

docs/calendars.md has the rules. Nothing of Django here: it runs in a process of its own (expansion/running.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar.timezone import tzp

DAY = timedelta(days=1)
EVENTS_MAX = 20_000
#: Occurrences within the window, of all events.
BUSY_MAX = 20_000
#: RFC 5545's names of recurrence that are refused: nobody's appointments, and they would be expanded for hours.
TOO_FINE = {"SECONDLY", "MINUTELY"}
#: So many times in a day at most.
TIMES_A_DAY = 96

BUSY, TENTATIVE, ALL_DAY = "busy", "tentative", "all_day"


class NoCalendar(Exception):
    """The text is no iCalendar."""


class TooMuch(Exception):
    """More events or occurrences than anybody has."""


@dataclass(frozen=True)
class Question:
    """`zone`: where floating times and whole days are, unless the calendar says. `since`, `until`: aware.

    `addresses`: the owner's own, by which a declined invitation is known. `all_day`, `tentative`: "marked", "always" or
    "never", how such entries count.
    """

    zone: str
    since: datetime
    until: datetime
    addresses: frozenset[str] = frozenset()
    all_day: str = "marked"
    tentative: str = "marked"


@dataclass(frozen=True, order=True)
class Busy:
    """In UTC."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    uid: str
    #: The source's own name for the entry, where it tells of changes by it.
    ref: str = ""


@dataclass
class Found:
    """`skipped`: entries that could not be understood; `zoneless`: those whose time zone is not known."""

    busy: set[Busy] = field(default_factory=set)
    events: int = 0
    skipped: int = 0
    zoneless: int = 0


#: Around the expansion of one entry with all that changes it; may raise TimeoutError out of it.
Guard = Callable[[], AbstractContextManager[object]]


def busy_times(text: bytes, question: Question, guard: Guard = nullcontext) -> Found:
    """Raises NoCalendar, TooMuch."""
    found = Found()
    _add(found, _parsed(text), question, guard)
    return found


def busy_times_of_each(texts: Sequence[bytes], question: Question, guard: Guard = nullcontext) -> Found:
    """Of entries that come in a text each, as CalDAV has them. One that is no iCalendar is skipped. Raises TooMuch."""
    found = Found()
    for text in texts:
        tzp.use_default()  # a zone is what this text says of it: others may mean another by the same name
        try:
            with guard():
                calendar = _parsed(text)
        except Exception:  # noqa: BLE001 -- as in _add
            found.events += 1
            found.skipped += 1
            continue
        _add(found, calendar, question, guard)
    return found


def _add(found: Found, calendar: icalendar.Calendar, question: Question, guard: Guard) -> None:
    zone = _zone_of(calendar) or ZoneInfo(question.zone)
    by_uid = defaultdict(list)
    for number, event in enumerate(calendar.walk("VEVENT")):
        found.events += 1
        if found.events > EVENTS_MAX:
            raise TooMuch
        by_uid[str(event.get("UID") or f"without {number}")].append(event)
    reader = _Reader(calendar, zone, question)
    for uid, events in by_uid.items():
        try:
            with guard():
                times = set(reader.times(uid, events))
        except Exception:  # noqa: BLE001 -- whatever one entry of somebody else's does, the others count
            found.skipped += 1
            continue
        found.busy |= times
        found.zoneless += any(_is_zoneless(event) for event in events)
        if len(found.busy) > BUSY_MAX:
            raise TooMuch


def _parsed(text: bytes) -> icalendar.Calendar:
    """Several calendars one after the other count as one."""
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise NoCalendar
    try:
        first, *others = icalendar.Calendar.from_ical(text, multiple=True)
    except MemoryError:
        raise
    except Exception as error:  # whatever the parser makes of it, it is none
        raise NoCalendar from error
    for other in others:
        first.subcomponents.extend(other.subcomponents)
    return first


def _zone_of(calendar: icalendar.Calendar) -> ZoneInfo | None:
    name = str(calendar.get("X-WR-TIMEZONE") or "")
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # of a name that is none, in each of its ways
        return None


class _Reader:
    """What one entry, with all that changes it, takes within the window."""

    def __init__(self, calendar: icalendar.Calendar, zone: ZoneInfo, question: Question) -> None:
        self._zones = list(calendar.walk("VTIMEZONE"))
        self._zone = zone
        self._question = question
        named = str(calendar.get("X-WR-CALNAME") or "").lower()
        self._addresses = {one.lower() for one in question.addresses} | ({named} if "@" in named else set())

    def times(self, uid: str, events: list[Any]) -> Iterator[Busy]:
        for event in events:
            event["DTSTART"]  # KeyError where it is missing
        is_single = len(events) == 1 and not ({"RRULE", "RDATE", "RECURRENCE-ID"} & set(events[0]))
        occurrences = events if is_single else self._expanded(events)
        # What changes a series from one occurrence on has its own length in all of them.
        knows_lengths = not is_single and not any(
            "RANGE" in one["RECURRENCE-ID"].params for one in events if _recurrence(one)
        )
        lengths = {_recurrence(one): self._length(one) for one in events} if knows_lengths else {}
        for event in occurrences:
            kind = self._kind(event)
            if kind is None:
                continue
            starts = self._moment(event["DTSTART"].dt)
            length = lengths.get(_recurrence(event), lengths.get(None)) if lengths else self._length(event)
            ends = self._ends(event, starts, length)
            if starts < ends and starts < self._question.until and ends > self._question.since:
                yield Busy(starts, ends, kind, uid)

    def _expanded(self, events: list[Any]) -> list[Any]:
        for event in events:
            _refuse_too_fine(event)
        calendar = icalendar.Calendar()
        for component in (*self._zones, *events):
            calendar.add_component(component)
        # A day more on either side: the library compares what has no zone as if it were in one of its own.
        since, until = self._question.since - 2 * DAY, self._question.until + 2 * DAY
        return list(recurring_ical_events.of(calendar, skip_bad_series=False).between(since, until))

    def _moment(self, value: date | datetime) -> datetime:
        """Of a time without a zone, and of a day's beginning, in the calendar's zone."""
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        zone: tzinfo = value.tzinfo or self._zone
        return value.replace(tzinfo=zone).astimezone(UTC)

    def _length(self, event: Any) -> timedelta | None:
        """How long it really takes, which all of its series do (RFC 5545, 3.8.5.3); None for whole days."""
        starts = event["DTSTART"].dt
        if not isinstance(starts, datetime):
            return None
        if "DTEND" in event:
            ends = event["DTEND"].dt
            return self._moment(ends) - self._moment(starts)
        return event["DURATION"].dt if "DURATION" in event else timedelta()

    def _ends(self, event: Any, starts: datetime, length: timedelta | None) -> datetime:
        first = event["DTSTART"].dt
        if isinstance(first, datetime):
            return starts + (length if length is not None else self._length(event) or timedelta())
        if "DTEND" in event:
            return self._moment(event["DTEND"].dt)
        days = event["DURATION"].dt if "DURATION" in event else DAY
        return self._moment(first + max(days, DAY))

    def _kind(self, event: Any) -> str | None:
        """None: it takes no time."""
        status = str(event.get("STATUS") or "").upper()
        answer = self._answer(event)
        if status == "CANCELLED" or answer == "DECLINED":
            return None
        is_free = str(event.get("TRANSP") or "").upper() == "TRANSPARENT"
        shown = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS") or "").upper()
        is_free = is_free or shown in {"FREE", "WORKINGELSEWHERE"}
        is_all_day = not isinstance(event["DTSTART"].dt, datetime)
        is_tentative = "TENTATIVE" in {status, shown, answer}
        return kind_of(self._question, is_all_day=is_all_day, is_tentative=is_tentative, is_free=is_free)

    def _answer(self, event: Any) -> str:
        """The owner's own, where they are invited."""
        invited = event.get("ATTENDEE") or []
        for attendee in invited if isinstance(invited, list) else [invited]:
            if str(attendee).lower().removeprefix("mailto:") in self._addresses:
                return str(attendee.params.get("PARTSTAT", "")).upper()
        return ""


def kind_of(question: Question, *, is_all_day: bool, is_tentative: bool, is_free: bool) -> str | None:
    """How an entry counts, by the owner's choices; None where it takes no time."""
    choices = {}
    if is_all_day:
        choices[ALL_DAY] = question.all_day
    if is_tentative:
        choices[TENTATIVE] = question.tentative
    # Of what is both, "never" in either choice is never, then "always" always.
    if "never" in choices.values() or (is_free and "always" not in choices.values()):
        return None
    return next(iter(choices), BUSY)


def _recurrence(event: Any) -> Any:
    """Which occurrence it changes; None for the series itself."""
    return event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else None


def _refuse_too_fine(event: Any) -> None:
    rules = event.get("RRULE") or []
    for rule in rules if isinstance(rules, list) else [rules]:
        every = str(rule.get("FREQ", [""])[0]).upper()
        times = len(rule.get("BYSECOND", [0])) * len(rule.get("BYMINUTE", [0]))
        times *= 24 if every == "HOURLY" else len(rule.get("BYHOUR", [0]))
        if every in TOO_FINE or times > TIMES_A_DAY:
            raise ValueError("It recurs too often.")


def _is_zoneless(event: Any) -> bool:
    """Whether it names a zone that nobody knows: such a time is taken as one of the calendar's zone."""
    starts = event["DTSTART"]
    return "TZID" in starts.params and isinstance(starts.dt, datetime) and starts.dt.tzinfo is None
