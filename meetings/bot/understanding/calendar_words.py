"""Weekdays and months as people type them, and the arithmetic on dates that the grammar of days needs."""

from collections.abc import Callable
from datetime import date, timedelta

WEEKDAYS = {
    "monday": 0, "mon": 0, "tuesday": 1, "tues": 1, "tue": 1, "wednesday": 2, "weds": 2, "wed": 2, "thursday": 3,
    "thurs": 3, "thur": 3, "thu": 3, "friday": 4, "fri": 4, "saturday": 5, "sat": 5, "sunday": 6, "sun": 6,
}  # fmt: skip
MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6,
    "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9, "october": 10,
    "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip

#: For patterns: the names, either one.
ANY_WEEKDAY = "|".join(WEEKDAYS)
ANY_MONTH = "|".join(MONTHS)

#: What people mistype most; only words of six letters or more are looked at.
OFTEN_MISTYPED = (
    *(name for name in WEEKDAYS if len(name) > 5),
    "tomorrow", "morning", "afternoon", "evening", "september", "october", "november", "december", "january",
    "february", "earlier", "second", "cancel", "meeting", "reschedule", "timezone",
)  # fmt: skip

MISTYPED = {
    "wendsday": "wednesday", "wensday": "wednesday", "wednsday": "wednesday", "thrusday": "thursday",
    "tomoz": "tomorrow", "2moro": "tomorrow", "2mrw": "tomorrow", "tmw": "tomorrow", "2day": "today",
    "2nite": "tonight",
    "teh": "the", "cancle": "cancel", "bokk": "book", "yws": "yes", "thrid": "third", "wk": "week", "wks": "weeks",
    "nxt": "next", "wknd": "weekend", "betwen": "between", "btwn": "between", "btw": "between", "morn": "morning",
    "xmas": "christmas", "overmorrow": "day after tomorrow", "forenoon": "morning", "pls": "please", "plz": "please",
    "hav": "have", "coud": "could", "wud": "would", "thx": "thanks", "fortnights": "fortnight", "mtg": "meeting",
    "tomoro": "tomorrow", "tommorow": "tomorrow", "tomorow": "tomorrow", "resched": "reschedule",
}  # fmt: skip


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def next_weekday(after: date, weekday: int) -> date:
    """The first such weekday after that day, never the day itself."""
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def coming_weekday(today: date, weekday: int) -> date:
    """The first such weekday from that day on: on a Thursday "thursday" is today."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_date(today: date, month: int, day: int) -> date | None:
    """This day of this month in this year, or in a coming one (29 February may take eight years)."""
    return _first(lambda step: make_date(today.year + step, month, day), range(9), today)


def next_day_of_month(today: date, day: int) -> date | None:
    return _first(lambda step: make_date(*_month(today, step), day), range(12), today)


def _month(today: date, step: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 + step
    return months // 12, months % 12 + 1


def first_of_month(today: date, step: int) -> date:
    """The first day of the month that comes `step` months after today's."""
    return date(*_month(today, step), 1)


def month_end(day: date) -> date:
    return first_of_month(day, 1) - timedelta(days=1)


def _first(candidate: Callable[[int], date | None], steps: range, today: date) -> date | None:
    found = (candidate(step) for step in steps)
    return next((day for day in found if day is not None and day >= today), None)
