"""Every word that carries meaning is used or asked about, also where two things are said in one message."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from meetings.bot.understanding.cleaning import clean
from meetings.bot.understanding.intents import Act, Understood
from meetings.bot.understanding.reading import understand
from tests.meetings.bot.phrase_judge import rows
from tests.meetings.bot.understanding.test_understanding import SCENES

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
