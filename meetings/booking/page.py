"""What a booking page shows: a month of days and the times of one of them, as the client's clocks show them.

Nothing of the owner but name and initials, and when they are free.
"""

from calendar import Calendar
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import ngettext

from meetings.booking import day_parts
from meetings.client.reader import Reader
from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.invitations import calendars
from meetings.models import Meeting, MeetingSettings, MeetingType
from meetings.times import span_words, zone_words
from meetings.types import offering
from meetings.types.questions import Question
from okey.owners.models import Owner

MOMENT = "%Y-%m-%dT%H:%MZ"
#: Where a month has free times on no more days than these, the next one is shown with it.
FEW_DAYS = 3


@dataclass(frozen=True)
class Host:
    """The owner, as strangers see them."""

    name: str
    initials: str

    @classmethod
    def of(cls, owner: Owner) -> "Host":
        """Never the address, which stands in for a missing name elsewhere."""
        name = calendars.plain(owner.name).strip()
        return cls(name or "O-Key", owner.initials if name else "O")


@dataclass(frozen=True)
class Sort:
    """What is booked: a type of meeting, and how long. `lengths`: minutes to choose from, the shortest first."""

    meeting_type: MeetingType
    minutes: int
    lengths: list[int]
    #: The owner's, as they hold for it.
    settings: MeetingSettings

    @classmethod
    def of(cls, owner: Owner, meeting_type: MeetingType, minutes: int | None = None) -> "Sort":
        """The shortest, where `minutes` is none of its lengths."""
        settings = availability.settings_of(owner, meeting_type)
        lengths = offering.lengths_of(meeting_type, settings)
        return cls(meeting_type, minutes if minutes in lengths else lengths[0], lengths, settings)

    @property
    def mark(self) -> str:
        return offering.mark_of(self.meeting_type, self.minutes)

    @property
    def questions(self) -> list[Question]:
        return list(self.meeting_type.questions)

    def asking(self) -> dict[str, Any]:
        """What availability is asked for it."""
        return {"minutes": self.minutes, "meeting_type": self.meeting_type}


@dataclass(frozen=True)
class Time:
    """One time on offer. `query` is what to ask for it with. `seats`: how many are left, where that counts; else ""."""

    label: str
    words: str
    query: str
    at: str
    seats: str = ""


@dataclass(frozen=True)
class TimesOfPart:
    """A part of the day and its times. `note`: as in `day_parts.DayPart`."""

    name: str
    times: list[Time]
    note: str

    @property
    def has_seats(self) -> bool:
        return any(time.seats for time in self.times)


@dataclass(frozen=True)
class Day:
    number: int
    words: str
    query: str
    is_free: bool
    is_chosen: bool
    is_today: bool


@dataclass(frozen=True)
class Month:
    """The month's weeks that are not over; None stands for another month's day.

    `earlier` and `later` are queries, "" at the ends.
    """

    words: str
    #: Short and long names, Monday first.
    weekdays: list[tuple[str, str]]
    weeks: list[list[Day | None]]
    earlier: str
    later: str


@dataclass(frozen=True)
class BookingPage:
    """`minutes`: how long a meeting is. `next_month`: where `month` has few free days.

    `soonest`: the next time on offer where none is shown.
    """

    host: Host
    minutes: int
    zone_name: str
    zone: str
    month: Month
    next_month: Month | None
    day_words: str
    parts: list[TimesOfPart]
    soonest: Time | None


def booking_page(
    owner: Owner,
    reader: Reader,
    *,
    day: date | None = None,
    month: date | None = None,
    moving: Meeting | None = None,
    sort: Sort | None = None,
) -> BookingPage:
    """`day`: the one that the client picked; `month`: any day of the one to show. Without, where the next time is.

    `moving`: the meeting that is moved, as long as it is, and not in its own way. `sort`: what is booked.
    """
    offered = Offered.by(owner, reader.zone, moving, sort)
    today = timezone.localdate(timezone=reader.zone)
    last = today + timedelta(days=offered.horizon_days + 1)  # the client may be a day ahead of the owner
    first = _shown_month(offered, month or day, today, last)
    slots, following = offered.in_month(first), _next_month(first)
    later = offered.in_month(following) if len(slots) <= FEW_DAYS and following <= last else {}
    is_shown = day is not None and (_is_within(day, first) or (bool(later) and _is_within(day, following)))
    chosen = day if is_shown else min(slots, default=None)
    times = (slots | later).get(chosen, []) if chosen else []
    shown_at = times[0].starts_at if times else max(_begin(first, reader.zone), timezone.now())
    host = Host.of(owner)
    drawn = partial(_month, today=today, last=last, chosen=chosen, reader=reader)
    return BookingPage(
        host=host,
        minutes=offered.minutes,
        zone_name=str(reader.zone),
        zone=zone_words(reader.zone, shown_at),
        month=drawn(first, slots),
        next_month=drawn(following, later, within=first) if later else None,
        day_words=date_format(chosen, "l j F Y") if chosen else "",
        parts=[
            TimesOfPart(part.name, times_of(part.slots, reader, beside=times), part.note)
            for part in day_parts.parts_of(times, reader, owner.timezone, host.name)
        ],
        soonest=None if times else _soonest(offered, chosen or following, reader),
    )


@dataclass(frozen=True)
class Offered:
    """The owner's times that can be had, for a booking or for a meeting that is moved."""

    owner: Owner
    zone: ZoneInfo
    minutes: int
    horizon_days: int
    moving: Meeting | None
    meeting_type: MeetingType | None = None

    @property
    def wanted(self) -> dict[str, Any]:
        """What availability is asked."""
        ignoring = self.moving.pk if self.moving else None
        return {"minutes": self.minutes, "ignoring": ignoring, "meeting_type": self.meeting_type}

    @classmethod
    def by(cls, owner: Owner, zone: ZoneInfo, moving: Meeting | None = None, sort: Sort | None = None) -> "Offered":
        if sort is not None:
            return cls(owner, zone, sort.minutes, sort.settings.horizon_days, None, sort.meeting_type)
        meeting_type = moving.meeting_type if moving else None
        settings = availability.settings_of(owner, meeting_type)
        minutes = moving.minutes if moving else settings.slot_minutes
        return cls(owner, zone, minutes, settings.horizon_days, moving, meeting_type)

    def among(self, slots: list[Slot]) -> list[Slot]:
        """Those that are another time than the meeting has already."""
        return [slot for slot in slots if self.moving is None or slot.starts_at != self.moving.starts_at]

    def in_month(self, first: date) -> dict[date, list[Slot]]:
        """The month's, by the client's day."""
        begins, ends = _begin(first, self.zone), _begin(_next_month(first), self.zone)
        by_day: dict[date, list[Slot]] = defaultdict(list)
        found = availability.free_slots(self.owner, since=begins, until=ends, **self.wanted)
        for slot in self.among(found):
            by_day[slot.starts_at.astimezone(self.zone).date()].append(slot)
        return dict(by_day)

    def next(self, after: datetime | None = None, *, limit: int = 1) -> list[Slot]:
        """The first ones from `after` on, or from now."""
        limit = limit + 1 if self.moving else limit
        found = availability.next_free(self.owner, after=after or timezone.now(), limit=limit, **self.wanted)
        return self.among(found)[: limit - 1 if self.moving else limit]


def times_of(slots: list[Slot], reader: Reader, *, beside: list[Slot] | None = None) -> list[Time]:
    """With the zone's short name where the clocks show a time twice, in these or in those that they stand `beside`."""
    zone = reader.zone
    twice = Counter(f"{slot.starts_at.astimezone(zone):%Y-%m-%d %H:%M}" for slot in beside or slots)
    return [_time(slot, reader, twice[f"{slot.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"] > 1) for slot in slots]


def moment(text: str) -> datetime | None:
    """The moment that a `Time.at` names; None for anything else."""
    try:
        found = datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    is_exact = found.strftime(MOMENT) == text  # strptime is lenient
    return found if is_exact and 2000 <= found.year < 9000 else None  # the ends of the calendar have no zones


def day_in(text: str, pattern: str = "%Y-%m-%d") -> date | None:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _shown_month(offered: Offered, wanted: date | None, today: date, last: date) -> date:
    """Its first day, never before this month nor after the one in which the horizon ends."""
    if wanted is None:
        found = offered.next()
        wanted = found[0].starts_at.astimezone(offered.zone).date() if found else today
    return min(max(wanted, today), last).replace(day=1)


def _soonest(offered: Offered, after: date, reader: Reader) -> Time | None:
    """From that day on, or else, where the client has gone past the last one, from now."""
    found = offered.next(_begin(after, reader.zone)) or offered.next()
    return times_of(found, reader)[0] if found else None


def _month(
    first: date,
    slots: dict[date, list[Slot]],
    *,
    today: date,
    last: date,
    chosen: date | None,
    reader: Reader,
    within: date | None = None,
) -> Month:
    """`within`: the month that it is shown with, and stays so when one of its days is picked."""
    together = {"month": f"{within:%Y-%m}"} if within else {}

    def shown(day: date) -> Day | None:
        if not _is_within(day, first):
            return None
        free = len(slots.get(day, []))
        words = ngettext("%(day)s, %(count)d free time", "%(day)s, %(count)d free times", free)
        return Day(
            number=day.day,
            words=words % {"day": date_format(day, "l j F"), "count": free},
            query=reader.query(day=str(day), **together),
            is_free=bool(free),
            is_chosen=day == chosen,
            is_today=day == today,
        )

    whole = Calendar(reader.week_begins).monthdatescalendar(first.year, first.month)
    weeks = [[shown(day) for day in week] for week in whole if week[-1] >= today]
    before, after = (first - timedelta(days=1)).replace(day=1), _next_month(first)
    return Month(
        words=date_format(first, "F Y"),
        weekdays=[
            (str(WEEKDAYS_ABBR[number]), str(WEEKDAYS[number]))
            for number in Calendar(reader.week_begins).iterweekdays()
        ],
        weeks=weeks,
        earlier=reader.query(month=f"{before:%Y-%m}") if before >= today.replace(day=1) else "",
        later=reader.query(month=f"{after:%Y-%m}") if after <= last else "",
    )


def _time(slot: Slot, reader: Reader, is_twice: bool) -> Time:
    starts = slot.starts_at.astimezone(reader.zone)
    at = slot.starts_at.strftime(MOMENT)
    return Time(
        label=reader.clock.words(starts) + (f" {starts.tzname()}" if is_twice else ""),
        words=span_words(slot.starts_at, slot.ends_at, reader.zone, reader.clock),
        query=reader.query(at=at),
        at=at,
        seats=seats_words(slot),
    )


def seats_words(slot: Slot | None) -> str:
    """How many seats are left then; "" where everybody has a meeting of their own."""
    left = slot.seats_left if slot else None
    return ngettext("%(count)d seat left", "%(count)d seats left", left) % {"count": left} if left else ""


def _is_within(day: date, first: date) -> bool:
    return (day.year, day.month) == (first.year, first.month)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The day's first moment there."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
