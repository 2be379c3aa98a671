"""When an owner can be booked. Everybody who offers times asks here, and scheduling decides by it.

A time is on offer if it is on the grid, inside the owner's hours from start to end, far enough from every meeting,
not too soon, not too far ahead, and on a day that is not full. Hours are what the clocks show in the owner's zone:
where the clocks skip an hour nothing is offered in it, and where one comes twice, it is offered once.

The grid of a day starts where its hours start and goes on in steps of `MeetingSettings.slot_minutes`; meetings take
times away and never shift it, and so does what stands in the owner's own calendars. Four queries, however long the
span and however many calendars; a fifth for a type of meeting with limits of its own.

Everything here may be asked for a `meeting_type`: what that says of lengths, hours, notice, window and limits holds in
place of the owner's rules, or beside them. On a date whose hours the owner has changed, its own hours are what
both have in common. Of one with seats, a time at which it takes place is on offer while seats are left, for as long as
it takes: that meeting stands, so hours, limits and calendars have been asked.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import portion
from django.utils import timezone

from meetings.hours import taken
from meetings.hours.seats import left
from meetings.hours.taken import DAY, MARGIN, Span
from meetings.hours.wall_clock import day_begins, moment_of, moments_between
from meetings.models import DateOverride, Meeting, MeetingSettings, MeetingType, WorkingHours
from okey.owners.models import Owner

#: Monday to Friday, until an owner says otherwise.
DEFAULT_WEEKDAYS = range(5)
DEFAULT_HOURS = (time(9), time(17))

MINUTE = timedelta(minutes=1)

Hours = tuple[time, time]  # 00:00 is the end of the day


@dataclass(frozen=True)
class Slot:
    """A time that an owner can be booked at, in UTC. `seats_left`: of a type with seats; else None."""

    starts_at: datetime
    ends_at: datetime
    seats_left: int | None = None


def settings_of(owner: Owner, meeting_type: MeetingType | None = None) -> MeetingSettings:
    """The owner's settings; the defaults, not saved, where they have none.

    As they hold for `meeting_type`, which is not to be saved either: `slot_minutes` is its shortest length.
    """
    settings = MeetingSettings.objects.filter(owner=owner).first() or MeetingSettings(owner=owner)
    if meeting_type is not None:
        settings.slot_minutes = min(meeting_type.lengths, default=settings.slot_minutes)
        for name in ("notice_minutes", "horizon_days"):
            own = getattr(meeting_type, name)
            if own is not None:
                setattr(settings, name, own)
    return settings


def weekly_hours_of(owner: Owner, settings: MeetingSettings) -> dict[int, list[Hours]]:
    """By weekday, 0 is Monday; days off are left out."""
    weekly: dict[int, list[Hours]] = defaultdict(list)
    for row in WorkingHours.objects.filter(owner=owner):
        weekly[row.weekday].append((row.starts, row.ends))
    if not weekly and not settings.has_own_hours:
        weekly.update({weekday: [DEFAULT_HOURS] for weekday in DEFAULT_WEEKDAYS})
    return dict(weekly)


def opening_hours(owner: Owner, first: date, last: date) -> dict[date, list[Hours]]:
    """The hours of each of these days, in wall time: the week's, or what the owner said for that date."""
    weekly = weekly_hours_of(owner, settings_of(owner))
    hours = {day: weekly.get(day.weekday(), []) for day in _days(first, last)}
    said: dict[date, list[Hours]] = defaultdict(list)
    for row in DateOverride.objects.filter(owner=owner, date__range=(first, last)):
        said[row.date] += [(row.starts, row.ends)] if row.starts is not None and row.ends is not None else []
    return hours | said


def free_slots(
    owner: Owner,
    *,
    since: datetime | None = None,
    until: datetime,
    limit: int | None = None,
    minutes: int | None = None,
    ignoring: UUID | None = None,
    meeting_type: MeetingType | None = None,
) -> list[Slot]:
    """Times that can be booked and start from `since` (now, if it is left out) to before `until`, the soonest first.

    `minutes`: how long, if not as long as the settings say; the grid stays. `ignoring`: the ID of a meeting
    that is to be moved, so does not stand in its own way. Nothing is offered by an owner whose account is closed.
    """
    each = each_free_slot(
        owner, since=since, until=until, minutes=minutes, ignoring=ignoring, meeting_type=meeting_type
    )
    return list(islice(each, limit))


def each_free_slot(
    owner: Owner,
    *,
    since: datetime | None = None,
    until: datetime,
    minutes: int | None = None,
    ignoring: UUID | None = None,
    on: Callable[[date], bool] | None = None,
    meeting_type: MeetingType | None = None,
) -> Iterator[Slot]:
    """The same one after the other: who stops early pays no more. `on`: which of the owner's days are looked at."""
    if not owner.is_open:
        return
    rules = _Rules.of(owner, meeting_type)
    length = timedelta(minutes=minutes or rules.settings.slot_minutes)
    since, until = max(since or rules.earliest, rules.earliest), min(until, rules.latest)
    if since >= until:
        return
    is_counted = rules.settings.daily_maximum is not None
    found = taken.between(owner, since, until, ignoring=ignoring, with_meetings=is_counted)
    meetings_on = Counter(map(rules.day_of, found.meetings))
    may_start_on = _Limits.of(owner, meeting_type, since, until, ignoring).are_kept_on
    is_looked_at = may_start_on if on is None else lambda day: on(day) and may_start_on(day)
    seats = meeting_type.seats if meeting_type and meeting_type.is_group else None
    alone = _slots(rules, found.spans, meetings_on, since, until, length, is_looked_at, seats)
    if meeting_type is None or seats is None or ignoring is not None:
        yield from alone
        return
    standing = left(meeting_type, length // MINUTE, since, until)
    shared = (Slot(*one) for one in standing if on is None or on(rules.day_of(one[0])))
    yield from merge(alone, shared, key=attrgetter("starts_at"))


def is_free(
    owner: Owner,
    starts_at: datetime,
    *,
    minutes: int | None = None,
    ignoring: UUID | None = None,
    meeting_type: MeetingType | None = None,
) -> bool:
    """Whether this very time is on offer. `minutes` and `ignoring` as in `free_slots`."""
    found = slot_at(owner, starts_at, minutes=minutes, ignoring=ignoring, meeting_type=meeting_type)
    return found is not None


def slot_at(owner: Owner, starts_at: datetime, **wanted: Any) -> Slot | None:
    """This very time, if it is on offer. `wanted`: the rest of what `is_free` is asked."""
    try:
        until = starts_at + timedelta(minutes=1)
    except OverflowError:  # the last minute that there is
        return None
    slots = free_slots(owner, since=starts_at, until=until, limit=1, **wanted)
    return next((slot for slot in slots if slot.starts_at == starts_at), None)


def next_free(
    owner: Owner,
    *,
    after: datetime,
    limit: int = 5,
    minutes: int | None = None,
    ignoring: UUID | None = None,
    meeting_type: MeetingType | None = None,
) -> list[Slot]:
    """The first times on offer from `after` on, as far as the owner's horizon."""
    until = datetime.max.replace(tzinfo=UTC)
    return free_slots(
        owner, since=after, until=until, limit=limit, minutes=minutes, ignoring=ignoring, meeting_type=meeting_type
    )


def is_open(owner: Owner, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether all of it lies in the owner's hours, whatever else they have then."""
    rules = _Rules.of(owner, None)
    hours = rules.open_between(rules.day_of(starts_at) - DAY, rules.day_of(ends_at) + DAY)
    return _Spans(hours).hold(starts_at, ends_at)


def hours_on(owner: Owner, day: date) -> list[Hours]:
    """The owner's hours of that day; none where it is a day off."""
    return [(span.lower.time(), span.upper.time()) for span in _Rules.of(owner, None).open_on(day)]


@dataclass(frozen=True)
class _Rules:
    """What the owner decided, and how the clocks go where they are."""

    zone: ZoneInfo
    settings: MeetingSettings
    weekly: dict[int, list[Hours]]
    overrides: dict[date, list[Hours]]
    #: A type's own weekly hours; None: the owner's.
    own: dict[int, list[Hours]] | None
    now: datetime

    @classmethod
    def of(cls, owner: Owner, meeting_type: MeetingType | None) -> "_Rules":
        settings = settings_of(owner, meeting_type)
        own = meeting_type.own_hours if meeting_type else None
        now = timezone.now()
        overrides: dict[date, list[Hours]] = {}
        today = now.astimezone(owner.timezone).date()
        for row in DateOverride.objects.filter(owner=owner, date__gte=today - DAY):
            ranges = overrides.setdefault(row.date, [])
            if row.starts is not None and row.ends is not None:
                ranges.append((row.starts, row.ends))
        weekly = weekly_hours_of(owner, settings) if own is None else {}
        return cls(owner.timezone, settings, weekly, overrides, own, now)

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
        weekly = (self.weekly if self.own is None else self.own).get(day.weekday(), [])
        usual = portion.Interval(*(_on(day, hours) for hours in weekly))
        if day not in self.overrides:
            return usual
        instead = portion.Interval(*(_on(day, hours) for hours in self.overrides[day]))
        return instead if self.own is None else instead & usual

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


@dataclass(frozen=True)
class _Limits:
    """How many meetings of a type there may be, and are: by the owner's day, and by the Monday of its week."""

    a_day: int | None = None
    a_week: int | None = None
    by_day: Mapping[date, int] = field(default_factory=dict)
    by_week: Mapping[date, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        owner: Owner,
        meeting_type: MeetingType | None,
        since: datetime,
        until: datetime,
        ignoring: UUID | None,
    ) -> "_Limits":
        if meeting_type is None or (meeting_type.a_day is None and meeting_type.a_week is None):
            return cls()
        begun = Meeting.objects.filter(
            meeting_type=meeting_type,
            cancelled_at=None,
            starts_at__gt=since - 8 * DAY,
            starts_at__lt=until + 8 * DAY,
        )
        if ignoring is not None:
            begun = begun.exclude(pk=ignoring)
        starts = begun.order_by().values_list("starts_at", flat=True)
        days = [starts_at.astimezone(owner.timezone).date() for starts_at in starts]
        return cls(meeting_type.a_day, meeting_type.a_week, Counter(days), Counter(_monday(day) for day in days))

    def are_kept_on(self, day: date) -> bool:
        """Whether one more may start then."""
        is_day_full = self.a_day is not None and self.by_day.get(day, 0) >= self.a_day
        is_week_full = self.a_week is not None and self.by_week.get(_monday(day), 0) >= self.a_week
        return not is_day_full and not is_week_full


def _slots(
    rules: _Rules,
    busy: list[Span],
    meetings_on: Counter[date],
    since: datetime,
    until: datetime,
    length: timedelta,
    on: Callable[[date], bool],
    seats: int | None,
) -> Iterator[Slot]:
    """A week at a time, so that whoever wants the first few does not pay for a year."""
    maximum = rules.settings.daily_maximum
    for days in _weeks(rules.day_of(since), rules.day_of(until)):
        week = [day for day in days if on(day)]
        if not week:
            continue
        free = _free_in(rules, busy, week)
        for day in week:
            if maximum is not None and meetings_on[day] >= maximum:
                continue
            for starts in rules.grid_on(day):
                if since <= starts < until and free.hold(starts, starts + length):
                    yield Slot(starts, starts + length, seats)


def _free_in(rules: _Rules, busy: list[Span], week: list[date]) -> "_Spans":
    """The hours of that week, and of the days that its last meeting may reach into, without what is busy.

    What lies between the hours is left out at once: taking it off would cost as much, and change nothing.
    """
    hours, gap = rules.open_between(week[0], week[-1] + 2 * DAY), rules.settings.gap
    opened = _Spans(hours)
    begins, ends = (datetime.combine(day, time(), UTC) for day in (week[0], week[-1]))
    first = bisect_left(busy, begins - MARGIN, key=itemgetter(0))
    last = bisect_right(busy, ends + MARGIN, key=itemgetter(0))
    spans = ((start - gap, end + gap) for start, end in busy[first:last])
    in_the_way = (portion.closedopen(start, end) for start, end in spans if opened.meet(start, end))
    return _Spans(hours - portion.Interval(*in_the_way))


class _Spans:
    """An interval, to be asked often: portion's own `in` looks at every part of it."""

    def __init__(self, interval: portion.Interval) -> None:
        self._begins = [span.lower for span in interval]
        self._ends = [span.upper for span in interval]

    def hold(self, starts: datetime, ends: datetime) -> bool:
        index = bisect_right(self._begins, starts) - 1
        return index >= 0 and ends <= self._ends[index]

    def meet(self, starts: datetime, ends: datetime) -> bool:
        """Whether any of it lies in between."""
        index = bisect_right(self._ends, starts)
        return index < len(self._ends) and self._begins[index] < ends


def _on(day: date, hours: Hours) -> portion.Interval:
    starts, ends = hours
    last = day + DAY if ends == time() else day
    return portion.closedopen(datetime.combine(day, starts), datetime.combine(last, ends))


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _weeks(first: date, last: date) -> Iterator[list[date]]:
    days = _days(first, last)
    while week := list(islice(days, 7)):
        yield week


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * DAY for number in range((last - first).days + 1))
