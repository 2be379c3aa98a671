"""Of several types of meeting the bot asks which, and books that one."""

from typing import Any

import pytest
import time_machine

from meetings.bot.models import Message
from meetings.models import Meeting, MeetingType
from meetings.types import editing, questions
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

PHONE = questions.question(text="Your phone?", kind="phone", is_required=True)
WHO = ("my name is Yuki Tanaka", "yuki@client.example")


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def advice(alice: Owner) -> MeetingType:
    bookable(alice)
    return editing.add(alice, name="Consultation", lengths=[60])


def test_it_lists_them_at_once_and_a_button_says_which(advice: MeetingType, alice: Owner) -> None:
    talk = Talk(alice)
    greeting = talk.conversation.messages.get()
    assert "What would you like to book?\n1. Meeting\n2. Consultation" in greeting.text
    assert talk.buttons[:2] == ["Meeting", "Consultation"]
    said = talk.say("", choice="kind:consultation")
    assert "“Consultation”, gladly." in said
    assert "“Consultation”" in talk.say("tomorrow at 10", *WHO)
    talk.say("yes")
    meeting = Meeting.objects.get()
    assert (meeting.meeting_type, meeting.minutes) == (advice, 60)


def test_a_time_that_is_said_first_is_kept_until_it_is_known_for_what(advice: MeetingType, alice: Owner) -> None:
    talk = Talk(alice)
    assert "What would you like to book?" in talk.say("tomorrow at 10")
    said = talk.say("2")
    assert "10:00" in said
    assert "name" in said
    assert "It is “Consultation”." in talk.say(*WHO)
    talk.say("yes")
    assert Meeting.objects.get().meeting_type == advice


def test_a_name_in_a_sentence_is_the_choice(advice: MeetingType, alice: Owner) -> None:
    talk = Talk(alice)
    talk.say("I would like a consultation tomorrow at 10", *WHO)
    talk.say("yes")
    assert Meeting.objects.get().meeting_type == advice


def test_nothing_is_booked_before_a_type_is_chosen(advice: MeetingType, alice: Owner) -> None:
    talk = Talk(alice)
    said = talk.say("yes", "tomorrow at 10", *WHO, "yes", "yes, book it")
    assert "What would you like to book?" in said
    assert not Meeting.objects.exists()


def test_one_with_questions_is_booked_on_its_page(advice: MeetingType, alice: Owner) -> None:
    editing.change(alice, advice.pk, questions=[PHONE])
    talk = Talk(alice)
    said = talk.hear("consultation")
    assert "asks for some answers" in said.text
    assert said.url.endswith("/book/alice-archer/consultation/")
    talk.say("meeting")
    talk.say("tomorrow at 10", *WHO)
    talk.say("yes")
    assert Meeting.objects.get().type_name == "Meeting"


def test_a_type_that_is_switched_off_while_it_is_read_back_is_not_booked_nor_another(
    advice: MeetingType, alice: Owner
) -> None:
    editing.add(alice, name="Third", lengths=[30])
    talk = Talk(alice)
    talk.say("consultation", "tomorrow at 10", *WHO)
    editing.change(alice, advice.pk, is_on=False)
    said = talk.say("yes")
    assert "What would you like to book?" in said
    assert "Consultation" not in said
    assert not Meeting.objects.exists()


def test_hidden_types_are_not_named(advice: MeetingType, alice: Owner) -> None:
    editing.change(alice, advice.pk, is_hidden=True)
    talk = Talk(alice)
    assert "When would you like to meet?" in talk.conversation.messages.get().text
    talk.say("", choice="kind:consultation")
    talk.book()
    assert Meeting.objects.get().type_name == "Meeting"


def test_another_meeting_is_asked_anew(advice: MeetingType, alice: Owner) -> None:
    talk = Talk(alice)
    talk.say("consultation", "tomorrow at 10", *WHO, "yes")
    assert "What would you like to book?" in talk.say("book another meeting")
    talk.say("meeting")
    talk.say("friday at 10", "yes")
    assert {one.type_name for one in Meeting.objects.all()} == {"Consultation", "Meeting"}
    assert Message.objects.exists()
