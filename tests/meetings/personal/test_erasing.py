"""Erasing a contact: afterwards the person is nowhere, looked for by value in every table."""

import logging
from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.test import Client
from django.utils import timezone

from meetings import diary, endings, scheduling
from meetings.booking.models import UnconfirmedBooking
from meetings.bot.models import Conversation
from meetings.models import CalendarEntry, Invitation, LinkJob, Meeting, Series
from meetings.personal import erasing
from okey.contacts.editing import add_contact, change_contact
from okey.contacts.models import Contact, ContactImport
from okey.lib.claims import Claim
from okey.mails import outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Event, EventType
from tests.dump import everything
from tests.meetings.test_merging import of_a_series, over
from tests.row_locks import meet

NAME, EMAIL, PHONE = "Quilla Zamorin", "quilla@zamorin.example", "+49 30 998877"
VALUES = ("quilla", "zamorin", "998877")


@pytest.fixture
def quilla(alice: Owner) -> Contact:
    """With a trace of her in all that an owner can have."""
    url = "https://hooks.example.com/okey"
    endpoints.add(owner=alice, url=url, events=list(EventType.values), payload="whole")
    quilla = add_contact(owner=alice, name=NAME, email=EMAIL, phone=PHONE, metadata={"crm": "zamorin-7"})
    change_contact(contact=quilla, notes="Zamorin & Sons")
    plan = scheduling.Plan(title=f"Call with {NAME}", starts_at=timezone.now() + timedelta(days=1), minutes=30)
    meeting = scheduling.schedule(owner=alice, contact=quilla, plan=plan, by_mail=True)
    diary.note(meeting.pk, "asked", f"{NAME} asks for another time")
    scheduling.cancel(owner=alice, meeting_id=meeting.pk, word="Sorry, Quilla")
    talk = Conversation.objects.create(owner=alice, state={"name": NAME, "email": EMAIL})
    talk.messages.create(by="client", text=f"I am {NAME}")
    UnconfirmedBooking.objects.create(
        owner=alice, request_key="x", starts_at=timezone.now(), timezone="UTC", name=NAME, email=EMAIL
    )
    ContactImport.objects.create(
        owner=alice, file_name="c.csv", lines=[{"name": NAME, "email": EMAIL}], encoding="utf-8"
    )
    Mail.objects.create(to=EMAIL, subject="Answer", text="Hello", account=str(alice.pk))
    outbox.write_secret(to=alice.email, subject=f"{NAME} has booked", text="See there")
    for row in (quilla, meeting, Invitation.objects.get(meeting=meeting)):
        LogEntry.objects.log_actions(alice.pk, [row], CHANGE, change_message=f"Sent to {EMAIL}", single_object=True)
        LogEntry.objects.update(object_repr=f"Meeting with {NAME}")
    Delivery.objects.update(excerpt=f"cannot read {NAME}")
    return quilla


def settle() -> None:
    """Whatever was on its way has arrived."""
    for model in (Invitation, LinkJob, CalendarEntry):
        model._default_manager.update(due_at=None)


def test_after_it_the_person_is_nowhere(
    alice: Owner, quilla: Contact, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    settle()
    before = everything()
    assert all(value in before for value in VALUES), "the search finds what is there"
    with caplog.at_level(logging.DEBUG):
        page = alice_client.get(f"/contacts/{quilla.pk}/erase/").content.decode()
        assert f"Erase {NAME}?" in page
        response = alice_client.post(f"/contacts/{quilla.pk}/erase/")
    assert response["Location"] == "/contacts/"
    after = everything()
    assert [value for value in VALUES if value in after] == []
    assert [value for value in VALUES if value in caplog.text.casefold()] == []
    told = Event.objects.get()
    assert (told.type, told.data, told.whole) == ("contact.deleted", {"contact_id": str(quilla.pk)}, None)
    assert told.deliveries.count() == 1


def test_others_and_other_owners_things_stay(alice: Owner, bob: Owner, quilla: Contact) -> None:
    settle()
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    bobs = add_contact(owner=bob, name=NAME, email=EMAIL)
    mine = Mail.objects.create(to=ann.email, subject="Hello", text="Hello", account=str(alice.pk))
    bobs_mail = Mail.objects.create(to=EMAIL, subject="Hello", text="Hello", account=str(bob.pk))
    erasing.erase(contact=quilla)
    assert set(Contact.objects.values_list("pk", flat=True)) == {ann.pk, bobs.pk}
    assert set(Mail.objects.values_list("pk", flat=True)) == {mine.pk, bobs_mail.pk}


def test_of_meetings_only_those_are_spoken_that_there_are(alice: Owner, alice_client: Client) -> None:
    stranger = Contact.objects.create(owner=alice, name="Never Met", email="never@example.com")
    assert (
        "meeting"
        not in alice_client.get(f"/contacts/{stranger.pk}/erase/")
        .content.decode()
        .partition("<ul>")[2]
        .partition("</ul>")[0]
    )


def test_whom_one_still_meets_is_not_erased(alice: Owner, alice_client: Client) -> None:
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    plan = scheduling.Plan(title="Call", starts_at=timezone.now() + timedelta(days=1), minutes=30)
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan)
    settle()
    page = alice_client.post(f"/contacts/{ann.pk}/erase/").content.decode()
    assert "Cancel the meetings that are still to come first" in page
    assert Meeting.objects.filter(pk=meeting.pk).exists()


def test_a_cancellation_arrives_first(alice: Owner, quilla: Contact, alice_client: Client) -> None:
    Invitation.objects.update(due_at=timezone.now())
    page = alice_client.post(f"/contacts/{quilla.pk}/erase/").content.decode()
    assert "A cancellation is still on its way" in page
    assert Contact.objects.filter(pk=quilla.pk).exists()


def test_anothers_contact_is_not_found(quilla: Contact, bob_client: Client) -> None:
    assert bob_client.get(f"/contacts/{quilla.pk}/erase/").status_code == 404
    assert bob_client.post(f"/contacts/{quilla.pk}/erase/").status_code == 404
    assert Contact.objects.filter(pk=quilla.pk).exists()


def test_only_mails_about_the_person_go(alice: Owner) -> None:
    """Ann is not Annabel, nor the Ann Lee who is another contact; but wherever a mail means her, it goes."""
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")
    add_contact(owner=alice, name="Ann Lee", email="ann@example.com.br")
    add_contact(owner=alice, name="Annabel", email="joann@example.com")
    folded = "BEGIN:VCALENDAR\r\nDESCRIPTION:Meeting with\\nAn\r\n n\\, at nine\r\n"
    said = {
        "Annabel has booked": ("Annabel", ""),
        "Ann Lee has booked": ("Ann\nLee, ann@example.com.br", ""),
        "A meeting with Joann": ("joann@example.com, not-ann@example.com", ""),
        "her name": ("ANN has booked.", ""),
        "her name behind another's": ("Ann Lee and Ann", ""),
        "her address": ("Write to Ann@Example.com.", ""),
        "her name in a calendar": ("See there", folded),
    }
    for subject, (text, calendar) in said.items():
        Mail.objects.create(to=alice.email, subject=subject, text=text, calendar=calendar)
    for line in ({"name": "Annabel", "email": "joann@example.com"}, {"name": "ann", "email": "new@example.com"}):
        ContactImport.objects.create(owner=alice, file_name=line["name"], lines=[line], encoding="utf-8")

    erasing.erase(contact=ann)

    left = Mail.objects.filter(to=alice.email).values_list("subject", flat=True)
    assert set(left) == {"Annabel has booked", "Ann Lee has booked", "A meeting with Joann"}
    assert [one.file_name for one in ContactImport.objects.all()] == ["Annabel"]


def test_a_name_that_breaks_over_lines_is_found(alice: Owner, quilla: Contact) -> None:
    settle()
    mail = Mail.objects.create(to=alice.email, subject="Hello", text="Call with Quilla\nZamorin")
    erasing.erase(contact=quilla)
    assert not Mail.objects.filter(pk=mail.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_a_turn_of_the_bot_meanwhile_is_waited_for(alice: Owner, quilla: Contact) -> None:
    settle()
    talk = Conversation.objects.get()

    @transaction.atomic
    def turn() -> str:
        list(Conversation.objects.select_for_update(no_key=True).filter(pk=talk.pk))
        return Owner.objects.locked(alice.pk).name

    assert meet(erasing, "_forget_in_groups", lambda: erasing.erase(contact=quilla), turn) == [None, alice.name]
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_meeting_that_is_over_meanwhile_is_waited_for(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    claim = over(alice, ann)
    settle()
    told = meet(endings.announcements, "over", lambda: endings.work_on(claim), lambda: erasing.erase(contact=ann))
    assert told == [None, None]
    assert not Meeting.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_mails_of_a_series_meanwhile_waits(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    claim = of_a_series(alice, ann)
    Meeting.objects.update(cancelled_at=timezone.now())
    settle()
    lost = meet(erasing, "_forget_uploads", lambda: erasing.erase(contact=ann), lambda: is_there(claim))
    assert lost == [None, False]


@transaction.atomic
def is_there(claim: Claim[Series]) -> bool:
    """As every worker of a series begins."""
    return Series.objects.select_for_update(no_key=True).filter(pk=claim.pk).exists()
