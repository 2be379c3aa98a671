"""How mentions of days and hours belong together: "tuesday or thursday next week, 10 or 11"."""

import re
from dataclasses import replace
from datetime import timedelta

from meetings.bot.understanding.calendar_words import monday_of
from meetings.bot.understanding.dates import Unclear
from meetings.bot.understanding.days import FoundDays
from meetings.bot.understanding.hours import FoundHours
from meetings.bot.understanding.scanning import TAKEN
from meetings.bot.understanding.wanted_times import ALL_WEEK, WHOLE_DAY, Days, Hours, Window

Found = FoundDays | FoundHours

#: Minutes since midnight: from here on a small hour that comes with it is one of the evening.
EVENING = 17 * 60
RANGE = re.compile(r"^ ?(?:-|to|through|thru|until|till) ?$")
SIDE_BY_SIDE = re.compile(r"^[ ,]*(?:on the|the|on|of|in|(?:morning|afternoon|evening)s?(?: of| in)?)?[ ,]*$")
SENTENCE_END = re.compile(r"[.;!?](?: |$)")
CONJUNCTION = re.compile(r"^[ ,]*(?:or|and|,|/|&|or on|and on|or maybe|or perhaps)[ ,]*(?:on|the)?[ ,]*$")


# --- Several days ----------------------------------------------------------------------------------------------


def joined_days(found: list[FoundDays], said: str) -> list[FoundDays]:
    """ "Monday to wednesday" and "tuesday next week" become one; "tuesday or thursday next week" share the week."""
    joined: list[FoundDays] = []
    for one in found:
        last = joined[-1] if joined else None
        both = _join(last, one, said) if last is not None else None
        if last is not None and both is not None:
            is_bare = last.is_bare and one.is_bare and isinstance(both, Days) and not both.is_one
            joined[-1] = FoundDays(last.start, one.end, both, is_bare)
        else:
            joined.append(one)
    return _sharing_weeks(_in_order(joined), said)


def _in_order(found: list[FoundDays]) -> list[FoundDays]:
    """ "Friday or monday", said on a monday, means the monday after."""
    ordered: list[FoundDays] = []
    for one in found:
        last = ordered[-1].days if ordered else None
        days = one.days
        if (
            one.is_bare
            and isinstance(days, Days)
            and days.is_one
            and isinstance(last, Days)
            and last.first > days.first
        ):
            is_today = last.is_one and (last.first - days.first).days < 7 and one.is_today
            one = replace(one, days=Days.one(days.first + timedelta(days=7))) if is_today else one
        ordered.append(one)
    return ordered


def _join(one: FoundDays, other: FoundDays, said: str) -> Days | Unclear | None:
    between = said[one.end : other.start]
    if isinstance(one.days, Unclear) or isinstance(other.days, Unclear):
        return None
    is_range = RANGE.match(between) or (between.strip() == "and" and said[: one.start].rstrip().endswith("between"))
    if is_range:
        return _range(one.days, other.days)
    if not SIDE_BY_SIDE.match(between) or ("," in between and one.is_bare and other.is_bare):
        return None
    for bare, wide in ((one, other.days), (other, one.days)):
        if bare.is_bare and isinstance(bare.days, Days) and not bare.days.is_one and not wide.is_one:
            weekdays = {
                (bare.days.first + timedelta(days=step)).weekday()
                for step in range((bare.days.last - bare.days.first).days + 1)
            }
            return Days(wide.first, wide.last, frozenset(weekdays))
    return _disagreeing(one, other) or _both(one.days, other.days)


def _disagreeing(one: FoundDays, other: FoundDays) -> Unclear | None:
    """ "Tuesday the 30th", which is a monday: that date, or the tuesday nearest to it."""
    bare, dated = (one, other) if one.is_bare else (other, one)
    if not bare.is_bare or dated.is_bare or not isinstance(bare.days, Days) or not isinstance(dated.days, Days):
        return None
    steps = bare.days.first.weekday() - dated.days.first.weekday()
    if not bare.days.is_one or not dated.days.is_one or steps == 0:
        return None
    nearest = dated.days.first + timedelta(days=(steps + 3) % 7 - 3)
    first, second = sorted((dated.days.first, nearest))
    return Unclear((first, second))


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
            return wide if narrow.or_in_a_week else narrow
        return wide if narrow.first.weekday() == wide.first.weekday() else Unclear((narrow.first, wide.first))
    if narrow.is_one:
        both = Days(wide.first, wide.last, frozenset({narrow.first.weekday()}))
        has_any = any(both.has(wide.first + timedelta(days=step)) for step in range(7))
        return both if has_any else None  # "thursday, this weekend" are two
    return Days(max(one.first, other.first), min(one.last, other.last), one.weekdays & other.weekdays)


def _sharing_weeks(found: list[FoundDays], said: str) -> list[FoundDays]:
    shared = list(found)
    for order in (range(len(shared) - 2, -1, -1), range(1, len(shared))):
        for index in order:
            other = shared[index + 1] if order.step < 0 else shared[index - 1]
            one = shared[index]
            first, second = sorted((one, other), key=lambda each: each.start)
            week = _week_of(other) if one.is_bare and CONJUNCTION.match(said[first.end : second.start]) else None
            if week is not None and isinstance(one.days, Days):
                days = Days(week.first, week.last, frozenset({one.days.first.weekday()}))
                shared[index] = replace(one, days=days, is_bare=False)
    return shared


def _week_of(one: FoundDays) -> Days | None:
    """The week that was named with a weekday, if one was."""
    if isinstance(one.days, Unclear) or one.is_bare:
        return None
    if one.days.is_one:
        monday = monday_of(one.days.first)
        return Days(monday, monday + timedelta(days=6)) if one.is_of_next_week else None
    is_week = one.days.last - one.days.first <= timedelta(days=6) and len(one.days.weekdays) == 1
    return Days(one.days.first, one.days.last, ALL_WEEK) if is_week else None


# --- Days with their hours ---------------------------------------------------------------------------------------


def windows_of(days: list[FoundDays], hours: list[FoundHours], said: str) -> list[Window]:
    """In the order of the text: a second day or a second time opens another window."""
    windows: list[Window] = []
    end = 0
    both: list[Found] = sorted([*days, *hours], key=lambda one: one.start)
    for one, following in zip(both, [*both[1:], None][: len(both)], strict=True):
        between = said[end : one.start].replace(TAKEN, " ") if end else ""
        if isinstance(one, FoundHours):
            is_or = bool(re.search(r"\bor\b|/", between)) or _is_said_apart(windows, one, following, between, said)
            _add_hours(windows, one.hours, is_or=is_or, is_and="and" in between.split())
        elif isinstance(one.days, Days):
            _add_days(windows, one.days)
        end = one.end
    return _filled(windows)


def _is_said_apart(windows: list[Window], hours: FoundHours, following: Found | None, between: str, said: str) -> bool:
    """ "Tomorrow at 5. After 4 on wednesday": in a sentence of their own, with a day of their own or beside a time."""
    if not SENTENCE_END.search(between) or not windows or windows[-1].hours is None:
        return False
    is_exact = windows[-1].hours.is_exact or hours.hours.is_exact
    has_own_day = isinstance(following, FoundDays) and not SENTENCE_END.search(said[hours.end : following.start])
    return is_exact or (windows[-1].days is not None and has_own_day)


def _add_days(windows: list[Window], days: Days) -> None:
    if windows and windows[-1].days is None:
        windows[-1] = replace(windows[-1], days=days)
    else:
        windows.append(Window(days=days))


def _add_hours(windows: list[Window], hours: Hours, *, is_or: bool, is_and: bool) -> None:
    if windows and windows[-1].hours is None:
        windows[-1] = replace(windows[-1], hours=hours)
        return
    is_other = is_or or (is_and and bool(windows) and _is_range(windows[-1].hours) and _is_range(hours))
    both = _overlap(windows[-1].hours, hours) if windows and not is_other else None
    if both is not None:
        windows[-1] = replace(windows[-1], hours=both)
    else:
        windows.append(Window(hours=hours))


def _is_range(hours: Hours | None) -> bool:
    return hours is not None and hours.since > 0 and hours.until < WHOLE_DAY


def _overlap(one: Hours | None, other: Hours) -> Hours | None:
    """ "After 2 but before 5", "tomorrow morning at 10"."""
    if one is None:
        return None
    if other.is_exact or one.is_exact:
        exact, wide = (other, one) if other.is_exact else (one, other)
        return _in_part(exact, wide)
    if one.since >= EVENING and 0 < other.since < 720:  # tuesday night after 10
        other = replace(other, since=other.since + 720)
    both = Hours(max(one.since, other.since), min(one.until, other.until), one.near or other.near)
    return both if both.since < both.until else None


def _in_part(exact: Hours, wide: Hours) -> Hours | None:
    """ "At 7 in the evening": the half of the day that the part tells."""
    if wide.is_exact or exact.near is None:
        return None
    halves = (exact.near,) if exact.is_half_told else (exact.near, (exact.near + 720) % 1440)
    for minute in halves:
        if wide.since <= minute < wide.until:
            return Hours.at(minute)
    return None


def _filled(windows: list[Window]) -> list[Window]:
    """ "Monday or tuesday after 3" means after 3 on both; "10 or 11 tomorrow" means tomorrow twice."""
    for index in range(len(windows) - 2, -1, -1):
        one, following = windows[index], windows[index + 1]
        if one.hours is None:
            windows[index] = replace(one, hours=following.hours)
        elif one.days is None:
            windows[index] = replace(one, days=following.days)
    for index in range(1, len(windows)):
        windows[index] = windows[index].filled_from(windows[index - 1])
    return windows
