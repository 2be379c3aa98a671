"""What the client corrects in time: the zone of an hour that was agreed on in words, and their address."""

import pytest
from django.test import Client

from meetings.bot.models import Conversation
from meetings.models import Invitation, Meeting
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

WRONG, RIGHT = "yuki@client.example", "yuki.tanaka@client.example"


def chosen(talk: Talk) -> str | None:
    talk.conversation.refresh_from_db()
    return talk.conversation.state["chosen"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("button", "moment"), [(0, "2026-03-03T15:00:00+00:00"), (1, "2026-03-03T14:00:00+00:00")])
def test_a_zone_that_comes_late_asks_which_time_was_meant(talk: Talk, button: int, moment: str) -> None:
    talk.say("tomorrow at 3pm")
    answer = talk.hear("I am in London")
    assert "Do you mean Tue 3 Mar, 15:00 in Europe/London or Tue 3 Mar, 15:00 in Europe/Berlin?" in answer.text
    assert chosen(talk) is None, "nothing is taken before the client has said which"
    label = answer.buttons[button]
    assert "What is your name?" in talk.say("", choice=answer.values[label], seen=answer.pk)
    assert chosen(talk) == moment


def test_a_zone_with_the_same_hour_asks_nothing(talk: Talk) -> None:
    talk.say("tomorrow at 3pm")
    assert "Do you mean" not in talk.say("I live in Madrid")
    assert chosen(talk) == "2026-03-03T14:00:00+00:00"


def test_a_time_from_a_button_stays_that_moment_in_any_zone(talk: Talk) -> None:
    offer = talk.hear("tomorrow afternoon")
    talk.say("", choice=offer.values[offer.buttons[0]], seen=offer.pk)
    before = chosen(talk)
    assert "Do you mean" not in talk.say("I am in London")
    assert chosen(talk) == before


def test_a_wrong_address_is_corrected(talk: Talk, alice: Owner, client: Client) -> None:
    bookable(alice)
    talk.book(email=WRONG)
    old = Invitation.objects.get()
    answer = talk.hear(f"wrong email, it should be {RIGHT}")
    assert f"the invitation goes to {RIGHT} now" in answer.text

    new = Invitation.objects.get()
    assert new.token != old.token
    assert f"/m/{new.token}/" in answer.url
    assert (new.email, new.is_address_confirmed) == (RIGHT, False)
    assert client.get(f"/m/{new.token}/").status_code == 200
    assert client.get(f"/m/{old.token}/").status_code == 404

    conversation = Conversation.objects.get()
    assert conversation.invitation_tokens == [new.token]
    assert conversation.contact == new.contact
    assert "Your meeting is on Tue 3 Mar 2026, 10:00" in talk.say("when is my meeting?")


def test_an_address_beside_a_meeting_is_asked_about_first(talk: Talk) -> None:
    talk.book(email=WRONG)
    assert f"Is {RIGHT} your own address" in talk.say(RIGHT)
    assert Invitation.objects.get().email == WRONG
    talk.say("Yes, it is mine")
    assert Invitation.objects.get().email == RIGHT


@pytest.mark.parametrize("praise", ["the meeting is fine", "the call is good"])
def test_who_praises_the_meeting_that_was_to_be_cancelled_is_told_that_it_stands(talk: Talk, praise: str) -> None:
    talk.book(email=WRONG)
    assert "Shall I cancel your meeting on" in talk.say("cancel it")
    assert talk.say(praise) == "Nothing was changed."
    assert Meeting.objects.get().cancelled_at is None
    assert "Shall I cancel your meeting on" in talk.say("yes cancel it"), "it is asked anew"


def test_what_is_said_before_a_card_is_not_said_again_after_it(talk: Talk) -> None:
    talk.book(email=WRONG)
    talk.say("another meeting please, tomorrow")
    answer = talk.hear("cancel it")
    assert (answer.lead, answer.question.partition(" on ")[0]) == (
        "What we were arranging is not booked.",
        "Shall I cancel your meeting",
    )
