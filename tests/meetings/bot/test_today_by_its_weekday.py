"""On a Thursday "thursday" is today, or next week's where today has nothing more to give; and no refusal goes round."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from okey.owners.models import Owner
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

#: Thursday, 20:44 and 10:05 in Berlin.
EVENING = datetime(2026, 11, 26, 19, 44, tzinfo=UTC)
MORNING = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def chosen(talk: Talk) -> str | None:
    talk.conversation.refresh_from_db()
    moment: str | None = talk.conversation.state["chosen"]
    return moment


@pytest.mark.parametrize(
    "text", ["thursday at 14:00", "on thursday at 2pm please", "can we do this thursday at 14:00?"]
)
def test_a_weekday_whose_time_is_over_is_next_weeks(talk: Talk, text: str) -> None:
    assert talk.say(text) == "Thu 3 Dec, 14:00, Europe/Berlin (GMT+1), is free. What is your name?"


def test_so_it_is_when_the_hour_comes_later(talk: Talk) -> None:
    talk.say("thursday or friday", "thursday")
    assert talk.say("at 14:00").startswith("Thu 3 Dec, 14:00")


def test_a_weekday_of_which_nothing_is_left_is_next_weeks(talk: Talk) -> None:
    assert talk.say("thursday").startswith("Nothing is free today any more, so I looked at Thu 3 Dec.")
    assert talk.buttons[0] == "Thu 3 Dec, 09:00"


def test_the_read_back_names_its_date(talk: Talk) -> None:
    talk.say("thursday at 14:00", "Ann Lee")
    assert "on Thu 3 Dec 2026, 14:00–14:30" in talk.say("ann@client.example")


def test_a_weekday_with_time_to_come_is_today(alice: Owner) -> None:
    with time_machine.travel(MORNING, tick=False):
        assert Talk(alice).say("thursday at 15:00").startswith("Thu 26 Nov, 15:00")
        talk = Talk(alice)
        assert talk.say("thursday").startswith("Which of these suits you?")
        assert talk.buttons[0] == "Thu 26 Nov, 14:30"


@pytest.mark.parametrize("text", ["today at 14:00", "thursday 26 november at 14:00", "today, thursday, at 14:00"])
def test_a_day_that_was_named_as_today_is_said_to_have_passed(talk: Talk, text: str) -> None:
    assert talk.say(text).startswith("That time has passed. These are the next ones.")
    assert talk.buttons[0] == "Fri 27 Nov, 09:00"
    assert chosen(talk) is None


def test_the_same_refusal_brings_other_times_and_then_the_owner(talk: Talk) -> None:
    first = talk.say("today at 14:00")
    shown = set(talk.buttons)
    second = talk.say("today at 14:00")
    assert second != first
    assert "ask for you" in second
    assert "Talk to a person" in talk.buttons
    assert not shown & {one for one in talk.buttons if one.startswith(("Thu", "Fri", "Mon"))}
    assert "passed this on to Alice Archer" in talk.say("today at 14:00")
    talk.conversation.refresh_from_db()
    assert talk.conversation.is_waiting


def test_other_times_are_not_called_the_closest(talk: Talk) -> None:
    assert "These come closest." in talk.say("friday evening")
    again = talk.say("friday evening")
    assert "These come closest." not in again
    assert "17:00 in Europe/Berlin. These are others; or I ask for you." in again


def test_another_wish_begins_anew(talk: Talk) -> None:
    talk.say("today at 14:00", "today at 14:00", "friday at 10", "today at 14:00")
    talk.conversation.refresh_from_db()
    assert not talk.conversation.is_waiting


def test_what_is_said_twice_in_a_row_shows_a_way_on(talk: Talk) -> None:
    talk.say("friday at 10", "Ann Lee", "ann@client", "ann@client")
    assert "Talk to a person" in talk.buttons


def test_the_same_question_again_names_the_owner(talk: Talk) -> None:
    talk.say("my time zone is Narnia")
    assert "Talk to a person" not in talk.buttons
    assert talk.say("my time zone is Narnia").startswith("I can only say the same again")
    assert "Talk to a person" in talk.buttons
