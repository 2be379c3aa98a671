"""What owners see of their bot's conversations, and that nobody else does."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetings.bot import escalation
from meetings.bot.models import Conversation
from okey.contacts.editing import add_contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.meetings.bot.talking import Talk
from tests.okey.webhooks.messages import check_as_documented

pytestmark = pytest.mark.django_db


def handed_over(owner: Owner, name: str = "Yuki") -> Conversation:
    talk = Talk(owner)
    talk.say(f"my name is {name}", "can I talk to a human?")
    return talk.conversation


def test_a_conversation_that_was_handed_over_is_on_the_list_until_it_is_done(
    alice: Owner, alice_client: Client
) -> None:
    talk = handed_over(alice)
    for page in ("/conversations/", "/meetings/"):
        assert "Yuki" in alice_client.get(page).content.decode()
    alice_client.post(f"/conversations/{talk.pk}/done/")
    for page in ("/conversations/", "/meetings/"):
        assert "Yuki" not in alice_client.get(page).content.decode()
    assert "Yuki" in alice_client.get("/conversations/?show=all").content.decode()


def test_the_page_shows_all_that_was_said(alice: Owner, alice_client: Client) -> None:
    talk = handed_over(alice)
    html = alice_client.get(f"/conversations/{talk.pk}/").content.decode()
    assert "can I talk to a human?" in html
    assert "This client is waiting for you" in html


def test_an_answer_stands_in_the_conversation_and_marks_it_as_done(alice: Owner, alice_client: Client) -> None:
    talk = handed_over(alice)
    alice_client.post(f"/conversations/{talk.pk}/answer/", {"text": "Call me <b>now</b>"})
    html = alice_client.get(f"/conversations/{talk.pk}/").content.decode()
    assert "Call me &lt;b&gt;now&lt;/b&gt;" in html
    assert "This client is waiting for you" not in html


def test_a_contacts_page_shows_the_talk_that_booked(alice: Owner, alice_client: Client) -> None:
    talk = Talk(alice)
    talk.say("The soonest", "the first one", "Yuki", "yuki@client.example", "yes")
    contact = talk.meetings[0].contact
    html = alice_client.get(contact.get_absolute_url()).content.decode()
    assert "Conversations with your bot" in html
    assert f"/conversations/{talk.conversation.pk}/" in html


def test_the_mail_about_a_hand_over_leads_to_the_conversation(alice: Owner) -> None:
    talk = handed_over(alice)
    assert f"/conversations/{talk.pk}/" in Mail.objects.get(to="alice@example.com").text


def test_charlie_sees_and_changes_nothing(alice: Owner, charlie_client: Client) -> None:
    talk = handed_over(alice)
    assert "Yuki" not in charlie_client.get("/conversations/?show=all").content.decode()
    assert charlie_client.get(f"/conversations/{talk.pk}/").status_code == 404
    assert charlie_client.post(f"/conversations/{talk.pk}/done/").status_code == 404
    assert charlie_client.post(f"/conversations/{talk.pk}/answer/", {"text": "x"}).status_code == 404
    talk.refresh_from_db()
    assert talk.is_waiting


def test_who_is_not_signed_in_is_asked_to(client: Client, alice: Owner) -> None:
    talk = handed_over(alice)
    for page in ("/conversations/", f"/conversations/{talk.pk}/", "/settings/messenger/"):
        assert client.get(page).status_code == 302


@pytest.mark.parametrize("show", ["waiting", "all"])
def test_the_list_costs_the_same_with_one_and_with_fifty(show: str, alice: Owner, alice_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            alice_client.get("/conversations/", {"show": show})
        return len(captured)

    first = handed_over(alice)
    queries()
    one = queries()
    contacts = [
        add_contact(owner=alice, name=f"Ann {number}", email=f"ann{number}@example.com") for number in range(49)
    ]
    Conversation.objects.bulk_create(
        Conversation(owner=alice, contact=contact, state={"name": contact.name}, handed_over_at=first.handed_over_at)
        for contact in contacts
    )
    # A second page takes nothing but the link to it.
    assert queries() == one
    assert len(re.findall("talks__row", alice_client.get("/conversations/?show=all").content.decode())) == 30


def test_owners_webhooks_are_told_once_that_a_conversation_waits(alice: Owner) -> None:
    talk = handed_over(alice)
    escalation.hand_over(Conversation.objects.get(), "asked")
    [event] = Event.objects.filter(type="conversation.waiting")
    assert event.data == {"conversation_id": str(talk.pk), "contact_id": None, "channel": "web", "reason": "asked"}
    check_as_documented()


def test_the_list_shows_what_the_client_said_last(alice: Owner, alice_client: Client) -> None:
    talk = handed_over(alice)
    escalation.answer(talk, "Not this: it is the owner's.")
    html = alice_client.get("/conversations/?show=all").content.decode()
    assert "“can I talk to a human?”" in html
    assert "Not this" not in html


def test_who_gave_an_address_becomes_a_contact_with_one_form(alice: Owner, alice_client: Client) -> None:
    talk = handed_over(alice)
    page = f"/conversations/{talk.pk}/"
    assert "Add contact" not in alice_client.get(page).content.decode()
    talk.refresh_from_db()
    talk.state = {**talk.state, "email": "yuki@client.example"}
    talk.save()
    (address,) = re.findall(r'href="(/contacts/new/[^"]*)"', alice_client.get(page).content.decode())
    form = alice_client.get(unescape(address)).content.decode()
    assert 'value="Yuki"' in form
    assert 'value="yuki@client.example"' in form


def test_whom_the_bot_booked_for_is_met_again_with_one_click(alice: Owner, alice_client: Client) -> None:
    talk = Talk(alice)
    talk.say("The soonest", "the first one", "Yuki", "yuki@client.example", "yes")
    contact = talk.meetings[0].contact
    html = alice_client.get(f"/conversations/{talk.conversation.pk}/").content.decode()
    assert f'href="/meetings/new/?contact={contact.pk}"' in html
    assert "Add contact" not in html


def test_the_clients_words_stand_on_the_owners_left(alice: Owner, alice_client: Client) -> None:
    html = alice_client.get(f"/conversations/{handed_over(alice).pk}/").content.decode()
    assert '<ol class="chat__log chat__log--owner">' in html
