"""An owner's week: their meetings, what their own calendars take, what overlaps, and what is free to schedule in.

Six queries, however many meetings, busy times and calendars. Calendars are never asked here: what is shown is what
was read, with its age.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from django.utils import timezone
from django.utils.formats import date_format

from integrations.calendars import busy
from integrations.calendars.models import Calendar
from meetings.hours import availability
from meetings.hours.availability import Hours
from meetings.hours.taken import taken_by_calendars
from meetings.models import Meeting
from meetings.week import placing
from meetings.week.conflicts import Conflict, Taken, conflicts, together
from meetings.week.placing import DAY, HOUR, ROWS, WHOLE, DaySpan, Rows
from okey.owners.models import Owner

#: No meeting of the week begins longer before it, or ends longer after it.
LONGEST = timedelta(minutes=Meeting.MINUTES_MAX)
#: More than anybody has in a week; beyond, the page says that it is not all.
MEETINGS_MAX, BUSY_MAX = 500, 5000
#: Shown at least, in hours.
LEAST = (8, 18)


@dataclass(frozen=True)
class Block:
    """What stands in a day's grid, or in its row of whole days. `rows` are counted from the grid's top."""

    kind: Literal["meeting", "busy", "free"]
    rows: Rows
    words: str
    #: Of a meeting.
    meeting: Meeting | None = None
    lane: int = 1
    lanes: int = 1
    conflict: Conflict | None = None
    #: The calendars that are busy then; and whether a meeting lies over it, which leaves no room for words.
    names: str = ""
    is_covered: bool = False
    #: When a meeting may begin, of a free time. `leads`: the first one of its stretch, of which `words` tells all.
    at: str = ""
    leads: bool = False


@dataclass(frozen=True)
class Day:
    date: date
    is_today: bool
    is_chosen: bool
    has_meetings: bool
    open: list[Rows]
    whole: list[Block]
    blocks: list[Block]
    #: The row of this moment; None where it is not in the grid.
    now: int | None


@dataclass(frozen=True)
class Week:
    """`chosen` is the day that a phone shows. `calendars`: the owner's; `known` is false where what they take in this
    week is not kept, or not read so far ahead.
    """

    days: list[Day]
    chosen: date
    today: date
    #: Row and label of each full hour.
    hours: list[tuple[int, str]]
    conflicts: list[Conflict]
    calendars: list[Calendar]
    known: bool
    is_all: bool
    is_empty: bool

    @property
    def rows(self) -> int:
        return len(self.hours) * HOUR

    @property
    def is_this_week(self) -> bool:
        return self.days[0].date <= self.today <= self.days[-1].date

    @property
    def is_today(self) -> bool:
        return self.chosen == self.today

    @property
    def earlier(self) -> date:
        return self.chosen - 7 * DAY

    @property
    def later(self) -> date:
        return self.chosen + 7 * DAY

    @property
    def day_before(self) -> date:
        return self.chosen - DAY

    @property
    def day_after(self) -> date:
        return self.chosen + DAY

    @property
    def words(self) -> str:
        first, last = self.days[0].date, self.days[-1].date
        return f"{date_format(first, 'j M' if first.year == last.year else 'j M Y')} – {date_format(last, 'j M Y')}"

    @property
    def waiting(self) -> list[Calendar]:
        return [one for one in self.calendars if one.is_waiting]


@dataclass
class _Drawn:
    """A day before it is known from which hour to which the grid goes: rows count from midnight."""

    span: DaySpan
    open: list[Rows]
    whole: list[Block] = field(default_factory=list)
    meetings: list[Block] = field(default_factory=list)
    busy: list[Block] = field(default_factory=list)

    @property
    def places(self) -> list[Rows]:
        return [*self.open, *(one.rows for one in (*self.meetings, *self.busy))]


def week_of(owner: Owner, chosen: date) -> Week:
    zone, now = owner.timezone, timezone.now()
    first = chosen - ((chosen.weekday() - first_weekday(zone)) % 7) * DAY
    spans = [DaySpan.of(first + number * DAY, zone) for number in range(7)]
    since, until = spans[0].starts_at, spans[-1].ends_at
    calendars = list(busy.of_owner(owner.pk))
    meetings = list(_meetings(owner, since, until))
    entries = taken_by_calendars(owner, since - LONGEST, until + LONGEST)
    entries = entries.order_by("starts_at", "pk")[: BUSY_MAX + 1]
    rows = list(entries.values_list("starts_at", "ends_at", "calendar_id"))
    taken = together(rows[:BUSY_MAX], {one.pk: one.name for one in calendars})
    found = conflicts(meetings[:MEETINGS_MAX], taken, now, zone)
    hours = availability.opening_hours(owner, first, spans[-1].day)
    drawn = [_drawn(span, meetings[:MEETINGS_MAX], taken, found, hours[span.day]) for span in spans]
    window = _window(drawn)
    today = now.astimezone(zone).date()
    days = [_day(one, window, now, chosen=chosen, today=today) for one in drawn]
    return Week(
        days=days,
        chosen=chosen,
        today=today,
        hours=[(row - window.first, _clock(row)) for row in range(window.first, window.end, HOUR)],
        conflicts=list(found.values()),
        calendars=calendars,
        known=all(busy.covers(one, since, until) for one in calendars if one.covers_until),
        is_all=len(meetings) <= MEETINGS_MAX and len(rows) <= BUSY_MAX,
        is_empty=not any(one.whole or one.meetings or one.busy for one in drawn),
    )


def first_weekday(zone: ZoneInfo) -> int:
    """0 is Monday: as is usual where the owner's clocks are."""
    territory = get_global("zone_territories").get(str(zone), "")
    try:
        return int(Locale.parse(f"und_{territory}").first_week_day)
    except (UnknownLocaleError, ValueError):
        return 0


def _meetings(owner: Owner, since: datetime, until: datetime) -> Iterable[Meeting]:
    mine = Meeting.objects.filter(owner=owner, cancelled_at=None, starts_at__gt=since - LONGEST, starts_at__lt=until)
    return mine.filter(ends_at__gt=since).select_related("contact").order_by("starts_at", "pk")[: MEETINGS_MAX + 1]


def _drawn(
    span: DaySpan, meetings: list[Meeting], taken: list[Taken], found: dict[Meeting, Conflict], hours: list[Hours]
) -> _Drawn:
    drawn = _Drawn(span, [_open(one) for one in hours])
    for block in _busy_blocks(span, taken):
        (drawn.whole if block.rows == WHOLE else drawn.busy).append(block)
    of_day = [one for one in meetings if span.holds(one.starts_at, one.ends_at)]
    placed = sorted(((span.rows(one.starts_at, one.ends_at), one) for one in of_day), key=lambda pair: pair[0].first)
    for (place, meeting), (lane, lanes) in zip(
        placed, placing.lanes([place for place, _meeting in placed]), strict=True
    ):
        words = span.words(meeting.starts_at, meeting.ends_at)
        drawn.meetings.append(Block("meeting", place, words, meeting, lane, lanes, found.get(meeting)))
    rows = placing.rows_of(one.rows for one in drawn.meetings)
    drawn.busy = [replace(one, is_covered=not rows.isdisjoint(placing.rows_of([one.rows]))) for one in drawn.busy]
    return drawn


def _busy_blocks(span: DaySpan, taken: list[Taken]) -> list[Block]:
    """Those that share a row are one: nothing lies on anything else, and there are no more than rows."""
    placed = sorted(
        ((span.rows(one.starts_at, one.ends_at), one) for one in taken if span.holds(one.starts_at, one.ends_at)),
        key=lambda pair: (pair[0].first, pair[0].end),
    )
    groups: list[tuple[Rows, list[Taken]]] = []
    for place, one in placed:
        if groups and place.first < groups[-1][0].end:
            before, ones = groups[-1]
            groups[-1] = (Rows(before.first, max(before.end, place.end)), [*ones, one])
        else:
            groups.append((place, [one]))
    blocks = []
    for place, ones in groups:
        words = span.words(min(one.starts_at for one in ones), max(one.ends_at for one in ones))
        names = ", ".join(sorted({name for one in ones for name in one.names}))
        blocks.append(Block("busy", place, words, names=names))
    return blocks


def _open(hours: Hours) -> Rows:
    starts, ends = (one.hour * 60 + one.minute for one in hours)
    return Rows(starts // placing.MINUTES, -(-ends // placing.MINUTES) or ROWS)


def _window(drawn: list[_Drawn]) -> Rows:
    """From full hour to full hour, so that all is in it; of what goes past midnight its end, or its beginning."""
    places = [place for one in drawn for place in one.places]
    first = min([LEAST[0] * HOUR, *(place.first or place.end - 1 for place in places)])
    end = max([LEAST[1] * HOUR, *(place.end if place.end < ROWS else place.first + 1 for place in places)])
    return Rows(first // HOUR * HOUR, -(-end // HOUR) * HOUR)


def _day(drawn: _Drawn, window: Rows, now: datetime, *, chosen: date, today: date) -> Day:
    span, day = drawn.span, drawn.span.day
    blocks = [*drawn.busy, *drawn.meetings, *_free(drawn, window, now)]
    blocks.sort(key=lambda one: one.rows.first)
    row = span.rows(now, now).first if day == today else -1
    return Day(
        date=day,
        is_today=day == today,
        is_chosen=day == chosen,
        has_meetings=bool(drawn.meetings),
        open=[_from_top(one, window) for one in drawn.open],
        whole=drawn.whole,
        blocks=[replace(one, rows=_from_top(one.rows, window)) for one in blocks],
        now=row - window.first if window.first <= row < window.end else None,
    )


def _free(drawn: _Drawn, window: Rows, now: datetime) -> list[Block]:
    span = drawn.span
    if drawn.whole or span.ends_at <= now:
        return []
    taken = placing.rows_of(one.rows for one in (*drawn.busy, *drawn.meetings)) | span.skipped()
    if span.starts_at <= now:
        taken |= set(range(span.rows(now, now).first + 1))
    return [
        Block("free", rows, f"{_clock(stretch.first)}–{_clock(stretch.end)}", at=_clock(rows.first), leads=is_first)
        for rows, stretch in placing.cells(taken, window)
        for is_first in [rows.first == stretch.first]
    ]


def _from_top(rows: Rows, window: Rows) -> Rows:
    return Rows(max(rows.first, window.first) - window.first, min(rows.end, window.end) - window.first)


def _clock(row: int) -> str:
    hours, minutes = divmod(row * placing.MINUTES, 60)
    return f"{hours:02}:{minutes:02}"
