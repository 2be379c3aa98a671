"""Which meetings of a week lie over each other, or over what the owner's own calendars take."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meetings.models import Meeting
from meetings.times import span_words

#: Of those at one time, as many as somebody reads.
SAID = 5


@dataclass(frozen=True)
class Taken:
    """A time that calendars take: what overlaps is one."""

    starts_at: datetime
    ends_at: datetime
    names: frozenset[str]


@dataclass(frozen=True)
class Conflict:
    """`with_what`: a line for each of what it lies over, SAID at most."""

    meeting: Meeting
    with_what: list[str]


def together(rows: Iterable[tuple[datetime, datetime, UUID]], names: Mapping[UUID, str]) -> list[Taken]:
    """Of busy times (start, end, calendar), in the order of their starts."""
    found: list[Taken] = []
    for starts_at, ends_at, calendar in rows:
        name = frozenset({names[calendar]} if calendar in names else ())  # one that was added this very moment
        if found and starts_at < found[-1].ends_at:
            last = found[-1]
            found[-1] = Taken(last.starts_at, max(last.ends_at, ends_at), last.names | name)
        else:
            found.append(Taken(starts_at, ends_at, name))
    return found


def conflicts(meetings: list[Meeting], taken: list[Taken], now: datetime, zone: ZoneInfo) -> dict[Meeting, Conflict]:
    """Of meetings in the order of their starts; those that are over are nobody's trouble any more."""
    coming = [one for one in meetings if one.ends_at > now]
    lines: dict[Meeting, list[str]] = defaultdict(list)
    for number, meeting in enumerate(coming):
        for other in coming[number + 1 :]:
            if other.starts_at >= meeting.ends_at:
                break
            lines[meeting].append(_meeting_words(other, meeting, zone))
            lines[other].append(_meeting_words(meeting, other, zone))
        # Taken times do not overlap, so they are in the order of their ends, too.
        for one in taken[bisect_left(taken, meeting.starts_at, key=attrgetter("ends_at")) :]:
            if one.starts_at >= meeting.ends_at:
                break
            if one.ends_at > meeting.starts_at:
                lines[meeting].append(_taken_words(one, meeting, zone))
    return {one: Conflict(one, lines[one][:SAID]) for one in coming if lines[one]}


def _meeting_words(other: Meeting, beside: Meeting, zone: ZoneInfo) -> str:
    text = _("“%(title)s” with %(name)s (%(when)s)")
    when = _when(other.starts_at, other.ends_at, beside, zone)
    return text % {"title": other.title, "name": other.with_whom, "when": when}


def _taken_words(taken: Taken, beside: Meeting, zone: ZoneInfo) -> str:
    when = _when(taken.starts_at, taken.ends_at, beside, zone)
    names = ", ".join(sorted(taken.names))
    return _("a busy time in %(calendars)s (%(when)s)") % {"calendars": names, "when": when}


def _when(starts_at: datetime, ends_at: datetime, beside: Meeting, zone: ZoneInfo) -> str:
    """Without the day where it is the meeting's, which is said before."""
    days = {one.astimezone(zone).date() for one in (beside.starts_at, starts_at, ends_at)}
    if len(days) > 1:
        return span_words(starts_at, ends_at, zone)
    return f"{starts_at.astimezone(zone):%H:%M}–{ends_at.astimezone(zone):%H:%M}"
