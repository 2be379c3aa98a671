"""When an owner can be booked. Everybody who offers times asks here, and scheduling decides by it.

A time is on offer if it is on the grid, inside the owner's hours from start to end, far enough from every meeting,
not too soon, not too far ahead, and on a day that is not full. Hours are what the clocks show in the owner's zone:
where the clocks skip an hour nothing is offered in it, and where one comes twice, it is offered once.

The grid of a day starts where its hours start and goes on in steps of `MeetingSettings.slot_minutes`; meetings take
times away and never shift it, and so does what stands in the owner's own calendars. Four queries, however long the
span and however many calendars.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from operator import itemgetter
from uuid import UUID
from zoneinfo import ZoneInfo

import portion
from django.db.models import Exists, OuterRef, Value
from django.utils import timezone

from integrations.calendars import busy as calendars
from meetings.hours.wall_clock import day_begins, moment_of, moments_between
from meetings.models import DateOverride, Invitation, Meeting, MeetingSettings, WorkingHours
from okey.owners.models import Owner

DAY = timedelta(days=1)
#: How far off a meeting may start and still matter to a day: two meetings of a day each, free time, and the zone.
MARGIN = 4 * DAY
#: Monday to Friday, until an owner says otherwise.
DEFAULT_WEEKDAYS = range(5)
DEFAULT_HOURS = (time(9), time(17))

Hours = tuple[time, time]  # 00:00 is the end of the day
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Slot:
    """A time that an owner can be booked at, in UTC."""

    starts_at: datetime
    ends_at: datetime


def settings_of(owner: Owner) -> MeetingSettings:
    """The owner's settings; the defaults, not saved, where they have none."""
    return MeetingSettings.objects.filter(owner=owner).first() or MeetingSettings(owner=owner)


def weekly_hours_of(owner: Owner, settings: MeetingSettings) -> dict[int, list[Hours]]:
    """By weekday, 0 is Monday; days off are left out."""
    weekly: dict[int, list[Hours]] = defaultdict(list)
    for row in WorkingHours.objects.filter(owner=owner):
        weekly[row.weekday].append((row.starts, row.ends))
    if not weekly and not settings.has_own_hours:
        weekly.update({weekday: [DEFAULT_HOURS] for weekday in DEFAULT_WEEKDAYS})
    return dict(weekly)


def free_slots(
    owner: Owner,
    *,
    since: datetime | None = None,
    until: datetime,
    limit: int | None = None,
    minutes: int | None = None,
    ignoring: UUID | None = None,
) -> list[Slot]:
    """Times that can be booked and start from `since` (now, if it is left out) to before `until`, the soonest first.

    `minutes`: how long, if not as long as the owner's settings say; the grid stays. `ignoring`: the ID of a meeting
    that is to be moved, so does not stand in its own way. Nothing is offered by an owner whose account is closed.
    """
    return list(islice(each_free_slot(owner, since=since, until=until, minutes=minutes, ignoring=ignoring), limit))


def each_free_slot(
    owner: Owner,
    *,
    since: datetime | None = None,
    until: datetime,
    minutes: int | None = None,
    ignoring: UUID | None = None,
    on: Callable[[date], bool] | None = None,
) -> Iterator[Slot]:
    """The same one after the other: who stops early pays no more. `on`: which of the owner's days are looked at."""
    if not owner.is_active:
        return
    rules = _Rules.of(owner)
    length = timedelta(minutes=minutes or rules.settings.slot_minutes)
    since, until = max(since or rules.earliest, rules.earliest), min(until, rules.latest)
    if since >= until:
        return
    taken = _taken(owner, since, until, ignoring)
    meetings_on = Counter(rules.day_of(starts) for starts, _ends, is_meeting in taken if is_meeting)
    busy = _in_pieces([(starts, ends) for starts, ends, _is_meeting in taken])
    yield from _slots(rules, busy, meetings_on, since, until, length, on)


def is_free(owner: Owner, starts_at: datetime, *, minutes: int | None = None, ignoring: UUID | None = None) -> bool:
    """Whether this very time is on offer. `minutes` and `ignoring` as in `free_slots`."""
    try:
        until = starts_at + timedelta(minutes=1)
    except OverflowError:  # the last minute that there is
        return False
    slots = free_slots(owner, since=starts_at, until=until, limit=1, minutes=minutes, ignoring=ignoring)
    return any(slot.starts_at == starts_at for slot in slots)


def next_free(
    owner: Owner,
    *,
    after: datetime,
    limit: int = 5,
    minutes: int | None = None,
    ignoring: UUID | None = None,
) -> list[Slot]:
    """The first times on offer from `after` on, as far as the owner's horizon."""
    until = datetime.max.replace(tzinfo=UTC)
    return free_slots(owner, since=after, until=until, limit=limit, minutes=minutes, ignoring=ignoring)


@dataclass(frozen=True)
class _Rules:
    """What the owner decided, and how the clocks go where they are."""

    zone: ZoneInfo
    settings: MeetingSettings
    weekly: dict[int, list[Hours]]
    overrides: dict[date, list[Hours]]
    now: datetime

    @classmethod
    def of(cls, owner: Owner) -> "_Rules":
        settings = settings_of(owner)
        now = timezone.now()
        overrides: dict[date, list[Hours]] = {}
        today = now.astimezone(owner.timezone).date()
        for row in DateOverride.objects.filter(owner=owner, date__gte=today - DAY):
            ranges = overrides.setdefault(row.date, [])
            if row.starts is not None and row.ends is not None:
                ranges.append((row.starts, row.ends))
        return cls(owner.timezone, settings, weekly_hours_of(owner, settings), overrides, now)

    @property
    def earliest(self) -> datetime:
        """What starts this very moment cannot be booked any more, however short the notice is."""
        return self.now + max(timedelta(minutes=self.settings.notice_minutes), timedelta.resolution)

    @property
    def latest(self) -> datetime:
        """The end of the last of the owner's days on which a meeting may start."""
        ends = day_begins(self.day_of(self.now) + (self.settings.horizon_days + 1) * DAY)
        return ends.replace(tzinfo=self.zone).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def open_on(self, day: date) -> portion.Interval:
        """The hours of that day, in wall time; ranges that touch are one."""
        ranges = self.overrides.get(day, self.weekly.get(day.weekday(), []))
        return portion.Interval(*(_on(day, hours) for hours in ranges))

    def open_between(self, first: date, last: date) -> portion.Interval:
        """The hours of those days and all between, in moments."""
        walls = (wall for day in _days(first, last) for wall in self.open_on(day))
        return portion.Interval(*(moments_between(wall.lower, wall.upper, self.zone) for wall in walls))

    def grid_on(self, day: date) -> Iterator[datetime]:
        step = timedelta(minutes=self.settings.slot_minutes)
        for hours in self.open_on(day):
            wall = hours.lower
            while wall < hours.upper:
                moment = moment_of(wall, self.zone)
                if moment is not None:
                    yield moment
                wall += step


def _slots(
    rules: _Rules,
    busy: list[Span],
    meetings_on: Counter[date],
    since: datetime,
    until: datetime,
    length: timedelta,
    on: Callable[[date], bool] | None,
) -> Iterator[Slot]:
    """A week at a time, so that whoever wants the first few does not pay for a year."""
    maximum = rules.settings.daily_maximum
    for days in _weeks(rules.day_of(since), rules.day_of(until)):
        week = [day for day in days if on is None or on(day)]
        if not week:
            continue
        free = _free_in(rules, busy, week)
        for day in week:
            if maximum is not None and meetings_on[day] >= maximum:
                continue
            for starts in rules.grid_on(day):
                if since <= starts < until and free.hold(starts, starts + length):
                    yield Slot(starts, starts + length)


def _free_in(rules: _Rules, busy: list[Span], week: list[date]) -> "_Spans":
    """The hours of that week, and of the days that its last meeting may reach into, without what is busy."""
    begins, ends = (datetime.combine(day, time(), UTC) for day in (week[0], week[-1]))
    first = bisect_left(busy, begins - MARGIN, key=itemgetter(0))
    last = bisect_right(busy, ends + MARGIN, key=itemgetter(0))
    taken = (
        portion.closedopen(start - rules.settings.gap, end + rules.settings.gap) for start, end in busy[first:last]
    )
    return _Spans(rules.open_between(week[0], week[-1] + 2 * DAY) - portion.Interval(*taken))


class _Spans:
    """An interval, to be asked often: portion's own `in` looks at every part of it."""

    def __init__(self, interval: portion.Interval) -> None:
        self._begins = [span.lower for span in interval]
        self._ends = [span.upper for span in interval]

    def hold(self, starts: datetime, ends: datetime) -> bool:
        index = bisect_right(self._begins, starts) - 1
        return index >= 0 and ends <= self._ends[index]


def _taken(
    owner: Owner, since: datetime, until: datetime, ignoring: UUID | None
) -> list[tuple[datetime, datetime, bool]]:
    """Start, end, and whether it is a meeting, of whatever may matter to times in this span.

    That is what reaches into it, and what fills its days; of the owner's own calendars all but O-Key's own entries,
    which are its meetings; and the whole span where one of them cannot be read for long, and the owner wants nothing
    offered then.
    """
    since, until = since - MARGIN, until + MARGIN
    meetings = Meeting.objects.filter(owner=owner, cancelled_at=None, starts_at__gt=since, starts_at__lt=until)
    if ignoring is not None:
        meetings = meetings.exclude(pk=ignoring)
    ours = Invitation.objects.filter(pk=OuterRef("uid_of_okey"), meeting__owner=owner)
    entries = calendars.times(owner.pk, since, until).filter(~Exists(ours))
    found = meetings.order_by().values_list("starts_at", "ends_at", Value(True))
    found = found.union(
        entries.values_list("starts_at", "ends_at", Value(False)),
        calendars.shut(owner.pk).values_list(Value(since), Value(until), Value(False)),
        all=True,
    )
    return [(max(starts, since), min(ends, until), bool(is_meeting)) for starts, ends, is_meeting in found]


def _in_pieces(spans: list[Span]) -> list[Span]:
    """The same time, in order: what overlaps or touches is one, and none is longer than a day (`MARGIN`)."""
    whole: list[Span] = []
    for starts, ends in sorted(spans):
        if whole and starts <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], ends))
        else:
            whole.append((starts, ends))
    return [
        (starts + number * DAY, min(starts + (number + 1) * DAY, ends))
        for starts, ends in whole
        for number in range(max(1, -((starts - ends) // DAY)))
    ]


def _on(day: date, hours: Hours) -> portion.Interval:
    starts, ends = hours
    last = day + DAY if ends == time() else day
    return portion.closedopen(datetime.combine(day, starts), datetime.combine(last, ends))


def _weeks(first: date, last: date) -> Iterator[list[date]]:
    days = _days(first, last)
    while week := list(islice(days, 7)):
        yield week


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days + 1))
