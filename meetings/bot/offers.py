"""From what a client wishes to the times that are offered: those that fit, or else those that come closest.

Closest are, in this order: the days that were wished for; other days at the wished hours; other days at any hour. Of
the other days the nearest comes first, and of a day what lies nearest to the wanted part of it: for an evening the
latest.
What lies in the client's night is offered only where nothing else is, or where the night was asked for by its hours.

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

from meetings.bot.permitted import EVER, FreeTimes
from meetings.bot.understanding.wanted_times import ANY_TIME, MORNING, NIGHT, Wish, minutes_of_day, order
from meetings.hours.availability import Slot

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
        starts = self._pick(wish)
        return Offer(Fit.FITS, starts) if starts else self._closest(wish)

    def _closest(self, wish: Wish) -> Offer:
        """By the order that stands at the head of this module."""
        later, any_hour = self._from_wished_days(wish), wish.without_days().without_hours()
        is_one_moment = wish.exact_minute is not None and wish.has_days
        ranks: dict[datetime, int] = {}
        slots: list[Slot] = []
        for rank, (search, relaxed) in enumerate(
            ((self, wish.without_hours()), (later, wish.without_days()), (later, any_hour), (self, ANY_TIME))
        ):
            new = [slot for slot in search._of_few_days(relaxed) if slot.starts_at not in ranks]
            ranks |= {slot.starts_at: rank for slot in new}
            slots += new
            awake = self._awake(slots, wish)
            if len(awake) >= MOST if is_one_moment else self._is_enough(Counter(map(self._day, awake))):
                break

        def distance(slot: Slot) -> tuple[int, int, bool, date, int, float]:
            rank, day = ranks[slot.starts_at], self._day(slot)
            is_among_named = rank == 0 and wish.has_days
            days, is_before = (0, False) if is_among_named else (wish.days_from(day), wish.is_before(day))
            order_in_day = slot.starts_at.timestamp() * (-1 if wish.main.is_latest_first else 1)
            gap = wish.minutes_from(slot.starts_at, slot.ends_at, self.zone)
            return rank, days, is_before, date.min if is_among_named else day, gap, order_in_day

        nearest = [slot.starts_at for slot in sorted(self._awake(slots, wish) or slots, key=distance)]
        taken = nearest[:MOST] if is_one_moment else _spread(nearest, self.zone)
        fit = Fit.OTHER_HOURS if any(ranks[start] == 0 for start in taken) else Fit.OTHER_DAYS
        return self._or_nothing(fit, tuple(sorted(taken)))

    def _day(self, slot: Slot) -> date:
        return slot.starts_at.astimezone(self.zone).date()

    @staticmethod
    def _is_enough(days: Counter[date]) -> bool:
        return sum(min(count, MOST_A_DAY) for count in days.values()) >= MOST

    def _awake(self, slots: list[Slot], wish: Wish) -> list[Slot]:
        return slots if wish.is_for_the_night else [slot for slot in slots if not self._is_night(slot)]

    def _is_night(self, slot: Slot) -> bool:
        begins, ends = minutes_of_day(slot.starts_at.astimezone(self.zone), slot.ends_at.astimezone(self.zone))
        return begins < MORNING or ends > NIGHT

    def _of_few_days(self, wish: Wish) -> list[Slot]:
        """All that the wish admits of the first few days on which it admits any."""
        days: set[date] = set()
        found: list[Slot] = []
        for slot in self._admitted(wish):
            days.add(self._day(slot))
            if len(days) > DAYS_TO_COMPARE:
                break
            found.append(slot)
        return found

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

    def _pick(self, wish: Wish) -> tuple[datetime, ...]:
        """The first few that the wish admits; not all of them on one day, where several days would do."""
        if len(wish.windows) > 1:
            return self.each(wish)
        starts = [slot.starts_at for slot in self._enough(wish)]
        by_preference = order(starts, wish, self.zone)
        taken = by_preference[:MOST] if wish.exact_minute is not None else _spread(by_preference, self.zone)
        return tuple(sorted(taken))

    def _enough(self, wish: Wish) -> Iterator[Slot]:
        """As many as it takes to choose from."""
        hours = wish.main.hours
        compares = wish.main.is_latest_first or (hours is not None and hours.near is not None)
        days: Counter[date] = Counter()
        at_night: list[Slot] = []
        for slot in self._admitted(wish):
            if hours is None and not compares and self._is_night(slot):
                at_night.append(slot)
                continue
            day = self._day(slot)
            if compares and day not in days and len(days) >= DAYS_TO_COMPARE:
                return
            days[day] += 1
            yield slot
            if not compares and self._is_enough(days):
                return
        if not days:
            yield from at_night

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
        since = max(margin, self.since) if self.since else margin
        return Search(self.free, self.zone, self.now, since, self.until, self.refused)


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
