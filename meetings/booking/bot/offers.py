"""From what a client wishes to the times that are offered: those that fit, or else those that come closest.

Free times are looked up as far as it takes to find a few, and no further than LOOKED_AT: a wish costs about the same
whether the owner offers hundreds of times or a hundred thousand.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from meetings.availability import Slot
from meetings.booking.bot.desk import EVER, FreeTimes
from meetings.booking.bot.wishes import ANY_TIME, Wish, order

MOST = 5
MOST_A_DAY = 3
#: So many free times are looked at for one wish.
LOOKED_AT = 700
#: Where the closest or the latest are wanted, they are sought on so many days.
DAYS_TO_COMPARE = 7
DAY = timedelta(days=1)
#: How far back earlier times are sought, in days: first near, then farther.
DAYS_BACK = (1, 3, 14)


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


@dataclass(frozen=True)
class Search:
    """`is_wanted`: a further condition on starts ("after those that were offered")."""

    free: FreeTimes
    zone: ZoneInfo
    now: datetime
    since: datetime | None = None
    until: datetime = EVER
    refused: frozenset[datetime] = frozenset()

    def find(self, wish: Wish) -> Offer:
        if wish.is_past(self.now.astimezone(self.zone)):
            return self._or_nothing(Fit.PAST, self._pick(ANY_TIME))
        for fit, relaxed in ((Fit.FITS, wish), (Fit.OTHER_HOURS, wish.without_hours())):
            starts = self._pick(relaxed, near=wish)
            if starts:
                return Offer(fit, starts)
        later = self._from_wished_days(wish)
        starts = later._pick(wish.without_days(), near=wish) or later._pick(ANY_TIME) or self._pick(ANY_TIME)
        return self._or_nothing(Fit.OTHER_DAYS, starts)

    def has_any(self, wish: Wish) -> bool:
        return any(True for _slot in self._admitted(wish))

    def last_before(self, moment: datetime, wish: Wish) -> tuple[datetime, ...]:
        """The few that come just before it."""
        for days in DAYS_BACK:
            search = Search(self.free, self.zone, self.now, moment - days * DAY, moment, self.refused)
            admitted = [slot.starts_at for slot in search._admitted(wish)]
            if admitted:
                return tuple(admitted[-MOST:])
        return ()

    def each(self, wish: Wish) -> tuple[datetime, ...]:
        """One for each alternative first, then the rest: whoever names two is offered both."""
        alternatives = [Wish((window,)) for window in wish.windows]
        found: list[datetime] = []
        for one in alternatives:
            found += [start for start in self._pick(one) if start not in found][: max(1, MOST // len(alternatives))]
        return tuple(sorted(found[:MOST]))

    def _or_nothing(self, fit: Fit, starts: tuple[datetime, ...]) -> Offer:
        return Offer(fit, starts) if starts else Offer(Fit.NOTHING)

    def _pick(self, wish: Wish, *, near: Wish | None = None) -> tuple[datetime, ...]:
        """The first few that the wish admits; not all of them on one day, where several days would do."""
        if len(wish.windows) > 1 and near in (None, wish):
            return self.each(wish)
        wished = near or wish
        starts = [slot.starts_at for slot in self._enough(wish, wished)]
        by_preference = order(starts, wished, self.zone)
        taken = by_preference[:MOST] if wish.exact_minute is not None else _spread(by_preference, self.zone)
        return tuple(sorted(taken))

    def _enough(self, wish: Wish, wished: Wish) -> Iterator[Slot]:
        """As many as it takes to choose from."""
        hours = wished.main.hours
        compares = wished.main.is_latest_first or (hours is not None and hours.near is not None)
        days: Counter[date] = Counter()
        for slot in self._admitted(wish):
            day = slot.starts_at.astimezone(self.zone).date()
            if compares and day not in days and len(days) >= DAYS_TO_COMPARE:
                return
            days[day] += 1
            yield slot
            if not compares and sum(min(count, MOST_A_DAY) for count in days.values()) >= MOST:
                return

    def _admitted(self, wish: Wish) -> Iterator[Slot]:
        since, until, on = self._reach(wish)
        slots = islice(self.free.between(since, until, on), LOOKED_AT)
        admitted = (slot for slot in slots if wish.admits(slot.starts_at, slot.ends_at, self.zone))
        return (slot for slot in admitted if slot.starts_at not in self.refused)

    def _reach(self, wish: Wish) -> tuple[datetime | None, datetime, Callable[[date], bool]]:
        """From when to when to look, and on which of the owner's days: a day of the client's may begin on another."""
        firsts = [window.days.first if window.days else None for window in wish.windows]
        lasts = [window.days.last if window.days else None for window in wish.windows]
        since, until = self.since, self.until
        if None not in firsts:
            begins = datetime.combine(min(one for one in firsts if one), time(), self.zone)
            since = max(since, begins) if since else begins
        if None not in lasts and max(one for one in lasts if one) < date.max - DAY:
            ends = datetime.combine(max(one for one in lasts if one) + DAY, time(), self.zone)
            until = min(until, ends)

        def on(day: date) -> bool:
            near = (day - DAY, day, day + DAY)
            return any(window.days is None or any(map(window.days.has, near)) for window in wish.windows)

        return since, until, on

    def _from_wished_days(self, wish: Wish) -> "Search":
        """From the first wished day on."""
        firsts = [window.days.first for window in wish.windows if window.days]
        if not firsts:
            return self
        margin = datetime.combine(min(firsts) - DAY, time(), self.zone)
        return Search(self.free, self.zone, self.now, margin, self.until, self.refused)


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
