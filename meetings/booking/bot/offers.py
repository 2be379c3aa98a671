"""From what a client wishes to the times that are offered: those that fit, or else those that come closest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from meetings.availability import Slot
from meetings.booking.bot.wishes import ANY_TIME, Wish, order

MOST = 5
MOST_A_DAY = 3


class Fit(StrEnum):
    """How well the times fit what was wished."""

    FITS = "fits"
    OTHER_HOURS = "other_hours"  # the days are right
    OTHER_DAYS = "other_days"
    PAST = "past"  # the wish named days that are over
    NOTHING = "nothing"  # no time at all is free


@dataclass(frozen=True)
class Offer:
    fit: Fit
    starts: tuple[datetime, ...] = ()

    @property
    def is_the_one(self) -> bool:
        """The very time that was named."""
        return self.fit is Fit.FITS and len(self.starts) == 1


def find(slots: Sequence[Slot], wish: Wish, zone: ZoneInfo, now: datetime) -> Offer:
    """`slots`: all that are free, the soonest first."""
    if not slots:
        return Offer(Fit.NOTHING)
    if wish.is_past(now.astimezone(zone).date()):
        return Offer(Fit.PAST, _pick(slots, ANY_TIME, zone))
    for fit, relaxed in ((Fit.FITS, wish), (Fit.OTHER_HOURS, wish.without_hours())):
        starts = _pick(slots, relaxed, zone, near=wish)
        if starts:
            return Offer(fit, starts)
    later = _after_wished_days(slots, wish, zone)
    starts = _pick(later, wish.without_days(), zone, near=wish) or _pick(later, ANY_TIME, zone)
    return Offer(Fit.OTHER_DAYS, starts)


def _pick(slots: Sequence[Slot], wish: Wish, zone: ZoneInfo, *, near: Wish | None = None) -> tuple[datetime, ...]:
    """The first few that the wish admits; not all of them on one day, where several days would do."""
    admitted = [slot.starts_at for slot in slots if wish.admits(slot.starts_at, slot.ends_at, zone)]
    by_preference = order(admitted, near or wish, zone)
    taken = by_preference[:MOST] if wish.exact_minute is not None else _spread(by_preference, zone)
    return tuple(sorted(taken))


def _spread(starts: list[datetime], zone: ZoneInfo) -> list[datetime]:
    days: Counter[object] = Counter()
    first: list[datetime] = []
    for start in starts:
        day = start.astimezone(zone).date()
        days[day] += 1
        if days[day] <= MOST_A_DAY:
            first.append(start)
    rest = [start for start in starts if start not in set(first)]
    return [*first, *rest][:MOST]


def _after_wished_days(slots: Sequence[Slot], wish: Wish, zone: ZoneInfo) -> Sequence[Slot]:
    """From the first wished day on, or all where that leaves none."""
    firsts = [window.days.first for window in wish.windows if window.days]
    if not firsts:
        return slots
    margin = min(firsts) - timedelta(days=1)
    return [slot for slot in slots if slot.starts_at.astimezone(zone).date() >= margin] or slots
