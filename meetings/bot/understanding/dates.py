"""Dates in figures, by the name of their month, by the number of their week: how each is read."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from meetings.bot.understanding.calendar_words import (
    MONTHS,
    WEEKDAYS,
    coming_weekday,
    first_of_month,
    make_date,
    month_end,
    next_date,
    next_day_of_month,
    next_weekday,
)
from meetings.bot.understanding.scanning import number
from meetings.bot.understanding.wanted_times import Days


@dataclass(frozen=True)
class Unclear:
    """One of these days is meant; only the client knows which."""

    candidates: tuple[date, ...]


class Impossible:
    """A date that there is not: nobody else may make another of its words."""


ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth"
)
CARDINAL_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty"
)
#: What day of a month a word says.
DAY_WORDS = (
    {word: place for place, word in enumerate(ORDINAL_WORDS.split(), 1)}
    | {word: place for place, word in enumerate(CARDINAL_WORDS.split(), 2)}
    | {"thirty": 30, "thirtieth": 30}
)


# --- Dates in figures and with a month's name --------------------------------------------------------------


def iso_date(match: re.Match[str], _today: date) -> Days | None:
    return one_day(make_date(int(match[1]), int(match[2]), int(match[3])))


def dotted_date(match: re.Match[str], today: date) -> Days | None:
    """5.12. and 5.12.2026: day first, wherever dots are used."""
    return one_day(dated(today, month=int(match[2]), day=int(match[1]), year=match[3]))


def slashed_date(match: re.Match[str], today: date) -> Days | Unclear | None:
    """5/12 is two days; 25/12 and 12/25 are one."""
    one, other, year = int(match[1]), int(match[2]), match[3]
    both = (dated(today, month=other, day=one, year=year), dated(today, month=one, day=other, year=year))
    days = sorted({day for day in both if day is not None})
    if len(days) == 2 and days[0] < today:  # a year was named, and it has passed
        days = days[1:]
    return Unclear(tuple(days)) if len(days) == 2 else one_day(days[0] if days else None)


def dated(today: date, *, month: int, day: int, year: str | None) -> date | None:
    if not year:
        return next_date(today, month, day)
    return make_date(int(year) + (2000 if len(year) == 2 else 0), month, day)


def named_date(match: re.Match[str], today: date) -> Days | Impossible:
    """A date with the name of its month."""
    day, month = day_number(match["day"]), MONTHS[match["month"]]
    found = make_date(int(match["year"]), month, day) if match["year"] else next_date(today, month, day)
    return Days.one(found) if found else Impossible()


def day_number(words: str) -> int:
    digits = re.match(r"\d+", words)
    return int(digits[0]) if digits else DAY_WORDS[words]


def two_named_dates(match: re.Match[str], today: date) -> Days | None:
    """ "First or second of december", which follow each other"""
    month = MONTHS[match["month"]]
    begins, ends = (next_date(today, month, day_number(match[name])) for name in ("first", "last"))
    return Days(begins, ends) if begins and ends and ends - begins == timedelta(days=1) else None


def nth_weekday(match: re.Match[str], today: date) -> Days | None:
    """ "The first monday in december", "the last friday of the month" """
    weekday, which = WEEKDAYS[match["day"]], match["nth"]
    for step in range(14):
        first = first_of_month(today, step)
        if match["month"] and first.month != MONTHS[match["month"]]:
            continue
        if which == "last":
            day = month_end(first)
            day -= timedelta(days=(day.weekday() - weekday) % 7)
        else:
            day = coming_weekday(first, weekday) + timedelta(weeks=NTH[which])
        if day >= today:
            return Days.one(day)
    return None


NTH = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}


def week_of_month(match: re.Match[str], today: date) -> Days:
    first = first_of_month(today, (MONTHS[match["month"]] - today.month) % 12)
    if match["nth"] == "last":
        return Days(month_end(first) - timedelta(days=6), month_end(first))
    begins = first + timedelta(weeks=NTH[match["nth"]])
    return Days(begins, begins + timedelta(days=6))


def calendar_week(match: re.Match[str], today: date) -> Days | None:
    number_of_week = int(match["week"])
    for year in (today.year, today.year + 1):
        if 1 <= number_of_week <= 52:
            monday = date.fromisocalendar(year, number_of_week, 1)
            if monday + timedelta(days=6) >= today:
                return Days(monday, monday + timedelta(days=6))
    return None


def weekday_from_now(match: re.Match[str], today: date) -> Days:
    """ "Two fridays from now" """
    first = next_weekday(today, WEEKDAYS[match["day"]])
    return Days.one(first + timedelta(weeks=number(match["count"]) - 1))


def span_of_month(match: re.Match[str], today: date) -> Days | None:
    """5-9 december, december 5 to 9"""
    month = MONTHS[match["month"]]
    begins = next_date(today, month, int(match["first"]))
    ends = begins and make_date(begins.year, month, int(match["last"]))
    return Days(begins, ends) if begins and ends and begins <= ends else None


def whole_month(match: re.Match[str], today: date) -> Days:
    month = MONTHS[match["month"]]
    first = first_of_month(today, (month - today.month) % 12)
    return part_of_month(match["part"], first)


def part_of_month(part: str | None, first: date) -> Days:
    last = month_end(first)
    if not part:
        return Days(first, last)
    if part.startswith(("early", "beg", "start", "first")):
        return Days(first, first.replace(day=10))
    if part.startswith("mid"):
        return Days(first.replace(day=11), first.replace(day=20))
    if "end" in part:
        return Days(last - timedelta(days=5), last)
    return Days(first.replace(day=21), last)


def ordinal_date(match: re.Match[str], today: date) -> Days | None:
    return one_day(next_day_of_month(today, int(match[1])))


def one_day(day: date | None) -> Days | None:
    return None if day is None else Days.one(day)
