"""Every word that carries meaning is used or asked about, also where two things are said in one message."""

import calendar
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetings.bot.understanding.cleaning import clean
from meetings.bot.understanding.intents import Act, Understood
from meetings.bot.understanding.reading import understand
from meetings.bot.understanding.wanted_times import Hours
from tests.meetings.bot.phrase_judge import rows
from tests.meetings.bot.understanding.test_understanding import NOW, SCENES

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})s?\b", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]+")
#: What is said so takes back what was said before it, or is said of somebody else.
TAKEN_BACK = re.compile(r"\b(?:sorry|i mean|no|actually|make that|rather|says|said|if)\b", re.IGNORECASE)
#: In these the owner reads all of it, or nothing is read at all.
READ_BY_OTHERS = {Act.HUMAN, Act.FOREIGN, Act.RESTART}
PHRASES = sorted({row["said"] for row in rows("phrases") if row["after"] in {"start", "offered"}})
#: In these a weekday is none: in small talk, and in a club's name.
NO_DAYS = {row["said"] for row in rows("phrases") if row["category"] == "small_talk" or "Monday Club" in row["said"]}
WITH_DAYS = [said for said in PHRASES if said not in NO_DAYS]


def is_used(weekday: int, said: Understood) -> bool:
    """Whether that day is wished for, or refused, somewhere in the wish."""
    windows = said.wish.windows if said.wish else ()
    for window in (*windows, *(no for one in windows for no in one.unwanted)):
        days = window.days
        if days is None:
            continue
        reached = {(days.first.weekday() + step) % 7 for step in range(min((days.last - days.first).days + 1, 7))}
        if weekday in reached or weekday not in days.weekdays:
            return True
        # "After friday", "before friday": the day is the border.
        if weekday in {(days.first.weekday() - 1) % 7, (days.last.weekday() + 1) % 7}:
            return True
    return weekday in {day.weekday() for day in said.unclear_days}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(PHRASES), st.sampled_from(PHRASES))
def test_of_two_phrases_no_address_is_lost(one: str, other: str) -> None:
    text = f"{one}. {other}"
    said = understand(clean(text), SCENES[""])
    asked = " ".join(said.unclaimed)
    for address in ADDRESS.findall(clean(text).read):
        assert address in {said.email, *said.unclaimed} or address.lower() in asked or said.act in READ_BY_OTHERS, text


# The same pairs each time: what is red by chance is red for somebody else.
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(WITH_DAYS), st.sampled_from(WITH_DAYS))
def test_of_two_phrases_no_weekday_is_lost(one: str, other: str) -> None:
    text = f"{one}. {other}"
    said = understand(clean(text), SCENES[""])
    if said.act in READ_BY_OTHERS or said.topic is not None or said.name or said.note or TAKEN_BACK.search(text):
        return
    asked = " ".join(said.unclaimed)
    for name in WEEKDAY.findall(clean(text).folded):
        assert name in asked or is_used(WEEKDAYS.index(name), said), f"{text!r}: {name} is neither used nor asked about"


# --- Times of day, dates, durations, parts of the day, zones --------------------------------------------------------

CLOCK = re.compile(r"(?<![\w.:/-])(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d)(?![\w:])| ?(?P<half>[ap])\.?m\b)")
DURATION = re.compile(r"(?<![\w.:/-])(\d+)[ -]?(?:minutes?|mins?)\b")
MONTHS = tuple(month.lower() for month in calendar.month_name[1:])
DATE = re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{'|'.join(MONTHS)})\b")
#: From which minute of the day to which: wide, so that "at 11" in the morning fits.
PARTS = {"morning": (0, 720), "afternoon": (720, 1080), "evening": (1020, 1440)}
PART = re.compile(rf"(?<!good )\b({'|'.join(PARTS)})s?\b")
ZONE = re.compile(
    r"(?<!from )\b(?:utc|gmt|c?est|cet|edt|p[sd]t|berlin|london|new york|tokyo|sydney|auckland|chicago)\b"
)
#: "1 pm is too late. At 11": the bound is kept by what lies within it. A list of refused times is a known limit.
HELD_WITHIN = re.compile(r"too (?:late|early)|not \d+(?::\d\d)?, not \d", re.IGNORECASE)


def hours_in(said: Understood) -> list[Hours]:
    """Of all that is wished for or refused, and of "in two hours"."""
    windows = said.wish.windows if said.wish else ()
    both = [*windows, *(no for one in windows for no in one.unwanted)]
    moments = [one.since for one in both if one.since is not None]
    at = [Hours.at(moment.hour * 60 + moment.minute) for moment in moments]
    return [*at, *(one.hours for one in both if one.hours is not None)]


def minutes_of(clock: re.Match[str]) -> set[int]:
    """Every minute of the day that it may mean."""
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    if clock["half"] and hour <= 12:
        return {(hour % 12 + (12 if clock["half"] == "p" else 0)) * 60 + minute}
    return {hour * 60 + minute, (hour % 12) * 60 + minute, (hour % 12 + 12) * 60 + minute}


def has_part(hours: list[Hours], begin: int, end: int) -> bool:
    for one in hours:
        if one.near is not None and begin <= one.near < end:
            return True
        if one.near is None and not one.is_any and one.since < end and one.until > begin:
            return True
    return False


def days_in(said: Understood) -> set[tuple[int, int]]:
    """(Month, day) of each day that is wished for, refused, asked about, or next to such a one ("after the 3rd")."""
    windows = said.wish.windows if said.wish else ()
    spans = [one.days for one in (*windows, *(no for one in windows for no in one.unwanted)) if one.days is not None]
    edges = [edge for days in spans for edge in (days.first, days.last)]
    near = [edge + timedelta(days=step) for edge in edges for step in (-1, 0, 1)]
    return {(day.month, day.day) for day in (*near, *said.unclear_days)}


def passed_over(text: str, said: Understood) -> list[str]:
    """What of the text was neither used nor is asked about."""
    asked, hours, lost = " ".join(said.unclaimed), hours_in(said), []
    times = {minute for one in hours for minute in (one.since, one.until, one.near)}
    lost += [one[0] for one in CLOCK.finditer(text) if int(one["hour"]) < 24 and not minutes_of(one) & times]
    lost += [one[0] for one in DURATION.finditer(text) if said.minutes != int(one[1])]
    for one in DATE.finditer(text):
        if (MONTHS.index(one["month"]) + 1, int(one["day"])) not in days_in(said):
            lost.append(one[0])
    lost += [one[0] for one in PART.finditer(text) if not has_part(hours, *PARTS[one[1]])]
    lost += [one[0] for one in ZONE.finditer(text) if not (said.has_zone or said.name)]
    return [one for one in lost if one.strip() not in asked]


# The same pairs each time: what is red by chance is red for somebody else.
@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(WITH_DAYS), st.sampled_from(WITH_DAYS))
def test_of_two_phrases_no_time_date_length_part_of_day_or_zone_is_lost(one: str, other: str) -> None:
    text = clean(f"{one}. {other}")
    said = understand(text, SCENES[""])
    if said.act in READ_BY_OTHERS or said.topic is not None or said.note:
        return
    if TAKEN_BACK.search(text.read) or HELD_WITHIN.search(text.read):
        return
    assert not passed_over(text.folded, said), f"{one}. {other}"


@pytest.mark.parametrize(
    ("said", "windows"),
    [
        ("sat 10am. past four on wed", ["sat 10:00", "wed 16:00-24:00"]),
        ("tomorrow at 5. after 4 on wednesday", ["tue 17:00", "wed 16:00-24:00"]),
        ("tomorrow 9pm. before 11 on friday", ["tue 21:00", "fri 00:00-11:00"]),
        ("tomorrow after 1 pm, not before 2", ["tue 14:00-24:00"]),
        ("thursday after 1 pm, not before 10", ["thu 13:00-24:00"]),
        ("tuesday evening after 8", ["tue 20:00-22:00"]),
        ("at 7 in the evening on thursday", ["thu 19:00"]),
    ],
)
def test_a_time_is_not_bent_by_another_sentence(said: str, windows: list[str]) -> None:
    wish = understand(clean(said), SCENES[""]).wish
    assert wish is not None
    assert [f"{one.days.first:%a} {written(one.hours)}".lower() for one in wish.windows if one.days] == windows


@pytest.mark.parametrize(
    "said", ["next week except wednesday", "next week without wednesday", "next week, never wednesday"]
)
def test_a_week_stays_the_week_where_a_day_of_it_is_left_out(said: str) -> None:
    """Said on a Friday, when the coming Wednesday is next week's."""
    friday = replace(SCENES[""], now=NOW + timedelta(days=4))
    wish = understand(clean(said), friday).wish
    assert wish is not None
    assert [(one.days.first, one.days.last) for one in wish.windows if one.days] == [
        (date(2026, 3, 9), date(2026, 3, 15))
    ]
    assert all(one.days and 2 not in one.days.weekdays for one in wish.windows)


def written(hours: Hours | None) -> str:
    assert hours is not None
    if hours.near is not None:
        return f"{hours.near // 60:02}:{hours.near % 60:02}"
    return f"{hours.since // 60:02}:{hours.since % 60:02}-{hours.until // 60:02}:{hours.until % 60:02}"
