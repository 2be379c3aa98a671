"""What an owner types as a time: the examples of the page and of docs/scheduling.md, and what people write besides."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from meetings.planning.typed import read

#: A Wednesday.
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "day", "at", "minutes"),
    [
        ("tue 3pm", date(2026, 12, 1), time(15), None),
        ("in two weeks 10-11", date(2026, 12, 9), time(10), 60),
        ("tomorrow 9:30 for 45 min", date(2026, 11, 26), time(9, 30), 45),
        ("Friday at 16:00", date(2026, 11, 27), time(16), None),
        ("14:00", date(2026, 11, 25), time(14), None),
        ("9am", date(2026, 11, 26), time(9), None),
        ("today 16h", date(2026, 11, 25), time(16), None),
        ("in 2 hours", date(2026, 11, 25), time(12), None),
        ("next tuesday at 14:00 for an hour", date(2026, 12, 1), time(14), 60),
        ("2 Dec 14:00", date(2026, 12, 2), time(14), None),
        ("2.12. 14:00", date(2026, 12, 2), time(14), None),
        ("2026-12-24 10:00", date(2026, 12, 24), time(10), None),
        ("tue 15-16", date(2026, 12, 1), time(15), 60),
        ("tue 2-3", date(2026, 12, 1), time(14), 60),
        ("mon 10 - 11:30", date(2026, 11, 30), time(10), 90),
        ("2pm-3pm friday", date(2026, 11, 27), time(14), 60),
        ("tomorrow from 9 to 10", date(2026, 11, 26), time(9), 60),
        ("half past nine on friday", date(2026, 11, 27), time(9, 30), None),
        ("thu noon", date(2026, 11, 26), time(12), None),
        ("in three days at 16:30", date(2026, 11, 28), time(16, 30), None),
        ("day after tomorrow 11am", date(2026, 11, 27), time(11), None),
    ],
)
def test_a_time_is_read(text: str, day: date, at: time, minutes: int | None) -> None:
    said = read(text, NOW)

    assert (said.day, said.at, said.minutes, said.question) == (day, at, minutes, "")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("next week 10:00", "Which day?"),
        ("every monday 10", "Which day?"),
        ("tue or wed 10", "more than one time"),
        ("tue 3pm or wed 4pm", "more than one time"),
        ("tuesday the 3rd 9am", "Do you mean Tue 1 Dec 2026 or Thu 3 Dec 2026?"),
        ("tue 3pm their time", "“their, time” was not understood"),
        ("tue 3pm EST", "“est” was not understood"),
        ("tomorrow 25:00", "“25:00” was not understood"),
        ("not monday 10", "was not understood"),
        ("<script>", "was not understood"),
        ("\0\u202e", "was not understood"),
        ("x" * 500, "was not understood"),
    ],
)
def test_what_is_no_time_is_asked_about(text: str, question: str) -> None:
    said = read(text, NOW)

    assert question in said.question
    assert said.day is None


@pytest.mark.parametrize("text", ["friday", "friday afternoon", "friday after 3"])
def test_a_day_alone_is_kept_and_its_time_asked_for(text: str) -> None:
    said = read(text, NOW)

    assert (said.day, said.at, said.question) == (date(2026, 11, 27), None, "At what time on Fri 27 Nov 2026?")
