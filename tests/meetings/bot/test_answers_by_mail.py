"""A hand-over goes on by mail: the owner's answer reaches the client, and the client's answer the owner."""

import pytest
from django.core import mail
from django.test import Client

from meetings.bot import escalation
from meetings.bot.models import Conversation
from okey.mails import limits, outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

ADDRESS = "yuki@client.example"


@pytest.fixture
def talk(alice: Owner, clock: object) -> Talk:
    bookable(alice)
    talk = Talk(alice)
    talk.say("Do you teach on site?", "can I talk to a human?", "my name is Yuki", ADDRESS)
    return talk


def answer(talk: Talk, client: Client, text: str = "Yes, I do.") -> Mail | None:
    # The clock stands, so mails are told apart by what was there before.
    before = list(Mail.objects.values_list("pk", flat=True))
    client.post(f"/conversations/{talk.conversation.pk}/answer/", {"text": text})
    found = Mail.objects.filter(to=ADDRESS).exclude(pk__in=before).first()
    if found is not None:
        outbox.send(str(found.pk))
    return found


def test_the_owners_answer_is_mailed_with_the_way_back(talk: Talk, alice_client: Client, client: Client) -> None:
    row = answer(talk, alice_client)
    assert row is not None
    (sent,) = mail.outbox
    conversation = talk.conversation
    assert sent.subject == "Alice Archer has answered you"
    assert "Yes, I do." in sent.body
    address = f"http://testserver.localhost:8000/book/alice-archer/chat/{conversation.token}/"
    assert address in sent.body
    assert client.get(address.removeprefix("http://testserver.localhost:8000")).status_code == 200
    assert "teach on site" not in sent.body, "nobody has confirmed the address"
    assert row.unasked_url in sent.body
    assert sent.message()["List-Unsubscribe"] == f"<{row.unasked_url}>"
    html = alice_client.get(f"/conversations/{conversation.pk}/").content.decode()
    assert f"Mailed to {ADDRESS}." in html


def test_the_owner_is_mailed_when_the_client_answers_back_once(talk: Talk, alice: Owner, alice_client: Client) -> None:
    answer(talk, alice_client)
    talk.say("Great, and on Sundays?", "Hello?")
    mails = Mail.objects.filter(to=alice.email)
    assert mails.count() == 2, "the hand-over, and this"
    [last] = [one for one in mails if "a client has written after you answered" in one.text]
    assert "You: Yes, I do." in last.text
    assert "> Great, and on Sundays?" in last.text
    assert last.reply_to == ADDRESS
    talk.conversation.refresh_from_db()
    assert talk.conversation.is_waiting


@pytest.mark.parametrize("text", ["Yes please", "no", "thanks!"])
def test_what_answers_the_owner_goes_to_the_owner_and_the_bot_adds_nothing(talk: Talk, text: str) -> None:
    escalation.answer(talk.conversation, "Shall I come to your office?")
    assert talk.say(text) == "Alice Archer has your message."
    talk.conversation.refresh_from_db()
    assert talk.conversation.is_waiting
    assert not talk.meetings


def test_a_time_beside_the_owners_answer_is_still_for_the_bot(talk: Talk) -> None:
    escalation.answer(talk.conversation, "Shall I come to your office?")
    assert "Shall I book it?" in talk.say("Book me tomorrow at 10")


def test_answering_twice_with_one_key_is_one_mail(talk: Talk) -> None:
    for _click in range(2):
        escalation.answer(talk.conversation, "Yes", key="same")
    assert Mail.objects.filter(to=ADDRESS).count() == 1


def test_without_an_address_nothing_is_mailed_and_the_owner_reads_so(alice: Owner, alice_client: Client) -> None:
    bookable(alice)
    talk = Talk(alice)
    talk.say("can I talk to a human?")
    html = alice_client.get(f"/conversations/{talk.conversation.pk}/").content.decode()
    assert "They gave no address, so it is not mailed." in html
    escalation.answer(talk.conversation, "Yes")
    assert not Mail.objects.exclude(to=alice.email).exists()


def test_an_answer_that_is_not_mailed_is_said_beside_it(talk: Talk, alice_client: Client) -> None:
    limits.stop(limits.key_of(ADDRESS))
    answer(talk, alice_client)
    assert mail.outbox == []
    html = alice_client.get(f"/conversations/{talk.conversation.pk}/").content.decode()
    assert f"Not mailed to {ADDRESS}." in html
    assert "did not ask for such mails" in html


def test_answers_count_towards_the_six_mails_a_day(talk: Talk, alice_client: Client) -> None:
    for number in range(8):
        answer(talk, alice_client, f"Answer {number}")
    assert len(mail.outbox) == 6


def test_elsewhere_than_on_the_web_there_is_no_page_to_lead_to(talk: Talk, alice_client: Client) -> None:
    Conversation.objects.update(channel=Conversation.Channel.MESSENGER)
    answer(talk, alice_client)
    assert "/chat/" not in mail.outbox[0].body
    assert "Yes, I do." in mail.outbox[0].body


@pytest.mark.parametrize("name", ["www.evil.com", "Visit evil.com"])
def test_the_bot_takes_no_name_with_a_link(alice: Owner, name: str) -> None:
    bookable(alice)
    talk = Talk(alice)
    talk.say("The soonest", "the first one", name)
    assert "evil" not in talk.conversation.client_name.lower()


@pytest.mark.parametrize("address", ["a@localhost", "a@[127.0.0.1]", "a@127.0.0.1"])
def test_the_bot_takes_no_address_that_no_client_has(alice: Owner, address: str) -> None:
    bookable(alice)
    talk = Talk(alice)
    talk.say("The soonest", "the first one", "Yuki", address)
    assert talk.conversation.client_email == ""
