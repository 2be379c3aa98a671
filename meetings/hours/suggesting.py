"""The next times that suit an owner and somebody whose time zone is known."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.times import is_at_night
from okey.owners.models import Owner

MOST = 6
#: So many free times are looked at, however many there are.
LOOKED_AT = 700
NOON = 12


@dataclass(frozen=True)
class Suggestion:
    """A button: `value` is its moment; `theirs` the other's clock, "" where that shows the same or is not known."""

    value: str
    words: str
    theirs: str
    is_chosen: bool


def next_for_both(
    owner: Owner,
    zone: ZoneInfo | None,
    *,
    minutes: int | None = None,
    since: datetime | None = None,
    most: int = MOST,
    ignoring: UUID | None = None,
) -> list[Slot]:
    """Of each day the first that is free before noon and the first after, on the owner's clocks; none at night there.

    `zone`: the other's, if it is known. `minutes`, `ignoring`: as in `availability.free_slots`.
    """
    until = datetime.max.replace(tzinfo=UTC)
    found: dict[tuple[date, bool], Slot] = {}
    free = availability.each_free_slot(owner, since=since, until=until, minutes=minutes, ignoring=ignoring)
    for slot in islice(free, LOOKED_AT):
        local = slot.starts_at.astimezone(owner.timezone)
        if zone is None or not is_at_night(slot.starts_at, slot.ends_at, zone):
            found.setdefault((local.date(), local.hour >= NOON), slot)
        if len(found) == most:
            break
    return list(found.values())


def suggestion(
    starts_at: datetime, owner: Owner, zone: ZoneInfo | None, *, chosen: datetime | None = None
) -> Suggestion:
    """`zone`: the other's, if it is known."""
    mine = starts_at.astimezone(owner.timezone)
    theirs = starts_at.astimezone(zone or owner.timezone)
    there = ""
    if theirs.utcoffset() != mine.utcoffset():
        there = date_format(theirs, "H:i" if theirs.date() == mine.date() else "D H:i")
    return Suggestion(starts_at.isoformat(), date_format(mine, "D j M, H:i"), there, starts_at == chosen)
