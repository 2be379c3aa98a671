"""A client's words about time, put together: days and hours become windows, and windows a wish."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from meetings.bot.understanding.calendar_words import monday_of
from meetings.bot.understanding.dates import Unclear
from meetings.bot.understanding.days import FAR, FoundDays, find_days
from meetings.bot.understanding.durations import find_beside, find_duration
from meetings.bot.understanding.hours import FoundHours, find_hours
from meetings.bot.understanding.joining import Found, joined_days, windows_of
from meetings.bot.understanding.refusals import Refusal, Why, refusals
from meetings.bot.understanding.scanning import ANY_NUMBER, Scan, number
from meetings.bot.understanding.wanted_times import ALL_WEEK, Days, Hours, Window, Wish

Item = TypeVar("Item", FoundDays, FoundHours)
#: More than these alternatives nobody means.
MOST_WINDOWS = 6


@dataclass(frozen=True)
class Times:
    """`unclear`: one of these days was meant; `wish` then holds the hours only. `minutes`: how long they want it."""

    wish: Wish | None = None
    unclear: tuple[date, ...] = ()
    minutes: int | None = None


def find_times(
    scan: Scan, now: datetime, *, is_move: bool = False, base: datetime | None = None, day: date | None = None
) -> Times:
    """What the text says of times, taken out of the scan. `now` in the client's zone.

    `is_move`: "from friday to monday" names what is moved first, and then where to. `base`: the time that stands
    already, which "an hour later" and "same time" are said against; `day`: the one that is spoken of.
    """
    scan.take(IF_FULL)
    if is_move:
        scan.take(ORIGIN)
    if (busy := BUSY_AT.search(scan.text)) is not None:
        scan.remove(*busy.span("at"))
    said = scan.text
    beside = find_beside(scan, base, day)
    moment = _find_moment(scan, now)
    minutes = find_duration(scan)
    is_latest = scan.take(LATEST) is not None
    found = [*find_days(scan, now.date()), *([beside.days] if beside.days else [])]
    found = _next_days(sorted(found, key=lambda one: one.start), scan, day)
    days = joined_days(_led(found, said, now.date(), scan), said)
    is_soonest = scan.take(SOONEST) is not None
    hours = _flipped(find_hours(scan), scan)
    days, hours = _corrected(days, hours, said, scan)
    days = _without_second(days, scan)
    days = _within_their_week(days, hours, said)
    unclear = next((one.days.candidates for one in days if isinstance(one.days, Unclear)), ())
    if unclear:
        return _unclear_times(days, hours, said, scan, unclear, minutes)
    windows = _wanted(days, hours, said, scan, now.date())
    if beside.same_time is not None:
        windows = [_same_weekday(replace(one, hours=beside.same_time), base) for one in windows or [Window()]]
    if is_move and base is not None and beside.days and beside.days.days != Days.one(base.date()) and not hours:
        at = Hours.at(base.hour * 60 + base.minute)  # "postpone by a week"
        windows = [replace(one, hours=at) if one.days == beside.days.days else one for one in windows]
    windows = [*([beside.window] if beside.window else []), *windows]
    if moment is not None:
        windows = [
            Window(since=moment, hours=hours[0].hours if hours and not days else None),
            *windows[bool(hours and not days) :],
        ]
    if is_soonest and not windows:
        windows = [Window()]
    for extra in (days + hours)[MOST_WINDOWS * 2 :]:
        scan.release(extra.start, extra.end)
    wish = _wish(
        [replace(one, is_latest_first=is_latest) for one in windows]
        or ([Window(is_latest_first=True)] if is_latest else [])
    )
    return Times(wish.to_come(now) if wish else None, minutes=minutes)


IF_FULL = re.compile(
    r"\bif (?:the )?\w+ (?:is|are|was) (?:full|taken|busy|booked|gone|not (?:free|possible|available))\b"
)


IS_NO_FRAME = re.compile(r"\b(?:or|and|not|but|no|never|except\w*|excluding|without|other|apart|avoid\w*)\b|n't\b")


def _within_their_week(days: list[FoundDays], hours: list[FoundHours], said: str) -> list[FoundDays]:
    """ "I'll be there next week, so thursday next week at 10": the day, and not its whole week besides."""
    kept: list[FoundDays] = []
    for one, following in zip(days, [*days[1:], None][: len(days)], strict=True):
        is_frame = following is not None and _holds(one.days, following.days)
        between = said[one.end : following.start] if following is not None else ""
        has_hours = following is not None and any(one.end <= each.start < following.start for each in hours)
        if not is_frame or has_hours or IS_NO_FRAME.search(between):
            kept.append(one)
    return kept


def _holds(wide: Days | Unclear, narrow: Days | Unclear) -> bool:
    if isinstance(wide, Unclear) or isinstance(narrow, Unclear) or wide.weekdays != ALL_WEEK or wide.is_one:
        return False
    is_one = narrow.is_one or len(narrow.weekdays) == 1
    return is_one and wide.first <= narrow.first and narrow.last <= wide.last and (wide.last - wide.first).days < 7


#: "I've a dentist appointment tomorrow at 2, so any time after 3": two is the dentist's.
BUSY_AT = re.compile(
    r"\b(?:i've|i have|i got|there's|there is)(?: got)? (?:a|an|my) (?:\w+ ){0,2}(?:appointment|meeting|call|class"
    r"|lesson|training|interview|exam|flight|train|shift)\b(?: (?:today|tomorrow|(?:on )?\w+day))?"
    r"(?P<at> at \d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?)"
    r"(?=,? so (?:any ?time |only |please )*(?:after|before|from|between) \d)"
)
THE_DAY = re.compile(r"\bthe (?:next )?day (?P<way>after|before)\b(?! (?:tomorrow|\d))")
FLIPS = re.compile(
    r"[, ]+so (?:it must be |only |rather |please )?(?P<no>not )?(?P<way>before|after)(?: that| then"
    r"| please)?(?=[,.!]|$)"
)
CORRECTION = re.compile(
    r"(?:[.,;:!]+ ?|\.\.\. ?| )(?:oh )?(?:no|sorry|i mean|i meant|sorry,? i mean(?:t)?|actually"
    r"|actually make (?:that|it)|make that|rather)[, ]+"
)


def _next_days(found: list[FoundDays], scan: Scan, day: date | None) -> list[FoundDays]:
    """ "The day after": after the day that was named last, or that is spoken of."""
    match = THE_DAY.search(scan.text)
    if match is None:
        return found
    before = [one for one in found if one.start < match.start() and isinstance(one.days, Days) and one.days.is_one]
    named = before[-1].days if before else None
    base = named.first if isinstance(named, Days) else day
    if base is None:
        return found
    is_other = bool(before) and re.search(r"\bso\b", scan.text[before[-1].end : match.start()]) is not None
    scan.remove(*match.span())
    other = FoundDays(*match.span(), Days.one(base + timedelta(days=1 if match["way"] == "after" else -1)))
    kept = [one for one in found if not (is_other and one is before[-1])]
    return sorted([*kept, other], key=lambda one: one.start)


def _flipped(hours: list[FoundHours], scan: Scan) -> list[FoundHours]:
    """ "School is over at 3, so after that" """
    match = FLIPS.search(scan.text)
    if match is None or not hours or hours[-1].start > match.start() or hours[-1].hours.near is None:
        return hours
    scan.claim(*match.span())
    near = hours[-1].hours.near
    is_after = (match["way"] == "after") is not bool(match["no"])
    return [*hours[:-1], replace(hours[-1], hours=Hours(since=near) if is_after else Hours(until=near))]


def _corrected(
    days: list[FoundDays], hours: list[FoundHours], said: str, scan: Scan
) -> tuple[list[FoundDays], list[FoundHours]]:
    """ "Wednesday, sorry, I mean thursday": what is said last replaces what was said of the same kind."""
    for match in CORRECTION.finditer(said):
        days = _said_last(days, match, said, scan)
        hours = _said_last(hours, match, said, scan)
    return days, hours


def _said_last(items: list[Item], match: re.Match[str], said: str, scan: Scan) -> list[Item]:
    after = [one for one in items if one.start >= match.end() - 1]
    before = [one for one in items if one.end <= match.start() + 1]
    if not before or not after or after[0].start > match.end() + 12:
        return items
    if refusals(said, [(after[0].start, after[0].end)])[0]:
        return items
    scan.claim(*match.span())
    return after


def _same_weekday(window: Window, base: datetime | None) -> Window:
    """ "Same time next week": on the same day of it."""
    days = window.days
    if base is None or days is None or days.is_one or days.last - days.first > timedelta(days=7):
        return window
    return replace(window, days=Days(days.first, days.last, frozenset({base.weekday()})))


def _wish(windows: list[Window]) -> Wish | None:
    return Wish(tuple(windows[:MOST_WINDOWS])) if windows else None


def _unclear_times(
    days: list[FoundDays],
    hours: list[FoundHours],
    said: str,
    scan: Scan,
    unclear: tuple[date, ...],
    minutes: int | None,
) -> Times:
    """The hours are kept; other days than the unclear one are asked about."""
    seen = False
    for one in days:
        if isinstance(one.days, Unclear) and not seen:
            seen = True
        else:
            scan.release(one.start, one.end)
    return Times(_wish(windows_of([], hours, said)), unclear, minutes)


def _without_second(days: list[FoundDays], scan: Scan) -> list[FoundDays]:
    """Of days that cannot be (a range that ends before it begins) nothing is taken."""
    for one in days:
        if isinstance(one.days, Days) and one.days.first > one.days.last:
            scan.release(one.start, one.end)
    return [one for one in days if isinstance(one.days, Unclear) or one.days.first <= one.days.last]


# --- Moments and single words --------------------------------------------------------------------------------

MOMENT = re.compile(
    rf"\bin (?:about )?(?:(?P<half>half an hour)|(?P<count>{ANY_NUMBER}|15|20|30|45) (?P<unit>min|hour|hr))[a-z]*\b"
)
SOONEST = re.compile(
    r"\b(?:as (?:soon|early) as (?:possible|you can|it gets)|asap|(?:the )?soonest|next slot|right (?:now|away)"
    r"|immediately|soon|(?<!not )(?<!for )now"
    r"|(?:the |your |at the |his |her )*(?:next|first|earliest|soonest) (?:available|free|possible|open)"
    r"(?: (?:time|slot|one|appointment|opening|day|meeting))?"
    r"|(?:the )?(?:first|earliest) (?:slot|time|appointment|opening)(?= (?:on|in|of|at|next|this|tomorrow|today|\x1f))"
    r"|(?:the )?earliest(?= (?:on|in|of|at|next|this|tomorrow|today|\x1f)))\b"
)
LATEST = re.compile(
    r"\b(?:as late as (?:possible|you can|it gets)|(?:the |your )?(?:latest|last) (?:possible|available|free)?"
    r"(?: ?(?:time|slot|one|appointment|opening))?(?= (?:on|in|of|at|next|this|that|tomorrow|today|possible|you)\b|$)"
    r"|(?:the )?(?:latest|last) (?:possible|available|free)(?: (?:time|slot|one|appointment))?)\b"
    r"|\b(?:the )?last (?:slot|time|appointment|opening)(?= (?:on|in|of|at|next|this|that|tomorrow|today|before"
    r"|\w+day)\b)"
    r"|\b(?:the )?last one(?= (?:before|on|tomorrow|today)\b)"
)


def _find_moment(scan: Scan, now: datetime) -> datetime | None:
    match = scan.take(MOMENT)
    if match is None:
        return None
    minutes = 30 if match["half"] else number(match["count"]) * (1 if match["unit"] == "min" else 60)
    return now + timedelta(minutes=minutes)


ORIGIN = re.compile(
    r"\bfrom (?:the )?[\w:,. ]{1,30}? (?=to\b)|\b(?:my|the|our) [a-z]+ (?:meeting|appointment|call) (?=to\b)"
)


# --- What stands before and after a day ------------------------------------------------------------------------

LEADS: tuple[tuple[re.Pattern[str], Callable[[Days, date], Days]], ...] = (
    (
        re.compile(r"\b(?:the )?week (?:of|commencing|starting|beginning)(?: on)?(?: the)? ?$"),
        lambda days, today: Days(max(monday_of(days.first), today), monday_of(days.first) + timedelta(days=6)),
    ),
    (
        re.compile(r"\b(?:any ?time |some ?time )?(?:after|later than|past)(?: the)? ?$"),
        lambda days, _: Days(days.last + timedelta(days=1), days.last + timedelta(days=14)),
    ),
    (
        re.compile(r"\b(?:from|starting|starting from|since|as of|not before|no earlier than)(?: the)? ?$"),
        lambda days, _: Days(days.first, days.first + timedelta(days=14)),
    ),
    (
        re.compile(r"\b(?:any ?time |some ?time )?(?:before|earlier than)(?: the)? ?$"),
        lambda days, today: Days(today, max(today, days.first - timedelta(days=1))),
    ),
    (
        re.compile(
            r"\b(?<!come )(?<!stop )(?<!drop )(?<!pop )(?<!swing )(?<!coming )"
            r"(?:by|until|till|up to|no later than|not later than|at the latest)(?: the)? ?$"
        ),
        lambda days, today: Days(today, max(today, days.last)),
    ),
)


def _led(found: list[FoundDays], said: str, today: date, scan: Scan) -> list[FoundDays]:
    return [_lead(one, said[: one.start], today, scan) for one in found]


def _lead(one: FoundDays, before: str, today: date, scan: Scan) -> FoundDays:
    if isinstance(one.days, Unclear) or one.days.last < today:
        return one
    for pattern, change in LEADS:
        match = pattern.search(before)
        if match is not None:
            scan.remove(match.start(), one.start)
            return FoundDays(match.start(), one.end, change(one.days, today))
    return one


# --- What is wanted, and what is not ------------------------------------------------------------------------------


def _wanted(days: list[FoundDays], hours: list[FoundHours], said: str, scan: Scan, today: date) -> list[Window]:
    items: list[Found] = sorted([*days, *hours], key=lambda one: one.start)
    against = refusals(said, [(one.start, one.end) for one in items])
    for refusal in against:
        if refusal is not None:
            scan.claim(refusal.start, refusal.end)
    against = [
        None if no is not None and _is_scope(one, index, items, against) else no
        for index, (one, no) in enumerate(zip(items, against, strict=True))
    ]
    wanted = [one for one, no in zip(items, against, strict=True) if no is None]
    changed: list[Found] = []
    unwanted: list[Found] = []
    for one, no in zip(items, against, strict=True):
        if no is None:
            continue
        if no.why is Why.NOT:
            unwanted.append(one)
        else:
            changed.append(_other_side(one, no, today))
    kept: list[Found] = sorted([*wanted, *changed], key=lambda one: one.start)
    windows = windows_of(
        [one for one in kept if isinstance(one, FoundDays)], [one for one in kept if isinstance(one, FoundHours)], said
    )
    named = _day_of(_refused(unwanted, said))
    refused = _refused([_every_week(one, today) for one in unwanted], said)
    windows = [replace(one, days=one.days or named) for one in windows]
    return _excluding(windows, refused, today)


def _is_scope(one: Found, index: int, items: list[Found], against: list[Refusal | None]) -> bool:
    """ "No afternoons next week" is about next week, and refuses afternoons."""
    is_wide = (
        isinstance(one, FoundDays)
        and isinstance(one.days, Days)
        and not one.days.is_one
        and one.days.weekdays == ALL_WEEK
    )
    is_after_hours = index > 0 and isinstance(items[index - 1], FoundHours) and against[index - 1] is against[index]
    return is_wide and is_after_hours


def _every_week(one: Found, today: date) -> Found:
    """A weekday that is refused is refused in every week."""
    if isinstance(one, FoundDays) and one.is_bare and isinstance(one.days, Days) and one.days.is_one:
        return replace(one, days=Days(today, today + FAR, frozenset({one.days.first.weekday()})))
    return one


def _day_of(refused: list[Window]) -> Days | None:
    """ "Wednesday afternoon is out, the morning is fine" is about wednesday."""
    days = [one.days for one in refused if one.days is not None and one.hours is not None]
    return days[0] if len(days) == 1 else None


def _other_side(one: Found, no: Refusal, today: date) -> Found:
    """ "10 is too early" wishes for what comes after it."""
    is_late = no.why is Why.TOO_LATE
    if isinstance(one, FoundHours):
        near = one.hours.near
        edge = near if near is not None else (one.hours.since if is_late else one.hours.until)
        return replace(one, hours=Hours(until=edge) if is_late else Hours(since=edge + (1 if near is not None else 0)))
    assert isinstance(one.days, Days)  # noqa: S101 -- unclear ones were asked about
    before = Days(today, max(today, one.days.first - timedelta(days=1)))
    after = Days(one.days.last + timedelta(days=1), one.days.last + timedelta(days=14))
    return replace(one, days=before if is_late else after)


def _refused(items: list[Found], said: str) -> list[Window]:
    """A day with hours beside it is one: "not wednesday afternoon"."""
    return windows_of(
        [one for one in items if isinstance(one, FoundDays)],
        [one for one in items if isinstance(one, FoundHours)],
        said,
    )


def _excluding(windows: list[Window], unwanted: list[Window], today: date) -> list[Window]:
    if not unwanted:
        return windows
    weekdays = frozenset[int]().union(*(one.days.weekdays for one in unwanted if _is_weekdays(one) and one.days))
    others = tuple(one for one in unwanted if not _is_weekdays(one))
    kept = windows or [Window()]
    if weekdays:
        kept = [_without(window, weekdays, today) for window in kept]
    return [replace(window, unwanted=(*window.unwanted, *others)) for window in kept]


def _is_weekdays(window: Window) -> bool:
    """ "Fridays", at any hour"""
    return window.hours is None and window.days is not None and window.days.weekdays != ALL_WEEK


def _without(window: Window, weekdays: frozenset[int], today: date) -> Window:
    days = window.days or Days(today, today + FAR)
    if days.is_one:
        return replace(window, unwanted=(Window(days=Days(today, today + FAR, weekdays)),))
    return replace(window, days=Days(days.first, days.last, days.weekdays - weekdays or days.weekdays))
