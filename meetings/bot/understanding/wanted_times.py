"""When a client wants to meet, as they said it: days and hours in their own zone, before any slot is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

WHOLE_DAY = 24 * 60  # minutes
ALL_WEEK = frozenset(range(7))
WEEK = timedelta(weeks=1)
#: Between them, in minutes since midnight, people are awake.
MORNING, NIGHT = 7 * 60, 22 * 60


@dataclass(frozen=True)
class Days:
    """From `first` to `last`, both included, on these weekdays (0 is Monday).

    `or_in_a_week`: today, by the name of its weekday: where today is over, the same day next week is meant.
    """

    first: date
    last: date
    weekdays: frozenset[int] = ALL_WEEK
    or_in_a_week: bool = field(default=False, compare=False)

    @classmethod
    def one(cls, day: date) -> Self:
        return cls(day, day)

    def in_a_week(self) -> "Days":
        return Days(self.first + WEEK, self.last + WEEK, self.weekdays)

    def has(self, day: date) -> bool:
        return self.first <= day <= self.last and day.weekday() in self.weekdays

    @property
    def is_one(self) -> bool:
        return self.first == self.last


@dataclass(frozen=True)
class Hours:
    """Minutes since midnight: a meeting begins at `since` or later and ends by `until`.

    `near`: the time that was named; `is_exact` where it was not only "around". Times close to it come first.
    `is_half_told`: "3 pm", "15:00": no other word can move it to the other half of the day.
    """

    since: int = 0
    until: int = WHOLE_DAY
    near: int | None = None
    is_exact: bool = False
    is_half_told: bool = field(default=False, compare=False)

    @classmethod
    def at(cls, minute: int, *, is_half_told: bool = False) -> Self:
        return cls(near=minute, is_exact=True, is_half_told=is_half_told)

    @property
    def is_any(self) -> bool:
        return self == Hours()

    def are_over_by(self, minute: int) -> bool:
        """No meeting in them begins after that minute of the day."""
        return self.near <= minute if self.is_exact and self.near is not None else self.until <= minute

    def admit(self, begins: int, ends: int) -> bool:
        if self.is_exact:
            return begins == self.near
        return begins >= self.since and ends <= self.until

    def minutes_from(self, begins: int, ends: int) -> int:
        """How far a meeting lies from them; 0 within."""
        return abs(begins - self.near) if self.near is not None else max(self.since - begins, ends - self.until, 0)

    @property
    def are_at_night(self) -> bool:
        if self.near is not None:
            return not MORNING <= self.near < NIGHT
        return self.until <= MORNING or self.since >= NIGHT

    def touch(self, begins: int, ends: int) -> bool:
        if self.is_exact and self.near is not None:
            return begins <= self.near < max(ends, begins + 1)
        return begins < self.until and ends > self.since


@dataclass(frozen=True)
class Window:
    """`days` or `hours` None: nothing was said of them. `since`: not before that moment ("in two hours")."""

    days: Days | None = None
    hours: Hours | None = None
    since: datetime | None = None
    #: "as late as possible", "the last one that day"
    is_latest_first: bool = False
    #: What is left out of it: "not wednesday afternoon".
    unwanted: "tuple[Window, ...]" = ()

    def admits(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
        return self._has(starts_at, ends_at, zone) and not any(
            one.touches(starts_at, ends_at, zone) for one in self.unwanted
        )

    def _refuses(self, days: Days | None) -> bool:
        """Whether none of these days is wanted: "not that day"."""
        return days is not None and any(
            one.hours is None and one.days is not None and one.days.first <= days.first and days.last <= one.days.last
            for one in self.unwanted
        )

    def touches(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
        """Whether any of that time is in it."""
        begins, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
        if self.days is not None and not self.days.has(begins.date()):
            return False
        return self.hours is None or self.hours.touch(*minutes_of_day(begins, ends))

    def _has(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
        begins, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
        if self.since is not None and starts_at < self.since:
            return False
        if self.days is not None and not self.days.has(begins.date()):
            return False
        return self.hours is None or self.hours.admit(*minutes_of_day(begins, ends))

    def is_past(self, now: datetime) -> bool:
        """Whether all that it names is over; `now` on the client's clock."""
        if self.days is None or self.days.last > now.date():
            return False
        is_today = self.days.last == now.date()
        return not is_today or (self.hours is not None and self.hours.are_over_by(now.hour * 60 + now.minute))

    def moved_on(self) -> "Window":
        """Next week's, where that may be meant."""
        is_open = self.days is not None and self.days.or_in_a_week
        return replace(self, days=self.days.in_a_week()) if is_open and self.days else self

    def filled_from(self, other: "Window") -> "Window":
        """With the other's days or hours where this one says nothing of them."""
        days = self.days or (None if self.since or self._refuses(other.days) else other.days)
        unwanted = (*self.unwanted, *(one for one in other.unwanted if one not in self.unwanted))
        is_latest = self.is_latest_first or (other.is_latest_first and self.hours is None)
        return replace(self, days=days, hours=self.hours or other.hours, unwanted=unwanted, is_latest_first=is_latest)


def minutes_of_day(begins: datetime, ends: datetime) -> tuple[int, int]:
    """As the clock on the wall shows them; an end on the next day counts on."""
    days = (ends.date() - begins.date()).days
    return begins.hour * 60 + begins.minute, days * WHOLE_DAY + ends.hour * 60 + ends.minute


@dataclass(frozen=True)
class Wish:
    """One window or several: "tomorrow morning or friday"."""

    windows: tuple[Window, ...]

    def admits(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
        return any(window.admits(starts_at, ends_at, zone) for window in self.windows)

    @property
    def main(self) -> Window:
        return self.windows[0]

    @property
    def exact_minute(self) -> int | None:
        """The one time of day that was asked for, if it was."""
        hours = self.main.hours
        return hours.near if len(self.windows) == 1 and hours is not None and hours.is_exact else None

    @property
    def has_days(self) -> bool:
        return all(window.days or window.since for window in self.windows)

    @property
    def has_hours(self) -> bool:
        return any(window.hours is not None and not window.hours.is_any for window in self.windows)

    @property
    def is_for_the_night(self) -> bool:
        """The client asked for hours at which others sleep."""
        return any(window.hours is not None and window.hours.are_at_night for window in self.windows)

    def minutes_from(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> int:
        """How far a meeting lies from the hours that were wished for, whatever its day; 0 where none were."""
        minutes = minutes_of_day(starts_at.astimezone(zone), ends_at.astimezone(zone))
        return min(window.hours.minutes_from(*minutes) if window.hours else 0 for window in self.windows)

    def days_from(self, day: date) -> int:
        """How far a day lies from those that were wished for; 0 among them."""
        named = [window.days for window in self.windows if window.days]
        return min((max((days.first - day).days, (day - days.last).days, 0) for days in named), default=0)

    def is_before(self, day: date) -> bool:
        return any(window.days is not None for window in self.windows) and all(
            window.days is None or day < window.days.first for window in self.windows
        )

    def filled_from(self, other: "Wish") -> "Wish":
        """What this one leaves open is taken from what was wished before, if that was one thing."""
        if len(other.windows) != 1:
            return self
        return Wish(tuple(window.filled_from(other.main) for window in self.windows))

    def without_hours(self) -> "Wish":
        return Wish(tuple(replace(window, hours=None) for window in self.windows))

    def without_days(self) -> "Wish":
        return Wish(tuple(replace(window, days=None, since=None) for window in self.windows))

    def is_past(self, now: datetime) -> bool:
        """Every time that it names is over; `now` on the client's clock."""
        return all(window.is_past(now) for window in self.windows)

    def to_come(self, now: datetime) -> "Wish":
        """Next week's where a weekday is today's and its time is over: "thursday at 14:00", said in the evening."""
        return Wish(tuple(one.moved_on() if one.is_past(now) else one for one in self.windows))


ANY_TIME = Wish((Window(),))


def order(starts: Iterable[datetime], wish: Wish, zone: ZoneInfo) -> list[datetime]:
    """Slots as they are offered: by time; the closest first where a time was named, the last where late is better."""
    in_time = sorted(starts)
    near = wish.main.hours.near if wish.main.hours else None
    if near is not None:
        return sorted(in_time, key=lambda start: abs(_minute(start, zone) - near))
    return in_time[::-1] if wish.main.is_latest_first else in_time


def _minute(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


# --- As JSON ----------------------------------------------------------------------------------------------


def dump(wish: Wish) -> list[dict[str, Any]]:
    return [_dump(window) for window in wish.windows]


def load(data: list[dict[str, Any]]) -> Wish:
    return Wish(tuple(_load(entry) for entry in data))


def _dump(window: Window) -> dict[str, Any]:
    days, hours = window.days, window.hours
    return {
        "days": days and [days.first.isoformat(), days.last.isoformat(), sorted(days.weekdays), days.or_in_a_week],
        "hours": hours and [hours.since, hours.until, hours.near, hours.is_exact],
        "since": window.since and window.since.isoformat(),
        "latest": window.is_latest_first,
        "unwanted": [_dump(one) for one in window.unwanted],
    }


def _load(entry: dict[str, Any]) -> Window:
    days, hours, since = entry["days"], entry["hours"], entry["since"]
    return Window(
        days=_load_days(days) if days else None,
        hours=Hours(*hours) if hours else None,
        since=datetime.fromisoformat(since) if since else None,
        is_latest_first=entry["latest"],
        unwanted=tuple(_load(one) for one in entry.get("unwanted", [])),
    )


def _load_days(entry: list[Any]) -> Days:
    first, last, weekdays, *more = entry
    return Days(date.fromisoformat(first), date.fromisoformat(last), frozenset(weekdays), bool(more and more[0]))
