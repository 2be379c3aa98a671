"""Whatever a client writes, in whatever order: nothing is booked, moved or cancelled without a read-back and a yes.

What is a yes stands in AGREEMENTS, written by hand, and in no function of the bot.
"""

from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetings.bot.models import Message
from meetings.bot.understanding.agreement import is_agreement
from meetings.bot.understanding.intents import Act
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.bot.talking import NOW, Talk
from tests.meetings.bot.understanding.phrases import PHRASES

USEFUL = [
    "tomorrow at 11", "the first one", "my name is Yuki", "yuki@client.example", "yes", "Yes, book it", "ok", "no",
    "Yes, cancel it", "Yes, move it", "cancel", "move it to friday at 9", "friday", "other times", "at 2pm", "2",
    "book another meeting", "my time zone is Tokyo", "start over", "👍", "No, keep it", "thanks", "cancel it",
    "the meeting is fine", "I'm good thanks", "that works", "change the time please", "it works", "sounds good",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(USEFUL), st.sampled_from(USEFUL), st.sampled_from([one.text for one in PHRASES]))
#: How a read-back ends, and what it asks for.
READ_BACKS = {"Shall I book it?": "book", "Shall I move it?": "move", "Shall I cancel your meeting on": "cancel"}
#: Of all the texts above, those that agree, and to what.
AGREEMENTS = {
    "yes": "book move cancel", "Yes, book it": "book", "ok": "book move cancel", "Yes, cancel it": "cancel",
    "Yes, move it": "move", "👍": "book move cancel", "cancel": "cancel", "cancel it": "cancel",
    "that works": "book move",
    "sounds good": "book move", "Yes, book it!": "book", "ok thanks": "book move cancel",
    "that's right, thank you": "book move cancel", "yes, cancel it": "cancel", "yes move it": "move",
    "please cancel my meeting": "cancel", "call it off": "cancel", "book a meeting": "book",
}  # fmt: skip
ACTS = {"book": Act.MEET, "move": Act.MOVE, "cancel": Act.CANCEL}

NO_AGREEMENT = {
    "cancel": """
        the meeting is fine|the time is good|the meeting time works|it works|it's fine|it's all good|that's ok|i'm good
        i'm good thanks|i'm happy with the meeting, it's great|cancel the cancel|ok the meeting is fine|sounds good
        yes it works|perfect|great|yes, book it|yes, move it|right...|is it cancelled|fine""",
    "book": """
        i'm good thanks|i'm good|it's ok thanks|ok for you|so is that ok for you|i do it|right...|yes...|yes?
        the meeting is fine|ok if it is on zoom|yes, cancel it|yes but at 4|no|thanks|is the meeting time ok for you""",
    "move": "change the time please|change it please|change the time|i'm good|yes, book it|yes, cancel it|yes but"
    " friday",
}


def meetings() -> set[tuple[Any, ...]]:
    return set(Meeting.objects.values_list("pk", "starts_at", "cancelled_at"))


def read_back_in(message: Message | None) -> str | None:
    text = message.text if message else ""
    return next((deed for words, deed in READ_BACKS.items() if words in text), None)


def cases() -> list[tuple[str, str]]:
    return [
        (deed, text.strip())
        for deed, lines in NO_AGREEMENT.items()
        for line in lines.splitlines()
        for text in line.split("|")
        if text.strip()
    ]


@pytest.mark.parametrize(("deed", "text"), cases())
def test_praise_questions_and_conditions_agree_to_nothing(deed: str, text: str) -> None:
    assert not is_agreement(text, ACTS[deed])


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
                assert asked in AGREEMENTS.get(text, "").split(), f"{text!r} is no agreement to {asked}"
