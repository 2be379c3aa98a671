"""What the bot offers is bound to its very time: a button is never read as a text."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from meetings.bot.models import Message
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

#: In Berlin it is 03:15 on a Thursday: a time of the same day is on offer.
NIGHT = datetime(2026, 11, 26, 2, 15, tzinfo=UTC)


def test_its_own_label_for_today_is_that_time(alice: Owner) -> None:
    with time_machine.travel(NIGHT, tick=False):
        talk = Talk(alice)
        talk.say("The soonest")
        assert talk.buttons[0] == "Thu 26 Nov, 09:00"
        assert talk.say("Thu 26 Nov, 09:00").startswith("Thu 26 Nov, 09:00, Europe/Berlin (GMT+1), is free.")


def test_a_value_counts_whatever_zone_was_told_since(talk: Talk) -> None:
    offer = talk.hear("tomorrow afternoon")
    label = offer.buttons[0]
    talk.say("I live in Tokyo")
    talk.hear("", choice=offer.values[label], seen=offer.pk)
    talk.conversation.refresh_from_db()
    assert (
        talk.conversation.state["chosen"] == "2026-03-03T12:00:00+01:00"
        or "11:00:00+00:00" in talk.conversation.state["chosen"]
    )
    assert talk.conversation.messages.filter(by=Message.By.CLIENT, text=label).exists()


def test_a_time_that_nobody_offered_is_not_taken(talk: Talk) -> None:
    talk.say("tomorrow afternoon")
    answer = talk.hear("", choice="at:2026-03-03T03:00:00+00:00")
    assert "just taken" in answer.text
    assert talk.hear("", choice="at:nonsense").text


def test_the_page_posts_the_value(client: Client, alice: Owner) -> None:
    start = f"/book/{bookable(alice).public_name}/chat/"
    address = str(client.post(start, {"text": "The soonest"})["Location"]).partition("#")[0]
    html = client.get(address).content.decode()
    value = re.search(r'name="choice" value="(at:[^"]+)"', html)
    seen = re.search(r'name="seen" value="(\d+)"', html)
    assert value is not None
    assert seen is not None
    client.post(address, {"choice": value[1], "seen": seen[1]})
    assert "What is your name?" in client.get(address).content.decode()


def test_offers_stay_in_what_was_said(talk: Talk) -> None:
    assert "Tue 3 Mar: 12:00, 12:30, 13:00, 13:30, 14:00" in talk.say("tomorrow afternoon")


def test_a_day_with_another_year_is_that_day(talk: Talk) -> None:
    talk.say("3/12/2027")
    assert talk.say(talk.buttons[1]).startswith("I can book as far as")


def test_a_read_back_is_a_card(talk: Talk) -> None:
    talk.say("tomorrow at 11", "John A. Smith")
    answer = talk.hear("john@client.example")
    card = dict(answer.card)
    assert card["When"] == "Tue 3 Mar 2026, 11:00–11:30"
    assert (card["Name"], card["Invitation to"], card["Length"]) == (
        "John A. Smith",
        "john@client.example",
        "30 minutes",
    )
    assert (answer.lead, answer.question) == ("Please check:", "Shall I book it?")


def test_what_is_said_before_a_card_is_all_of_it_whatever_signs_it_has(talk: Talk) -> None:
    talk.say("tomorrow at 11", "John A. Smith", "john@client.example")
    answer = talk.hear("where do we meet?")
    assert answer.lead == "Where: not by video; Alice Archer tells you where. Please check:"
    assert answer.question == "Shall I book it?"


def test_the_card_of_another_meeting_names_the_one_that_stays(talk: Talk) -> None:
    talk.book()
    talk.say("book another meeting")
    card = dict(talk.hear("friday at 9").card)
    assert card["When"] == "Fri 6 Mar 2026, 09:00–09:30"
    assert card["Stays as it is"].startswith("Tue 3 Mar 2026, 10:00–10:30")
