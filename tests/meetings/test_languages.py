"""Clients read their own language and are mailed in it; owners read what happened in theirs."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from integrations import diary, grants
from integrations.models import Connection
from meetings.invitations import inviting
from meetings.links import making
from meetings.models import Invitation, Meeting
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable
from tests.meetings.bot.talking import Talk
from tests.meetings.page_cast import connect_zoom, contact_of, meeting_of, ready_meeting

pytestmark = pytest.mark.django_db

PAGE, DETAILS, AT = "/book/alice-archer/", "/book/alice-archer/details/", "2026-11-25T08:00Z"
GERMAN, SPANISH = {"Accept-Language": "de-AT,de;q=0.9"}, {"Accept-Language": "es-MX"}


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def page_on(alice: Owner) -> None:
    bookable(alice)


def words(response: Any) -> str:
    return str(response.content.decode())


def book(client: Client, headers: dict[str, str], **changes: str) -> Invitation:
    html = words(client.get(DETAILS, {"at": AT}, headers=headers))
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    data = {**hidden, "website": "", "name": "Yuki Tanaka", "email": "yuki@client.example", "note": "", **changes}
    assert client.post(DETAILS, data, headers=headers).status_code == 302
    return Invitation.objects.select_related("meeting__owner", "contact").latest("created_at")


def mailed(invitation: Invitation) -> Any:
    """The mail that goes to the client now."""
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        inviting.work(invitation.pk)
    return mail.outbox[-1]


def switch(client: Client, language: str, back: str = PAGE) -> Any:
    return client.post("/language/", {"language": language, "next": back})


# --- Pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "language", "title"),
    [
        ({}, "en", "Book a meeting with Alice Archer"),
        (GERMAN, "de", "Termin mit Alice Archer buchen"),
        (SPANISH, "es", "Reserva una reunión con Alice Archer"),
        ({"Accept-Language": "tlh"}, "en", "Book a meeting with Alice Archer"),
    ],
)
def test_a_page_is_in_the_browsers_language(client: Client, headers: dict[str, str], language: str, title: str) -> None:
    response = client.get(PAGE, headers=headers)
    assert f'<html lang="{language}" dir="ltr">' in words(response)
    assert title in words(response)
    assert response["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_the_switch_counts_more_than_the_browser_and_leads_back(client: Client) -> None:
    html = words(client.get(f"{PAGE}?zone=Europe/Madrid"))
    assert '<input type="hidden" name="next" value="/book/alice-archer/?zone=Europe/Madrid">' in html
    answer = switch(client, "de", f"{PAGE}?zone=Europe/Madrid")
    assert answer["Location"] == f"{PAGE}?zone=Europe/Madrid"
    html = words(client.get(PAGE, headers=SPANISH))
    assert "Termin mit Alice Archer buchen" in html
    assert 'value="de" lang="de" aria-current="true">Deutsch<' in html
    assert ">English<" in html, "each by its own name"


@pytest.mark.parametrize("language", ["xx", "", "de\r\nX: y", "../de", "d" * 5000])
def test_a_language_that_is_not_there_changes_nothing(client: Client, language: str) -> None:
    assert switch(client, language).status_code == 302
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "klingon"
    assert '<html lang="en"' in words(client.get(PAGE))


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_switch_leads_nowhere_else(client: Client, back: str) -> None:
    assert switch(client, "de", back)["Location"] == "/"


def test_an_owner_reads_their_own_language_and_no_switch(alice_client: Client, alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(language="de")
    response = alice_client.get("/contacts/", headers=SPANISH)
    assert '<html lang="de" dir="ltr">' in words(response)
    assert "Die Menschen, die Sie treffen." in words(response)
    assert response["Content-Language"] == "de"
    assert "languages__one" not in words(alice_client.get(PAGE))


@pytest.mark.parametrize("code", ["xx", "../x", "\x7f"])
def test_an_owners_language_that_is_gone_is_english(alice_client: Client, alice: Owner, code: str) -> None:
    Owner.objects.filter(pk=alice.pk).update(language=code)
    response = alice_client.get("/contacts/")
    assert '<html lang="en" dir="ltr">' in words(response)
    with translation.override(code):
        assert translation.gettext("Contacts") == "Contacts"


def test_weeks_begin_as_the_reader_expects(client: Client) -> None:
    def first_day(language: str) -> str:
        return re.findall(r'<abbr title="(\w+)"', words(client.get(PAGE, headers={"Accept-Language": language})))[0]

    assert [first_day(one) for one in ("en", "en-GB", "en-US", "de-DE", "pt-BR")] == [
        *("Monday", "Monday", "Sunday", "Montag", "Sunday")
    ]


def test_the_bot_says_in_the_readers_language_that_it_understands_english(client: Client, alice: Owner) -> None:
    html = words(client.get(f"{PAGE}chat/", headers=GERMAN))
    assert "Der Bot versteht nur Englisch. Der Kalender spricht Ihre Sprache." in html
    assert 'lang="en">Hello! I am the bot that keeps Alice Archer’s calendar.' in html.replace("&#x27;", "’")
    assert "understands English only" not in words(client.get(f"{PAGE}chat/"))


def test_what_the_bot_says_is_english_wherever_it_is_asked(alice: Owner) -> None:
    with translation.override("de"):
        talk = Talk(alice)
        assert "When would you like to meet?" in talk.say("hello")


# --- Mails --------------------------------------------------------------------------------------------------------


def test_whoever_books_is_mailed_in_the_language_they_booked_in(client: Client, alice: Owner) -> None:
    invitation = book(client, GERMAN)
    assert (invitation.language, invitation.contact.language) == ("de", "de")
    message = mailed(invitation)
    assert message.subject == "Gebucht: Termin mit Alice Archer, Mi, 25. Nov. 2026, 09:00"
    assert "Ihr Termin mit Alice Archer ist gebucht." in message.body
    told = Mail.objects.get(to=alice.email)
    assert told.subject == "Yuki Tanaka booked Wed 25 Nov, 09:00"


def test_what_is_written_down_of_a_booking_is_in_the_owners_language(client: Client, alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(language="es")
    invitation = book(client, GERMAN)
    assert invitation.meeting.title == "Yuki Tanaka y Alice Archer"
    client.post(f"/m/{invitation.token}/cancel/", {"reason": "Krank"}, headers=GERMAN)
    said = list(invitation.meeting.events.order_by("pk").values_list("text", flat=True))
    assert said[0] == "Programada."
    assert "Cancelada por el cliente: «Krank»" in said


def test_a_stranger_changes_no_contacts_language(client: Client, alice: Owner) -> None:
    contact = contact_of(alice, "Yuki Tanaka")
    assert book(client, GERMAN).language == "de"
    contact.refresh_from_db()
    assert contact.language == ""


def test_a_client_whom_the_owner_invites_is_mailed_as_they_chose_last(client: Client, alice: Owner) -> None:
    first = inviting.invite(meeting_of(alice, provider=""))
    assert "Alice Archer invites you to a meeting." in mailed(first).body
    switch(client, "es")
    assert "Reunión con" in words(client.get(f"/m/{first.token}/"))
    assert Contact.objects.get(pk=first.contact_id).language == "es"
    second = inviting.invite(meeting_of(alice, provider="", hours=48, title="Plan"))
    assert mailed(second).subject.startswith("Invitación: Plan, jue, 26 nov 2026")
    Owner.objects.filter(pk=alice.pk).update(language="de")
    assert "te invita a una reunión." in mail.outbox[-1].body


def test_a_look_at_a_page_writes_nothing_where_nobody_chose(client: Client, alice: Owner) -> None:
    invitation = inviting.invite(meeting_of(alice, provider=""))
    client.get(f"/m/{invitation.token}/", headers=GERMAN)
    invitation.refresh_from_db()
    assert invitation.language == ""


def test_a_client_of_no_known_language_is_mailed_in_the_owners(alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(language="de")
    assert "lädt Sie zu einem Termin ein." in mailed(inviting.invite(meeting_of(alice, provider=""))).body


# --- What workers write down --------------------------------------------------------------------------------------


def test_a_workers_line_in_the_history_is_in_the_owners_language(alice: Owner) -> None:
    Owner.objects.filter(pk=alice.pk).update(language="de")
    meeting = meeting_of(alice, job={"due_at": NOW})
    making.work(meeting.pk)
    assert [event.text for event in meeting.events.all()][:1] == ["Wartet darauf, dass Zoom wieder verbunden wird."]
    invitation = inviting.invite(meeting_of(alice, provider="", title="Plan"))
    mailed(invitation)
    assert f"Die Einladung wurde an {invitation.email} gesendet." in [
        event.text for event in invitation.meeting.events.all()
    ]


def test_each_owner_of_an_account_reads_their_language(alice: Owner, bob: Owner) -> None:
    account = connect_zoom(alice).account
    Connection.objects.create(owner=bob, provider="zoom", account=account)
    Owner.objects.filter(pk=bob.pk).update(language="de")
    assert account is not None
    grants.remove(account)
    assert diary.latest(alice, "zoom")[0].text.startswith("O-Key was removed in Zoom.")
    assert diary.latest(bob, "zoom")[0].text.startswith("O-Key wurde in Zoom entfernt.")


def test_administrators_are_mailed_in_english() -> None:
    with translation.override("de"):
        diary.tell_administrators("zoom", "invalid_client")
    assert Mail.objects.get().subject == "O-Key: Zoom is not set up correctly"


def test_a_page_costs_no_more_queries_in_another_language(
    client: Client, alice: Owner, django_assert_num_queries: Any
) -> None:
    meeting: Meeting = ready_meeting(alice, connect_zoom(alice))
    address = f"/m/{inviting.invite(meeting).token}/"
    client.get(address)
    with CaptureQueriesContext(connection) as english:
        client.get(address)
    with django_assert_num_queries(len(english)):
        client.get(address, headers=GERMAN)
