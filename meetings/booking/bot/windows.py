"""A client's words about time, put together: days and hours become windows, and windows a wish."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from meetings.booking.bot.calendar_words import monday_of
from meetings.booking.bot.days import FAR, FoundDays, Unclear, find_days
from meetings.booking.bot.hours import FoundHours, find_hours
from meetings.booking.bot.scanning import ANY_NUMBER, TAKEN, Scan, number
from meetings.booking.bot.wishes import ALL_WEEK, Days, Hours, Window, Wish

#: More than these alternatives nobody means.
MOST_WINDOWS = 6


@dataclass(frozen=True)
class Times:
    """`unclear`: one of these days was meant; `wish` then holds the hours only."""

    wish: Wish | None = None
    unclear: tuple[date, ...] = ()


def find_times(scan: Scan, now: datetime, *, is_move: bool = False) -> Times:
    """What the text says of times, taken out of the scan. `now` in the client's zone.

    `is_move`: "from friday to monday" names what is moved first, and then where to.
    """
    if is_move:
        _drop_origin(scan)
    said = scan.text
    moment = _find_moment(scan, now)
    is_soonest, is_latest = scan.take(SOONEST) is not None, scan.take(LATEST) is not None
    days = _joined(_led(find_days(scan, now.date()), said, now.date()), said)
    hours = find_hours(scan)
    unclear = _unclear(days)
    if unclear:
        return Times(_wish(_windows([], hours, said)), unclear)
    wanted, unwanted = _split(days, said)
    windows = _excluding(_windows(wanted, hours, said), unwanted, now.date())
    if moment is not None:
        windows = [Window(since=moment, hours=hours[0].hours if hours else None)]
    if is_soonest and not windows:
        windows = [Window()]
    return Times(_wish([replace(one, is_latest_first=is_latest) for one in windows]))


def _wish(windows: list[Window]) -> Wish | None:
    return Wish(tuple(windows[:MOST_WINDOWS])) if windows else None


# --- Moments and single words --------------------------------------------------------------------------------

MOMENT = re.compile(
    rf"\bin (?:about )?(?:(?P<half>half an hour)|(?P<count>{ANY_NUMBER}) (?P<unit>min|hour|hr))[a-z]*\b"
)
SOONEST = re.compile(
    r"\b(?:as (?:soon|early) as possible|asap|(?:the )?soonest|next slot|right (?:now|away)|immediately|soon|now"
    r"|(?:the )?(?:next|first|earliest) (?:available|free|possible)(?: (?:time|slot|one|appointment|opening))?)\b"
)
LATEST = re.compile(r"\b(?:as late as possible|the latest (?:possible|available|free)(?: time| slot| one)?)\b")


def _find_moment(scan: Scan, now: datetime) -> datetime | None:
    match = scan.take(MOMENT)
    if match is None:
        return None
    minutes = 30 if match["half"] else number(match["count"]) * (1 if match["unit"] == "min" else 60)
    return now + timedelta(minutes=minutes)


ORIGIN = re.compile(
    r"\bfrom (?:the )?[\w:,. ]{1,30}? (?=to\b)|\b(?:my|the|our) [a-z]+ (?:meeting|appointment|call) (?=to\b)"
)


def _drop_origin(scan: Scan) -> None:
    scan.take(ORIGIN)


# --- What stands before and after a day ------------------------------------------------------------------------

LEADS: tuple[tuple[re.Pattern[str], Callable[[Days, date], Days]], ...] = (
    (
        re.compile(r"\bweek (?:of|commencing|starting|beginning)(?: on)?(?: the)? ?$"),
        lambda days, today: Days(max(monday_of(days.first), today), monday_of(days.first) + timedelta(days=6)),
    ),
    (
        re.compile(r"\b(?:any ?time after|after|later than)(?: the)? ?$"),
        lambda days, _: Days(days.last + timedelta(days=1), days.last + timedelta(days=14)),
    ),
    (
        re.compile(r"\b(?:from|starting|starting from|since|as of|not before|no earlier than)(?: the)? ?$"),
        lambda days, _: Days(days.first, days.first + timedelta(days=14)),
    ),
    (
        re.compile(r"\b(?:before|earlier than)(?: the)? ?$"),
        lambda days, today: Days(today, max(today, days.first - timedelta(days=1))),
    ),
    (
        re.compile(r"\b(?:by|until|till|up to|no later than|not later than|at the latest)(?: the)? ?$"),
        lambda days, today: Days(today, max(today, days.last)),
    ),
)


def _led(found: list[FoundDays], said: str, today: date) -> list[FoundDays]:
    return [_lead(one, said[: one.start], today) for one in found]


def _lead(one: FoundDays, before: str, today: date) -> FoundDays:
    if isinstance(one.days, Unclear) or one.days.last < today:
        return one
    for pattern, change in LEADS:
        match = pattern.search(before)
        if match is not None:
            return FoundDays(one.start, one.end, change(one.days, today))
    return one


# --- Several days ----------------------------------------------------------------------------------------------

RANGE = re.compile(r"^ ?(?:-|to|through|thru|until|till) ?$")
SIDE_BY_SIDE = re.compile(r"^[ ,]*(?:the|on|of|in)?[ ,]*$")


def _joined(found: list[FoundDays], said: str) -> list[FoundDays]:
    """ "Monday to wednesday" and "tuesday next week" become one."""
    joined: list[FoundDays] = []
    for one in found:
        last = joined[-1] if joined else None
        both = _join(last, one, said) if last is not None else None
        if last is not None and both is not None:
            joined[-1] = FoundDays(last.start, one.end, both)
        else:
            joined.append(one)
    return joined


def _join(one: FoundDays, other: FoundDays, said: str) -> Days | Unclear | None:
    between = said[one.end : other.start]
    if isinstance(one.days, Unclear) or isinstance(other.days, Unclear):
        return None
    is_range = RANGE.match(between) or (between.strip() == "and" and said[: one.start].rstrip().endswith("between"))
    if is_range:
        return _range(one.days, other.days)
    return _both(one.days, other.days) if SIDE_BY_SIDE.match(between) else None


def _range(one: Days, other: Days) -> Days:
    last = other.last
    while last < one.first:  # monday to wednesday, said on a tuesday
        last += timedelta(days=7)
    return Days(one.first, last)


def _both(one: Days, other: Days) -> Days | Unclear | None:
    """What is meant by both words: "tuesday next week", "friday the 5th"; two days where they disagree."""
    narrow, wide = (one, other) if one.is_one else (other, one)
    if narrow.is_one and wide.is_one:
        if narrow.first == wide.first:
            return narrow
        return wide if narrow.first.weekday() == wide.first.weekday() else Unclear((narrow.first, wide.first))
    if narrow.is_one:
        return Days(wide.first, wide.last, frozenset({narrow.first.weekday()}))
    return Days(max(one.first, other.first), min(one.last, other.last), one.weekdays & other.weekdays)


def _unclear(found: list[FoundDays]) -> tuple[date, ...]:
    return next((one.days.candidates for one in found if isinstance(one.days, Unclear)), ())


NOT_BEFORE_IT = re.compile(
    r"\b(?:not|except|but not|every day but|any day but|(?:can't|cannot|won't)(?: do| make| on)?|never|no|away|busy"
    r"|don't(?: want| like| have)?|unavailable|not (?:free|available|possible))(?: on| this| the| for)* ?$"
)
NOT_AFTER_IT = re.compile(
    r"^ ?(?:doesn't|does not|won't|isn't|is not|is (?:bad|busy|full|impossible|out|no good|not)|not|don't|do not|"
    r"are (?:bad|not|out))\b"
)
BARE_NO = re.compile(r"^(?:oh |sorry |hm+ |um+ )*no $")


def _split(found: list[FoundDays], said: str) -> tuple[list[FoundDays], list[Days]]:
    """What is wanted, and what is not: "not monday", "friday doesn't work"."""
    wanted, unwanted = [], []
    for one in found:
        before, after = said[: one.start], said[one.end :]
        # "no thursday" corrects; "no thursdays" refuses.
        is_refused = NOT_BEFORE_IT.search(before) and (not BARE_NO.match(before) or said[one.end - 1] == "s")
        if isinstance(one.days, Days) and (is_refused or NOT_AFTER_IT.match(after)):
            unwanted.append(one.days)
        else:
            wanted.append(one)
    return wanted, unwanted


def _excluding(windows: list[Window], unwanted: list[Days], today: date) -> list[Window]:
    if not unwanted:
        return windows
    return [_without(window, unwanted, today) for window in windows or [Window()]]


def _without(window: Window, unwanted: list[Days], today: date) -> Window:
    days = window.days or Days(today, today + FAR)
    first, weekdays = days.first, days.weekdays
    for gone in unwanted:
        if gone.is_one and gone.first <= max(first, today + timedelta(days=1)):
            first = max(first, gone.first + timedelta(days=1))
        elif gone.last - gone.first < timedelta(days=32) and gone.weekdays == ALL_WEEK and not gone.is_one:
            first = max(first, gone.last + timedelta(days=1))
        else:
            weekdays -= {gone.first.weekday()} if gone.is_one else gone.weekdays
    return replace(window, days=Days(first, days.last, weekdays or days.weekdays))


# --- Days with their hours ---------------------------------------------------------------------------------------


def _windows(days: list[FoundDays], hours: list[FoundHours], said: str) -> list[Window]:
    """In the order of the text: a second day or a second time opens another window."""
    both: list[FoundDays | FoundHours] = [*days, *hours]
    windows: list[Window] = []
    end = 0
    for one in sorted(both, key=lambda one: one.start):
        is_or = bool(end) and " or " in said[end : one.start].replace(TAKEN, " ")
        if isinstance(one, FoundHours):
            _add_hours(windows, one.hours, is_or=is_or)
        elif isinstance(one.days, Days):
            _add_days(windows, one.days)
        end = one.end
    return _filled(windows)


def _add_days(windows: list[Window], days: Days) -> None:
    if windows and windows[-1].days is None:
        windows[-1] = replace(windows[-1], days=days)
    else:
        windows.append(Window(days=days))


def _add_hours(windows: list[Window], hours: Hours, *, is_or: bool) -> None:
    if windows and windows[-1].hours is None:
        windows[-1] = replace(windows[-1], hours=hours)
        return
    both = _overlap(windows[-1].hours, hours) if windows and not is_or else None
    if both is not None:
        windows[-1] = replace(windows[-1], hours=both)
    else:
        windows.append(Window(hours=hours))


def _overlap(one: Hours | None, other: Hours) -> Hours | None:
    """ "After 2 but before 5", "tomorrow morning at 10"."""
    if one is None:
        return None
    if other.is_exact or one.is_exact:
        exact, wide = (other, one) if other.is_exact else (one, other)
        return _in_part(exact, wide)
    both = Hours(max(one.since, other.since), min(one.until, other.until), one.near or other.near)
    return both if both.since < both.until else None


def _in_part(exact: Hours, wide: Hours) -> Hours | None:
    """ "At 7 in the evening": the half of the day that the part tells."""
    if wide.is_exact or exact.near is None:
        return None
    for minute in (exact.near, (exact.near + 720) % 1440):
        if wide.since <= minute < wide.until:
            return Hours.at(minute)
    return None


def _filled(windows: list[Window]) -> list[Window]:
    """ "Monday or tuesday after 3" means after 3 on both; "tomorrow morning or afternoon" means tomorrow twice."""
    for index in range(len(windows) - 2, -1, -1):
        if windows[index].hours is None:
            windows[index] = replace(windows[index], hours=windows[index + 1].hours)
    for index in range(1, len(windows)):
        windows[index] = windows[index].filled_from(windows[index - 1])
    return windows
