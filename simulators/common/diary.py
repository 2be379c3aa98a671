"""People's calendars, as every vendor has them: entries, series with what changes one of their occurrences, and which
of it has changed since when. How an API shows them is the vendor's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

#: How far from a change it is noted which occurrences of a series had been shown before.
SHOWN_BEHIND, SHOWN_AHEAD = timedelta(days=400), timedelta(days=800)


@dataclass
class Calendar:
    """`shared_with`: the IDs of others who see it, and may write where `they_write`."""

    id: str
    owner_id: str
    name: str
    zone: str
    is_primary: bool = False
    shared_with: list[str] = field(default_factory=list)
    they_write: bool = True
    is_deleted: bool = False
    #: Rises with every change of an entry.
    changes: int = 0

    def is_seen_by(self, user_id: str) -> bool:
        return not self.is_deleted and (self.owner_id == user_id or user_id in self.shared_with)

    def is_written_by(self, user_id: str) -> bool:
        return self.is_seen_by(user_id) and (self.owner_id == user_id or self.they_write)


@dataclass
class Entry:
    """`start`, `end`: what the clocks of `zone` show, `2026-12-01T10:00:00`; dates where it is for whole days.

    `shown`: free, tentative, busy, oof, workingElsewhere. `answer`: the person's own where they are invited: accepted,
    declined, tentative, needsAction. `series` and `original` (a start, as the series has it): the occurrence that this
    stands for. `gone`: occurrences that the API has shown, and may have to take back.
    """

    id: str
    calendar_id: str
    title: str
    start: str
    end: str
    zone: str
    uid: str
    is_all_day: bool = False
    shown: str = "busy"
    is_tentative: bool = False
    answer: str = ""
    kind: str = "default"
    rule: str = ""
    series: str = ""
    original: str = ""
    is_cancelled: bool = False
    number: int = 0
    gone: list[str] = field(default_factory=list)
    #: Whatever else the vendor keeps with it.
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Occurrence:
    """One time of an entry. `starts`, `ends` in UTC, of whole days in the calendar's zone."""

    id: str
    entry: Entry
    start: str
    end: str
    starts: datetime
    ends: datetime
    series: str = ""
    original: str = ""

    def overlaps(self, since: datetime | None, until: datetime | None) -> bool:
        return (until is None or self.starts < until) and (since is None or self.ends > since)


def moment(text: str, zone: str) -> datetime:
    """What those clocks show; of a date, its beginning."""
    value = datetime.fromisoformat(text) if "T" in text else datetime.combine(date.fromisoformat(text), time())
    return value.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def occurrence_id(series: str, starts: datetime) -> str:
    return f"{series}_{starts:%Y%m%dT%H%M%SZ}"


def occurrences(
    calendar: Calendar, entries: Iterable[Entry], since: datetime | None, until: datetime | None
) -> Iterator[Occurrence]:
    """All that stand in these entries of one calendar and overlap the span, by what each of them is."""
    listed = [one for one in entries if one.calendar_id == calendar.id]
    changed = {(one.series, one.original): one for one in listed if one.series}
    for entry in listed:
        if entry.series or entry.is_cancelled:
            continue
        for one in _times(calendar, entry, changed, since, until) if entry.rule else [single(calendar, entry)]:
            if one.overlaps(since, until):
                yield one


def single(calendar: Calendar, entry: Entry) -> Occurrence:
    zone = calendar.zone if entry.is_all_day else entry.zone
    starts, ends = moment(entry.start, zone), moment(entry.end, zone)
    return Occurrence(entry.id, entry, entry.start, entry.end, starts, ends)


def _times(
    calendar: Calendar,
    entry: Entry,
    changed: dict[tuple[str, str], Entry],
    since: datetime | None,
    until: datetime | None,
) -> Iterator[Occurrence]:
    first, last = datetime.fromisoformat(entry.start), datetime.fromisoformat(entry.end)
    rule = rrulestr(entry.rule, dtstart=first)
    low = first if since is None else (since - (last - first) - timedelta(days=40)).replace(tzinfo=None)
    high = first + timedelta(days=730) if until is None else (until + timedelta(days=40)).replace(tzinfo=None)
    for start in rule.between(low, high, inc=True):
        began = _text(start, entry)
        zone = calendar.zone if entry.is_all_day else entry.zone
        name = occurrence_id(entry.id, moment(began, zone))
        other = changed.get((entry.id, began))
        if other is not None:
            if not other.is_cancelled:
                yield replace(single(calendar, other), id=name, series=entry.id, original=began)
            continue
        end = _text(start + (last - first), entry)
        yield Occurrence(name, entry, began, end, moment(began, zone), moment(end, zone), entry.id, began)


def _text(value: datetime, entry: Entry) -> str:
    return value.date().isoformat() if entry.is_all_day else value.isoformat()


def change(calendar: Calendar, entries: dict[str, Entry], entry: Entry, now: datetime) -> list[Any]:
    """Number the change; what is to be saved. A series is changed by whatever changes one of its occurrences."""
    calendar.changes += 1
    changed = entries[entry.series] if entry.series else entry
    if changed.rule:
        as_it_was = [replace(changed, is_cancelled=False)]
        shown = occurrences(calendar, as_it_was, now - SHOWN_BEHIND, now + SHOWN_AHEAD)
        changed.gone = sorted({*changed.gone, *(one.id for one in shown)})
    changed.number = entry.number = calendar.changes
    return [calendar, changed] if changed is entry else [calendar, changed, entry]
