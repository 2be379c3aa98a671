"""What availability must say, found the slow way: minute by minute, by looking at the clock on the wall."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REACH = 2 * DAY

Range = tuple[int, int]  # minutes of the day, to before 1440


@dataclass(frozen=True)
class Case:
    """An owner's rules and meetings. Dates are counted from the day of the change, moments in minutes from it."""

    weekly: dict[int, list[Range]]
    overrides: dict[int, list[Range]]
    slot: int
    gaps: tuple[int, int]
    notice: int
    horizon: int
    maximum: int | None
    now: int
    meetings: list[tuple[int, int]] = field(default_factory=list)  # start, length


@cache
def changes(zone: ZoneInfo, first_year: int, years: int = 3) -> list[datetime]:
    """Every moment in these years at which the clocks of the zone were or will be put to another time."""
    hours = 24 * 366 * years
    first = datetime(first_year, 1, 1, tzinfo=UTC)
    found = []
    for number in range(hours):
        hour = first + number * HOUR
        if _offset(hour, zone) != _offset(hour + HOUR, zone):
            minutes = (hour + number * MINUTE for number in range(1, 61))
            found.append(next(minute for minute in minutes if _offset(minute, zone) != _offset(hour, zone)))
    return found


@cache
def walls(zone: ZoneInfo, change: datetime, reach: timedelta) -> dict[datetime, datetime]:
    """What the clocks show, minute by minute, from `reach` before the change to `reach` after it."""
    moments = (change - reach + number * MINUTE for number in range(2 * reach // MINUTE))
    return {moment: moment.astimezone(zone).replace(tzinfo=None) for moment in moments}


def slots(case: Case, zone: ZoneInfo, change: datetime, since: datetime, until: datetime) -> list[datetime]:
    """Needs the clocks for as long after `until` as a meeting takes."""
    shown = walls(zone, change, REACH)
    return _Slow(case, zone, change, shown).slots(since, until)


class _Slow:
    def __init__(self, case: Case, zone: ZoneInfo, change: datetime, shown: dict[datetime, datetime]) -> None:
        self.case, self.shown = case, shown
        self.day_zero = change.astimezone(zone).date()
        self.now = change + case.now * MINUTE
        self.today = self.now.astimezone(zone).date()
        self.meetings = [(change + start * MINUTE, change + (start + long) * MINUTE) for start, long in case.meetings]
        self.days_of_meetings = [start.astimezone(zone).date() for start, _end in self.meetings]
        self.minutes_of_day = {day: self._minutes(day) for day in {wall.date() for wall in shown.values()}}

    def slots(self, since: datetime, until: datetime) -> list[datetime]:
        found, seen = [], set()
        for moment, wall in self.shown.items():
            if wall not in seen and self._is_on_grid(wall) and since <= moment < until and self._is_free(moment, wall):
                found.append(moment)
            seen.add(wall)
        return found

    def _is_free(self, moment: datetime, wall: datetime) -> bool:
        return (
            moment >= self.now + self.case.notice * MINUTE
            and wall.date() <= self.today + self.case.horizon * DAY
            and (self.case.maximum is None or self.days_of_meetings.count(wall.date()) < self.case.maximum)
            and all(self._is_open(self.shown[moment + number * MINUTE]) for number in range(self.case.slot))
            and not any(self._is_too_near(moment, *meeting) for meeting in self.meetings)
        )

    def _is_open(self, wall: datetime) -> bool:
        return self.minutes_of_day[wall.date()][wall.hour * 60 + wall.minute] >= 0

    def _is_on_grid(self, wall: datetime) -> bool:
        minute = self.minutes_of_day[wall.date()][wall.hour * 60 + wall.minute]
        return minute >= 0 and minute % self.case.slot == 0

    def _minutes(self, day: date) -> list[int]:
        """For every minute of the day, how long the owner has been there; -1 where they are not."""
        ranges = self.case.overrides.get((day - self.day_zero).days, self.case.weekly.get(day.weekday(), []))
        there: list[int] = []
        for minute in range(1440):
            is_open = any(starts <= minute < ends for starts, ends in ranges)
            there.append((there[-1] + 1 if there else 0) if is_open else -1)
        return there

    def _is_too_near(self, moment: datetime, starts: datetime, ends: datetime) -> bool:
        gap = max(self.case.gaps) * MINUTE
        return moment < ends + gap and starts < moment + self.case.slot * MINUTE + gap


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
