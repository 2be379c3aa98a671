"""Which days a text speaks of: "next tuesday", "the 5th", "end of next week", "5/12", "not monday".

A small grammar: the first rule that matches a word has it. What names no day ("february 30")
is left, to be asked about.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from meetings.bot.understanding.calendar_words import (
    ANY_MONTH,
    ANY_WEEKDAY,
    MONTHS,
    WEEKDAYS,
    coming_weekday,
    first_of_month,
    monday_of,
    month_end,
    next_date,
    next_day_of_month,
    next_weekday,
)
from meetings.bot.understanding.dates import (
    DAY_WORDS,
    Impossible,
    Unclear,
    calendar_week,
    dotted_date,
    iso_date,
    named_date,
    nth_weekday,
    one_day,
    ordinal_date,
    part_of_month,
    slashed_date,
    span_of_month,
    two_named_dates,
    week_of_month,
    weekday_from_now,
    whole_month,
)
from meetings.bot.understanding.scanning import ANY_NUMBER, Scan, number
from meetings.bot.understanding.wanted_times import ALL_WEEK, Days

WORKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
FAR = timedelta(days=400)


@dataclass(frozen=True)
class FoundDays:
    """Where in the text, and which days."""

    start: int
    end: int
    days: Days | Unclear
    #: A weekday with nothing that says which: it may share another one's week ("tuesday or thursday next week").
    is_bare: bool = False
    is_of_next_week: bool = False
    is_today: bool = False


Reader = Callable[[re.Match[str], date], Days | Unclear | Impossible | None]


def find_days(scan: Scan, today: date) -> list[FoundDays]:
    """Every mention of days, in the order of the text, taken out of the scan."""
    found: list[FoundDays] = []
    for pattern, reader in GRAMMAR:
        for match in pattern.finditer(scan.text):
            days = reader(match, today)
            if isinstance(days, Impossible):
                scan.remove(match.start(), match.end())
                scan.release(match.start(), match.end())
            elif days is not None:
                scan.remove(match.start(), match.end())
                is_bare = reader is _weekday and not (match["which"] or match["many"] or match["after_next"])
                is_next = reader is _weekday and match["which"] == "next"
                is_today = isinstance(days, Days) and days == Days.one(today)
                found.append(FoundDays(match.start(), match.end(), days, is_bare, is_next, is_today))
    return sorted(found, key=lambda one: one.start)


# --- Days by their distance ----------------------------------------------------------------------------------


def _today(_match: re.Match[str], today: date) -> Days:
    return Days.one(today)


def _near(match: re.Match[str], today: date) -> Days:
    return Days.one(today + timedelta(days=NEAR[match[1]]))


NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1, "tomorow": 1, "2morrow": 1}


def _distance(match: re.Match[str], today: date) -> Days:
    """In three days: that day. In three weeks: from that day on, for a week."""
    unit = match["unit"]
    count = 1 if unit == "fortnight" else number(match["count"])
    if unit == "day":
        return Days.one(today + timedelta(days=count))
    if unit == "month":
        first = first_of_month(today, min(count, 24))
        day = first + timedelta(days=min(today.day, month_end(first).day) - 1)
        return Days(day - timedelta(days=2), day + timedelta(days=2))
    day = today + timedelta(weeks=2 if unit == "fortnight" else min(count, 60))
    return Days(day, day + timedelta(days=6))


def _within(match: re.Match[str], today: date) -> Days:
    days = {"day": 1, "week": 7, "month": 31}[match["unit"]] * number(match["count"] or "one")
    return Days(today, today + timedelta(days=min(days, 400)))


def _from_day(match: re.Match[str], today: date) -> Days:
    """A week from friday, two weeks from tomorrow, a week on monday, friday week, two weeks today"""
    unit = 2 if match["unit"] == "fortnight" else 1
    weeks = timedelta(weeks=unit * number((match["count"] if "count" in match.groupdict() else None) or "one"))
    base = NEAR.get(match["base"])
    day = coming_weekday(today, WEEKDAYS[match["base"]]) if base is None else today + timedelta(days=base)
    return Days.one(day + weeks)


def _feast(match: re.Match[str], today: date) -> Days | None:
    month, first, last = FEASTS[match["feast"].replace("xmas", "christmas").replace("’", "'")]
    begins = next_date(today, month, first)
    return Days(begins, begins + timedelta(days=last - first)) if begins else None


FEASTS = {
    "christmas eve": (12, 24, 24), "christmas day": (12, 25, 25), "christmas": (12, 24, 26),
    "new year's eve": (12, 31, 31),
    "new years eve": (12, 31, 31), "new year's day": (1, 1, 1), "new year's": (1, 1, 1), "new year": (1, 1, 1),
    "boxing day": (12, 26, 26), "valentine's day": (2, 14, 14), "halloween": (10, 31, 31),
}  # fmt: skip


def _year(match: re.Match[str], today: date) -> Days:
    year = today.year + (0 if match["which"] == "this" else 1)
    return Days(max(date(year, 1, 1), today), date(year, 12, 31))


def _years(match: re.Match[str], today: date) -> Days:
    """In ten years"""
    year = min(today.year + number(match["count"]), 9000)
    return Days(date(year, 1, 1), date(year, 12, 31))


# --- Weeks ---------------------------------------------------------------------------------------------------


def _week(match: re.Match[str], today: date) -> Days | None:
    if not (match["which"] or match["after"] or match["part"]):
        return None  # "once a week"
    steps = {"next": 1, "following": 1, "coming": 1}.get(match["which"] or "", 0)
    monday = monday_of(today) + timedelta(weeks=2 if match["after"] else steps)
    return _not_before(today, _part_of_week(match["part"], monday, today))


def _part_of_week(part: str | None, monday: date, today: date) -> Days:
    if not part or part == "rest":
        return Days(monday, monday + timedelta(days=6))
    if part.startswith("later"):
        return Days(max(monday + timedelta(days=2), today + timedelta(days=1)), monday + timedelta(days=6))
    for words, first, last in PARTS_OF_WEEK:
        if part.startswith(words):
            return Days(monday + timedelta(days=first), monday + timedelta(days=last))
    return Days(monday, monday + timedelta(days=6))


PARTS_OF_WEEK = (
    (("first",), 0, 2),
    (("second",), 2, 4),
    (("early", "beg", "start"), 0, 1),
    (("mid",), 1, 3),
    (("late", "end"), 3, 4),
)


def _not_before(today: date, days: Days) -> Days:
    """The week's end where what was asked for has passed."""
    if days.last >= today:
        return Days(max(days.first, today), days.last, days.weekdays)
    return Days(today, monday_of(today) + timedelta(days=6))


def _month_by_distance(match: re.Match[str], today: date) -> Days:
    first = first_of_month(today, 0 if match["which"].strip() in {"this", "the"} else 1)
    return _not_before_month(today, part_of_month(match["part"], first))


def _not_before_month(today: date, days: Days) -> Days:
    return Days(max(days.first, today), max(days.last, today))


def _weekend(match: re.Match[str], today: date) -> Days:
    saturday = monday_of(today) + timedelta(days=5 + (7 if match["which"] == "next" else 0))
    return Days(max(saturday, today), saturday + timedelta(days=1))


def _kind_of_day(match: re.Match[str], today: date) -> Days:
    return Days(today, today + FAR, WEEKEND if match[1].startswith("weekend") else WORKDAYS)


# --- Weekdays ------------------------------------------------------------------------------------------------


def _weekday(match: re.Match[str], today: date) -> Days:
    weekday = WEEKDAYS[match["day"]]
    this_week = monday_of(today) + timedelta(days=weekday)
    which = match["which"] or ("coming" if match["coming"] else "")
    if match["many"] or which in {"every", "any", "each"}:
        return Days(today, today + FAR, frozenset({weekday}))
    if match["after_next"]:
        return Days.one(next_weekday(today, weekday) + timedelta(weeks=1))
    if which == "next":
        return Days.one(this_week + timedelta(weeks=1))
    if which == "last":
        return Days.one(next_weekday(today, weekday) - timedelta(weeks=1))
    if which in {"coming", "following"}:
        return Days.one(next_weekday(today, weekday))
    day = coming_weekday(today, weekday)
    return Days(day, day, or_in_a_week=day == today)


def _weekday_and_day(match: re.Match[str], today: date) -> Days | None:
    """ "Friday 27": the 27th, if that is a friday. A smaller figure is more likely an hour."""
    weekday, day = WEEKDAYS[match["day"]], int(match["number"])
    found = next_day_of_month(today, day) if day > 12 else None
    return one_day(found if found and found.weekday() == weekday else None)


def _any_day(_match: re.Match[str], today: date) -> Days:
    return Days(today, today + FAR, ALL_WEEK)


# --- The grammar: the first that matches a word has it --------------------------------------------------------

ORDINAL = r"(?:st|nd|rd|th)"
ANY_DAY = rf"\d{{1,2}}(?:{ORDINAL})?|" + "|".join(sorted(DAY_WORDS, key=len, reverse=True))
DAY = rf"(?P<day>{ANY_DAY})"
MONTH = rf"(?P<month>{ANY_MONTH})\b\.?"
LONG_MONTH = "|".join(name for name in MONTHS if len(name) > 3)
COUNT = rf"(?P<count>{ANY_NUMBER})"
#: What follows a number that is a time of day and no date.
NO_CLOCK = r"(?![:.h]?\d|\s*(?:am|pm|a\.m|p\.m|o'?clock)\b)"
#: What follows "the 2nd" where that is the second of those that were offered.
NO_PICK = r"(?! (?:one|option|slot|time|choice)\b)"
YEAR = r"(?:,? (?P<year>20\d\d)\b)?"
PART = (
    r"(?:(?P<part>early|beginning|begin|start|first half|mid|middle|second half|later|late|the end|end|rest)"
    r"(?: of| in|-)? ?)?(?:the )?"
)
NO_PART = r"(?P<part>(?!))?"
#: A month with a figure behind it is no whole month.
NO_DAY = r"(?! \d{1,2}\b)"

GRAMMAR: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"\b(20\d\d)[-/.](\d\d?)[-/.](\d\d?)(?!\d)t?", iso_date),
        (r"(?<![\d-])(\d\d?)-(\d\d?)-(20\d\d)\b", slashed_date),
        (r"(?<![\d.:])(\d\d?)\.(\d\d?)\.(20\d\d|\d\d\b)?(?!\d)", dotted_date),
        (r"(?<![\d/])(?!24/7)(\d\d?)/(\d\d?)(?:/(20\d\d|\d\d))?(?![\d/])", slashed_date),
        (
            rf"\b(?P<first>\d\d?){ORDINAL}? ?(?:-|to|until|and) ?(?P<last>\d\d?){ORDINAL}? "
            rf"(?:of )?(?P<month>{ANY_MONTH})\b",
            span_of_month,
        ),
        (
            rf"\b(?P<month>{ANY_MONTH}) (?P<first>\d\d?){ORDINAL}? ?(?:-|to|until|and) ?"
            rf"(?P<last>\d\d?)\b{ORDINAL}?{NO_CLOCK}",
            span_of_month,
        ),
        (
            rf"\b(?P<first>{ANY_DAY})(?: of)? ?(?:or|and|/"
            rf"|&) ?(?:the )?(?P<last>{ANY_DAY}) (?:of )?(?P<month>{ANY_MONTH})\b",
            two_named_dates,
        ),
        (
            rf"\b(?:the )?(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th) (?P<day>{ANY_WEEKDAY}) (?:in|of) "
            rf"(?:(?P<month>{ANY_MONTH})|the month)\b",
            nth_weekday,
        ),
        (
            r"\b(?:the )?(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th) week (?:in"
            rf"|of) (?P<month>{ANY_MONTH})\b",
            week_of_month,
        ),
        (
            r"\b(?:in |on )?(?:calendar week|week|cw|kw) (?:no\.? |number )?(?P<week>[1-5]?\d)\b(?!\s*[:/.-])",
            calendar_week,
        ),
        (rf"\b(?P<count>two|three|four|2|3|4) (?P<day>{ANY_WEEKDAY})s from (?:now|today)\b", weekday_from_now),
        (rf"\b{DAY}\.? ?(?:of )?{MONTH}{YEAR}", named_date),
        (rf"\b{MONTH} (?:the )?{DAY}\b{NO_CLOCK}{YEAR}", named_date),
        (
            r"\b(?:the )?(?P<part>early|beginning of|begin of|start of|first half of|mid|middle of|late"
            r"|second half of|end of)"
            rf"[ -](?:in )?(?P<month>{ANY_MONTH})\b{NO_DAY}",
            whole_month,
        ),
        (rf"\b(?:in|next|this|during|of) (?P<month>{ANY_MONTH})\b{NO_PART}{NO_DAY}", whole_month),
        (rf"(?<!\d )\b(?P<month>{LONG_MONTH})\b{NO_PART}{NO_DAY}", whole_month),
        (
            rf"\b{COUNT} (?P<unit>week|fortnight)s? (?:(?:from|after|on) )?(?P<base>today|tomorrow|{ANY_WEEKDAY})\b",
            _from_day,
        ),
        (rf"\b(?P<base>today|tomorrow|{ANY_WEEKDAY}) (?P<unit>week|fortnight)\b", _from_day),
        (rf"\b(?P<feast>{'|'.join(FEASTS)}|xmas)\b", _feast),
        (r"\b(?:all|the whole) week\b", lambda _, today: Days(today, monday_of(today) + timedelta(days=6))),
        (
            r"(?<=but )next$",
            lambda _, today: Days(monday_of(today) + timedelta(days=7), monday_of(today) + timedelta(days=13)),
        ),
        (r"\b(?P<which>next|this) year\b", _year),
        (rf"\bin {COUNT} years?\b", _years),
        (
            rf"\b(?:within |in |over |during |for )?the (?:next|coming) (?:{COUNT} )?(?P<unit>day|week|month)s\b",
            _within,
        ),
        (rf"\bwithin {COUNT} (?P<unit>day|week|month)s?\b", _within),
        (rf"\bin {COUNT} (?P<unit>day|week|month|fortnight)s?(?:'? time)?\b", _distance),
        (
            rf"\b{COUNT} (?P<unit>day|week|month|fortnight)s? (?:from now|from today|later|ahead|out|hence)\b",
            _distance,
        ),
        (r"\b(?:(?P<which>this|next|coming|the) )?weekend\b", _weekend),
        (
            rf"\b{PART}(?:(?P<which>this|next|following|coming) )?week(?P<after> after next)?\b",
            _week,
        ),
        (rf"\b{PART}(?P<which>this|next|following|coming) month\b", _month_by_distance),
        (
            r"\b(?P<part>early|beginning|start|middle|mid|late|the end|end)(?: of| in)?(?P<which> the) month\b",
            _month_by_distance,
        ),
        (rf"\b(?P<day>{ANY_WEEKDAY})\b[,.]? (?P<number>[1-3]\d)\b{NO_CLOCK}", _weekday_and_day),
        (
            r"\b(?:(?P<which>this|next|last|coming|every|any|each"
            rf"|following) )?(?P<coming>coming )?(?P<day>{ANY_WEEKDAY})"
            r"(?P<many>s)?\b(?:(?<!day)(?<!days)\.)?(?P<after_next> after next)?",
            _weekday,
        ),
        (r"\b(?:the )?day after (?:tomorrow|tmrw)\b", lambda _, today: Days.one(today + timedelta(days=2))),
        # The part of the day is left to the grammar of hours.
        (r"\b(?:(?=tonight\b)|this (?=morning\b|afternoon\b|evening\b))", _today),
        (r"\b(yesterday|today|tomorrow|tmrw|tmr|tomorow|2morrow)(?:'s)?\b", _near),
        (rf"\b(?:the |on )+(\d\d?){ORDINAL}?\b{NO_CLOCK}{NO_PICK}", ordinal_date),
        (rf"\b(\d\d?){ORDINAL}\b{NO_PICK}", ordinal_date),
        (r"\b(weekdays?|week days?|work(?:ing)? ?days?|business days?|weekends)\b", _kind_of_day),
        (r"\b(?:any|every|whichever|whatever|either) ?(?:day|date)\b", _any_day),
    )
)
