"""What a booking page shows: a month of days and the times of one of them, as the client's clocks show them.

Nothing of the owner but name and initials, and when they are free.
"""

from calendar import Calendar
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import ngettext

from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.invitations import calendars
from meetings.times import span_words, zone_words
from okey.owners.models import Owner

MOMENT = "%Y-%m-%dT%H:%MZ"


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
class Time:
    """One time on offer. `query` is what to ask for it with."""

    label: str
    words: str
    query: str
    at: str


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
    """`minutes`: how long a meeting is. `soonest`: the next time on offer where the month has none."""

    host: Host
    minutes: int
    zone_name: str
    zone: str
    month: Month
    day_words: str
    times: list[Time]
    soonest: Time | None


def booking_page(owner: Owner, zone: ZoneInfo, *, day: date | None = None, month: date | None = None) -> BookingPage:
    """`day`: the one that the client picked; `month`: any day of the one to show. Without, where the next time is."""
    settings = availability.settings_of(owner)
    today = timezone.localdate(timezone=zone)
    last = today + timedelta(days=settings.horizon_days + 1)  # the client may be a day ahead of the owner
    first = _shown_month(owner, zone, day or month, today, last)
    slots = _slots_of(owner, zone, first)
    chosen = day if day is not None and _is_within(day, first) else min(slots, default=None)
    times = slots.get(chosen, []) if chosen else []
    shown_at = times[0].starts_at if times else max(_begin(first, zone), timezone.now())
    return BookingPage(
        host=Host.of(owner),
        minutes=settings.slot_minutes,
        zone_name=str(zone),
        zone=zone_words(zone, shown_at),
        month=_month(first, today, last, chosen, slots, zone),
        day_words=date_format(chosen, "l j F Y") if chosen else "",
        times=times_of(times, zone),
        soonest=None if slots else _soonest(owner, _begin(_next_month(first), zone), zone),
    )


def times_of(slots: list[Slot], zone: ZoneInfo) -> list[Time]:
    """With the zone's short name where the clocks show a time twice."""
    twice = Counter(f"{slot.starts_at.astimezone(zone):%Y-%m-%d %H:%M}" for slot in slots)
    return [_time(slot, zone, twice[f"{slot.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"] > 1) for slot in slots]


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


def _shown_month(owner: Owner, zone: ZoneInfo, wanted: date | None, today: date, last: date) -> date:
    """Its first day, never before this month nor after the one in which the horizon ends."""
    if wanted is None:
        found = availability.next_free(owner, after=timezone.now(), limit=1)
        wanted = found[0].starts_at.astimezone(zone).date() if found else today
    return min(max(wanted, today), last).replace(day=1)


def _slots_of(owner: Owner, zone: ZoneInfo, first: date) -> dict[date, list[Slot]]:
    """The month's times on offer, by the client's day."""
    begins, ends = _begin(first, zone), _begin(_next_month(first), zone)
    by_day: dict[date, list[Slot]] = defaultdict(list)
    for slot in availability.free_slots(owner, since=begins, until=ends):
        by_day[slot.starts_at.astimezone(zone).date()].append(slot)
    return dict(by_day)


def _soonest(owner: Owner, after: datetime, zone: ZoneInfo) -> Time | None:
    """From `after` on, or else, where the client has gone past the last one, from now."""
    found = availability.next_free(owner, after=after, limit=1) or availability.next_free(
        owner, after=timezone.now(), limit=1
    )
    return times_of(found, zone)[0] if found else None


def _month(
    first: date, today: date, last: date, chosen: date | None, slots: dict[date, list[Slot]], zone: ZoneInfo
) -> Month:
    def shown(day: date) -> Day | None:
        if not _is_within(day, first):
            return None
        free = len(slots.get(day, []))
        words = ngettext("%(day)s, %(count)d free time", "%(day)s, %(count)d free times", free)
        return Day(
            number=day.day,
            words=words % {"day": date_format(day, "l j F"), "count": free},
            query=_query(zone, day=str(day)),
            is_free=bool(free),
            is_chosen=day == chosen,
            is_today=day == today,
        )

    whole = Calendar().monthdatescalendar(first.year, first.month)
    weeks = [[shown(day) for day in week] for week in whole if week[-1] >= today]
    before, after = (first - timedelta(days=1)).replace(day=1), _next_month(first)
    return Month(
        words=date_format(first, "F Y"),
        weekdays=[(str(WEEKDAYS_ABBR[number]), str(WEEKDAYS[number])) for number in range(7)],
        weeks=weeks,
        earlier=_query(zone, month=f"{before:%Y-%m}") if before >= today.replace(day=1) else "",
        later=_query(zone, month=f"{after:%Y-%m}") if after <= last else "",
    )


def _time(slot: Slot, zone: ZoneInfo, is_twice: bool) -> Time:
    starts = slot.starts_at.astimezone(zone)
    at = slot.starts_at.strftime(MOMENT)
    return Time(
        label=f"{starts:%H:%M} {starts.tzname()}" if is_twice else f"{starts:%H:%M}",
        words=span_words(slot.starts_at, slot.ends_at, zone),
        query=_query(zone, at=at),
        at=at,
    )


def _query(zone: ZoneInfo, **more: str) -> str:
    return "?" + urlencode({**more, "zone": str(zone)})


def _is_within(day: date, first: date) -> bool:
    return (day.year, day.month) == (first.year, first.month)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The day's first moment there."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
