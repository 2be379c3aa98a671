"""Where things stand in the grid of a day: rows of a quarter of an hour, as the clocks on the wall show them.

Spans are aware moments, rows count from midnight. Where an hour comes twice, both stand in the same rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from math import ceil
from zoneinfo import ZoneInfo

from meetings.hours.wall_clock import moment_of

DAY = timedelta(days=1)
MINUTES, ROWS, HOUR = 15, 96, 4
#: Narrower than a quarter of a day's width nothing can be read.
LANES = 4


@dataclass(frozen=True)
class Rows:
    """From which row to before which one."""

    first: int
    end: int

    @property
    def count(self) -> int:
        return self.end - self.first

    def meet(self, other: "Rows") -> bool:
        return self.first < other.end and other.first < self.end


WHOLE = Rows(0, ROWS)


@dataclass(frozen=True)
class DaySpan:
    """A day of the owner's, in moments."""

    day: date
    zone: ZoneInfo
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, day: date, zone: ZoneInfo) -> "DaySpan":
        starts, ends = (datetime.combine(one, time(), zone) for one in (day, day + DAY))
        return cls(day, zone, starts, ends)

    def holds(self, starts_at: datetime, ends_at: datetime) -> bool:
        return starts_at < self.ends_at and ends_at > self.starts_at

    def rows(self, starts_at: datetime, ends_at: datetime) -> Rows:
        """Of a span that reaches into this day; at least one row."""
        first = 0 if starts_at <= self.starts_at else int(self._minutes(starts_at) // MINUTES)
        end = ROWS if ends_at >= self.ends_at else ceil(self._minutes(ends_at) / MINUTES)
        return Rows(first, max(end, first + 1))

    def words(self, starts_at: datetime, ends_at: datetime) -> str:
        """ "09:00–10:30", of what of it is in this day; the day's end is 24:00."""
        begin = "00:00" if starts_at <= self.starts_at else f"{starts_at.astimezone(self.zone):%H:%M}"
        end = "24:00" if ends_at >= self.ends_at else f"{ends_at.astimezone(self.zone):%H:%M}"
        return f"{begin}–{end}"

    def skipped(self) -> set[int]:
        """Rows whose time the clocks do not show on this day."""
        if self.ends_at.utcoffset() == self.starts_at.utcoffset():
            return set()
        midnight = datetime.combine(self.day, time())
        walls = ((row, midnight + timedelta(minutes=row * MINUTES)) for row in range(ROWS))
        return {row for row, wall in walls if moment_of(wall, self.zone) is None}

    def _minutes(self, moment: datetime) -> float:
        wall = moment.astimezone(self.zone)
        return wall.hour * 60 + wall.minute + wall.second / 60


def lanes(places: list[Rows]) -> list[tuple[int, int]]:
    """For each, in the order of their rows: its lane, from 1, and into how many the width is divided there.

    What more there is at one time than LANES shares the last one.
    """
    found: list[tuple[int, int]] = []
    for group in _touching(places):
        free_from: list[int] = []
        taken = []
        for place in group:
            lane = next((number for number, row in enumerate(free_from) if row <= place.first), len(free_from))
            free_from[lane : lane + 1] = [place.end]
            taken.append(min(lane + 1, LANES))
        found += [(lane, max(taken)) for lane in taken]
    return found


def _touching(places: list[Rows]) -> Iterator[list[Rows]]:
    """In groups of those that meet, directly or by others between them."""
    group: list[Rows] = []
    for place in places:
        if group and place.first >= max(one.end for one in group):
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def cells(taken: set[int], window: Rows) -> Iterator[tuple[Rows, Rows]]:
    """The rows that are free, each stretch of them in half hours (a quarter at either end goes with its neighbour).

    Each with the stretch that it is of. A quarter by itself is nobody's meeting, and too small to press.
    """
    free = (row for row in range(window.first, window.end) if row not in taken)
    for _key, run in groupby(enumerate(free), key=lambda pair: pair[1] - pair[0]):
        rows = [row for _number, row in run]
        stretch = Rows(rows[0], rows[-1] + 1)
        if stretch.count < HOUR // 2:
            continue
        halves = [row for row in range(stretch.first + 2, stretch.end - 1) if row % 2 == 0]
        borders = [stretch.first, *halves, stretch.end]
        for first, end in pairwise(borders):
            yield Rows(first, end), stretch


def rows_of(places: Iterable[Rows]) -> set[int]:
    return {row for place in places for row in range(place.first, place.end)}
