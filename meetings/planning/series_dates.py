"""The dates of a series before it is made or moved: what speaks against each, so that the owner may leave some out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from meetings import series
from meetings.hours import repeating
from meetings.hours.cautions import cautions
from meetings.hours.repeating import Repeat, Turn
from meetings.models import Meeting
from meetings.scheduling import Plan
from meetings.times import span_words, zone_words
from okey.contacts.models import Contact
from okey.owners.models import Owner

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Date:
    """One of them. `value`: what is sent to leave it out; `was`: when it is now, of one that is moved."""

    value: str
    mine: str
    theirs: str
    was: str
    cautions: list[str]
    is_left_out: bool

    @property
    def said(self) -> str:
        return "\n".join([self.mine, self.was, *self.cautions])


def of_new(
    owner: Owner, contact: Contact, starts_at: datetime, minutes: int, repeat: Repeat, left_out: Collection[str]
) -> list[Date]:
    """None where the calendar ends before."""
    try:
        turns = repeating.turns(starts_at, owner.timezone, repeat)
    except OverflowError:
        return []
    return [
        _date(owner, contact, one, timedelta(minutes=minutes), value=one.moment.isoformat(), left_out=left_out)
        for one in turns
    ]


def of_moved(meeting: Meeting, others: Sequence[Meeting], plan: Plan, left_out: Collection[str]) -> list[Date]:
    """Those that follow the one that is moved, as they would be."""
    owner, contact, zone = meeting.owner, meeting.contact, meeting.owner.timezone
    by = repeating.shift(meeting.starts_at, plan.starts_at, zone)
    moving = [meeting, *(other for other in others if str(other.pk) not in left_out)]
    found = []
    for other in others:
        along = series.moved_along(meeting, other, plan, owner)
        wall = other.starts_at.astimezone(zone).replace(tzinfo=None) + by
        turn = repeating.turn(wall, zone) if by else Turn(wall, along.starts_at)
        length = timedelta(minutes=along.minutes)
        was = span_words(other.starts_at, other.ends_at, zone)
        out_of_the_way = [*moving, other]  # whatever stays, none stands in its own way
        found.append(
            _date(owner, contact, turn, length, value=str(other.pk), left_out=left_out, was=was, moving=out_of_the_way)
        )
    return found


def span(form: Any, starts_at: datetime, minutes: int) -> tuple[datetime, datetime] | None:
    """From the first of a series to after the last, whatever the clocks do; None where the form is of one meeting."""
    length = timedelta(minutes=minutes) + DAY
    if repeat := form.repeat():
        return starts_at, starts_at + repeat.every_weeks * (repeat.times - 1) * repeating.WEEK + length
    if others := form.others():
        by = starts_at - form.meeting.starts_at
        return min(starts_at, others[0].starts_at + by) - DAY, others[-1].starts_at + by + length
    return None


def _date(
    owner: Owner,
    contact: Contact,
    turn: Turn,
    length: timedelta,
    *,
    value: str,
    left_out: Collection[str],
    was: str = "",
    moving: Sequence[Meeting] = (),
) -> Date:
    starts_at, ends_at = turn.moment, turn.moment + length
    said = cautions(owner, contact, starts_at, ends_at, ignoring=[one.pk for one in moving])
    return Date(
        value=value,
        mine=span_words(starts_at, ends_at, owner.timezone),
        theirs=_theirs(owner.timezone, contact.timezone, starts_at, ends_at),
        was=was,
        cautions=[*_clocks(turn, owner.timezone), *said],
        is_left_out=value in left_out,
    )


def _clocks(turn: Turn, zone: ZoneInfo) -> list[str]:
    facts = {"time": f"{turn.wall:%H:%M}", "shown": f"{turn.shown(zone):%H:%M}"}
    if turn.is_skipped:
        return [_("The clocks skip %(time)s that day: it starts at %(shown)s.") % facts]
    if turn.is_twice:
        return [_("The clocks show %(time)s twice that day: it starts at the first.") % facts]
    return []


def _theirs(mine: ZoneInfo, zone: ZoneInfo | None, starts_at: datetime, ends_at: datetime) -> str:
    """ "" where the other's clocks show the same, or are not known."""
    if zone is None or starts_at.astimezone(zone).utcoffset() == starts_at.astimezone(mine).utcoffset():
        return ""
    return f"{span_words(starts_at, ends_at, zone)}, {zone_words(zone, starts_at)}"
