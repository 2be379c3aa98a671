"""Whatever a client writes, in whatever order: nothing is booked, moved or cancelled without a read-back and a yes."""

from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetings.booking.bot import acts
from meetings.booking.bot.cleaning import clean
from meetings.booking.bot.intents import Act
from meetings.booking.bot.models import Message
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.booking.bot.phrases import PHRASES
from tests.meetings.booking.bot.talking import NOW, Talk

USEFUL = [
    "tomorrow at 11", "the first one", "my name is Yuki", "yuki@client.example", "yes", "Yes, book it", "ok", "no",
    "Yes, cancel it", "Yes, move it", "cancel", "move it to friday at 9", "friday", "other times", "at 2pm", "2",
    "book another meeting", "my time zone is Tokyo", "start over", "👍", "No, keep it", "thanks",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(USEFUL), st.sampled_from(USEFUL), st.sampled_from([one.text for one in PHRASES]))
#: How a read-back ends, and what it asks for.
READ_BACKS = {"Shall I book it?": Act.MEET, "Shall I move it?": Act.MOVE, "Shall I cancel your meeting on": Act.CANCEL}


def meetings() -> set[tuple[Any, ...]]:
    return set(Meeting.objects.values_list("pk", "starts_at", "cancelled_at"))


def read_back_in(message: Message | None) -> Act | None:
    text = message.text if message else ""
    return next((act for words, act in READ_BACKS.items() if words in text), None)


@pytest.mark.django_db(transaction=False)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=3, max_size=12))
def test_every_change_follows_a_read_back_that_the_client_agreed_to(alice: Owner, texts: list[str]) -> None:
    with time_machine.travel(NOW, tick=False):
        Meeting.objects.filter(owner=alice).update(cancelled_at=NOW)
        talk = Talk(alice)
        for text in ["tomorrow at 11, I'm Yuki, yuki@client.example", *texts]:
            last, before = talk.conversation.messages.last(), meetings()
            talk.say(text)
            if meetings() != before:
                asked = read_back_in(last)
                assert asked is not None, f"{text!r} changed a meeting without a read-back"
                assert acts.is_agreement(clean(text).folded.strip(" .!,"), asked)
