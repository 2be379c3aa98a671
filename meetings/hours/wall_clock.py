"""From what a clock on the wall shows to moments: right where the clocks change. Wall times are naive, moments UTC."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import portion


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """When the clocks show `wall`: the first time where they show it twice, None where they skip it."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == wall else None


def moments_between(begins: datetime, ends: datetime, zone: ZoneInfo) -> portion.Interval:
    """Every moment at which the clocks show a time from `begins` to before `ends`.

    An hour that comes twice is in it twice, one that is skipped is not. Holds for one change of the clocks in between.
    """
    offsets = sorted({_offset(wall, zone, fold) for wall in (begins, ends) for fold in (0, 1)})
    if len(offsets) == 1:
        return _at_offset(begins, ends, offsets[0])
    first, last = _utc(begins, offsets[-1]), _utc(ends, offsets[0])
    changed = _changed_at(first, last, zone)
    before, after = first.astimezone(zone).utcoffset(), last.astimezone(zone).utcoffset()
    early = _at_offset(begins, ends, before) & portion.closedopen(-portion.inf, changed)
    late = _at_offset(begins, ends, after) & portion.closedopen(changed, portion.inf)
    return early | late


def day_begins(day: date) -> datetime:
    return datetime.combine(day, time())


def _changed_at(first: datetime, last: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second after `first` at which the zone's offset is another one; `last` if there is none."""
    before = first.astimezone(zone).utcoffset()
    seconds = range(int((last - first).total_seconds()))
    step = bisect_left(
        seconds, True, key=lambda second: (first + timedelta(seconds=second)).astimezone(zone).utcoffset() != before
    )
    return first + timedelta(seconds=step)


def _at_offset(begins: datetime, ends: datetime, offset: timedelta | None) -> portion.Interval:
    return portion.closedopen(_utc(begins, offset), _utc(ends, offset))


def _utc(wall: datetime, offset: timedelta | None) -> datetime:
    return (wall - (offset or timedelta())).replace(tzinfo=UTC)


def _offset(wall: datetime, zone: ZoneInfo, fold: int) -> timedelta:
    return wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()
