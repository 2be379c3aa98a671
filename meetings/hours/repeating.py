"""The same time of every so-many-th week: what the clocks on a wall show stays, whatever they do in between."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from meetings.hours.wall_clock import moment_of

WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Repeat:
    """Every so many weeks, so many times."""

    every_weeks: int
    times: int


@dataclass(frozen=True)
class Turn:
    """One time of a series. `wall`: what the clocks are meant to show then, naive; `moment` is in UTC."""

    wall: datetime
    moment: datetime
    #: The clocks skip `wall` that day: `moment` is as much later as they go forward.
    is_skipped: bool = False
    #: They show it twice: `moment` is the first.
    is_twice: bool = False

    def shown(self, zone: ZoneInfo) -> datetime:
        """What the clocks show at `moment`."""
        return self.moment.astimezone(zone)


def turns(first: datetime, zone: ZoneInfo, repeat: Repeat) -> list[Turn]:
    """`first`: aware. Raises OverflowError at the end of the calendar."""
    wall = first.astimezone(zone).replace(tzinfo=None)
    each = [turn(wall + number * repeat.every_weeks * WEEK, zone) for number in range(1, repeat.times)]
    return [Turn(wall, first.astimezone(UTC)), *each]


def turn(wall: datetime, zone: ZoneInfo) -> Turn:
    moment = moment_of(wall, zone)
    if moment is None:
        return Turn(wall, wall.replace(tzinfo=zone).astimezone(UTC), is_skipped=True)
    is_twice = wall.replace(tzinfo=zone, fold=1).astimezone(UTC) != moment
    return Turn(wall, moment, is_twice=is_twice)


def moved(moment: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """So much later by what the clocks show, in UTC. The same moment where that is nothing."""
    if not by:
        return moment
    return turn(moment.astimezone(zone).replace(tzinfo=None) + by, zone).moment


def shift(was: datetime, now: datetime, zone: ZoneInfo) -> timedelta:
    """How much later `now` is by what the clocks show."""
    return now.astimezone(zone).replace(tzinfo=None) - was.astimezone(zone).replace(tzinfo=None)
