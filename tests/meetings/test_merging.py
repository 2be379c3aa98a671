"""Two contacts that are one person: afterwards there is one, and nothing is lost."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from meetings import guests, merging, scheduling
from meetings.booking.bookings import book
from meetings.bot.models import Conversation
from meetings.models import Invitation, Meeting
from meetings.personal import erasing
from okey.contacts.api_schemas import ContactFilters
from okey.contacts.editing import AddressTaken, add_contact, change_contact, put_contact
from okey.contacts.importing import verdicts
from okey.contacts.models import Contact, ContactImport, ContactNote, MergedContact
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Endpoint, Event, EventType
from tests.dump import everything
from tests.meetings.booking.cast import NOW, wish
from tests.row_locks import meet


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Lee", email="ann@example.com", tags=["customer", "Berlin"])


@pytest.fixture
def double(alice: Owner) -> Contact:
    """Ann at work, before anybody knew."""
    details: Any = {"phone": "+49 30 1234", "notes": "Likes tea.", "tags": ["Customer", "vip"], "external_id": "c-7"}
    return add_contact(owner=alice, name="A. Lee", email="lee@work.example", **details)


def schedule(owner: Owner, contact: Contact, *, hours: int = 24) -> Meeting:
    starts_at = timezone.now() + timedelta(hours=hours)
    return scheduling.schedule(owner=owner, contact=contact, plan=scheduling.Plan("Call", starts_at, 30))


def merge(gone: Contact, stays: Contact) -> Contact:
    return merging.merge(owner=gone.owner, contact_id=gone.pk, into_id=stays.pk)


def test_all_that_one_had_is_the_others(alice: Owner, ann: Contact, double: Contact) -> None:
    meeting = schedule(alice, double)
    talk = Conversation.objects.create(owner=alice, contact=double)
    note = ContactNote.objects.create(contact=double, text="Met at the fair")

    merge(double, ann)

    now = Contact.objects.get()
    assert (now.pk, now.name, now.email) == (ann.pk, "Ann Lee", "ann@example.com")
    assert Meeting.objects.get().contact == now
    invitation = Invitation.objects.get()
    assert (invitation.contact, invitation.email, invitation.told_revision) == (now, "lee@work.example", None)
    assert Conversation.objects.get(pk=talk.pk).contact == now
    assert ContactNote.objects.get(pk=note.pk).contact == now
    assert now.tag_names == ["Berlin", "customer", "vip"]
    assert Meeting.objects.get().updated_at > meeting.updated_at


def test_everything_that_points_at_a_contact_is_handed_over(ann: Contact, double: Contact) -> None:
    merge(double, ann)
    models = {relation.related_model._meta.label for relation in Contact._meta.related_objects}  # type: ignore[union-attr]
    known = {"booking.Conversation", "contacts.ContactNote", "contacts.MergedContact", "contacts.Tagging"}
    assert models == known | {"meetings.Invitation", "meetings.Meeting"}, "merging hands these over: is that right?"


def test_what_only_the_other_said_is_taken(ann: Contact, double: Contact) -> None:
    now = merge(double, ann)
    assert (now.phone, now.notes, now.external_id) == ("+49 30 1234", "Likes tea.", "c-7")


def test_what_both_said_differently_becomes_a_note(ann: Contact, double: Contact) -> None:
    change_contact(contact=ann, phone="+1 555", notes="Likes coffee.")
    now = merge(double, ann)
    assert (now.phone, now.notes) == ("+1 555", "Likes coffee.")
    texts = set(now.notes_over_time.values_list("text", flat=True))
    assert texts == {"Merged: A. Lee, lee@work.example\nphone: +49 30 1234", "Likes tea."}


def test_what_a_program_kept_is_kept(ann: Contact, double: Contact) -> None:
    Contact.objects.filter(pk=ann.pk).update(external_id="c-1", metadata={"plan": "gold"})
    Contact.objects.filter(pk=double.pk).update(metadata={"plan": "silver"})
    now = merge(double, ann)
    assert (now.external_id, now.metadata) == ("c-1", {"plan": "gold"})
    kept = MergedContact.objects.get()
    assert (kept.pk, kept.external_id, kept.metadata) == (double.pk, "c-7", {"plan": "silver"})


def test_twice_is_once(alice: Owner, ann: Contact, double: Contact) -> None:
    first = merge(double, ann)
    before = everything()
    assert merge(double, ann) == first
    assert everything() == before


def test_one_on_the_list_comes_back_from_the_archive(ann: Contact, double: Contact) -> None:
    Contact.objects.filter(pk=ann.pk).update(archived_at=timezone.now())
    assert not merge(double, ann).is_archived


def test_nobody_merges_with_themselves_or_with_anothers_or_with_who_was_erased(
    bob: Owner, ann: Contact, double: Contact
) -> None:
    bobs = add_contact(owner=bob, name="Ann Lee", email="ann@example.com")
    with pytest.raises(merging.ThemselvesAgain):
        merge(ann, ann)
    for one, other in [(double, bobs), (ann, Contact(pk=uuid4()))]:
        with pytest.raises(Contact.DoesNotExist):
            merging.merge(owner=ann.owner, contact_id=one.pk, into_id=other.pk)
        with pytest.raises(Contact.DoesNotExist):
            merging.merge(owner=ann.owner, contact_id=other.pk, into_id=one.pk)
    key = double.pk
    erasing.erase(contact=double)
    with pytest.raises(Contact.DoesNotExist):
        merging.merge(owner=ann.owner, contact_id=key, into_id=ann.pk)
    assert Contact.objects.count() == 2


# --- The other's address ----------------------------------------------------------------------------------


def test_the_others_address_is_known_from_then_on(alice: Owner, ann: Contact, double: Contact) -> None:
    merge(double, ann)
    address = "LEE@work.example"
    with pytest.raises(AddressTaken) as taken:
        add_contact(owner=alice, name="Lee", email=address)
    assert taken.value.holder == ann
    assert put_contact(owner=alice, name="Ann Lee", email="ann@example.com")[0] == ann
    assert ContactFilters(email=address).of(alice).get() == ann
    assert Contact.objects.of(alice).search("work.example").get() == ann
    cells = {"name": "Lee", "email": address}
    upload = ContactImport(owner=alice, lines=[{"number": 2, "cells": cells, "surplus": 0}])
    assert [one.outcome for one in verdicts(upload)] == ["there"]


def test_a_search_still_finds_it_once_something_else_was_changed(alice: Owner, ann: Contact, double: Contact) -> None:
    change_contact(contact=merge(double, ann), company="Lee & Daughters")
    assert Contact.objects.of(alice).search("work.example").get() == ann


def test_who_books_with_it_is_the_contact(alice: Owner, ann: Contact, double: Contact) -> None:
    merge(double, ann)
    with time_machine.travel(NOW, tick=False):
        invitation = book(alice, wish(email="lee@work.example"), request_key="x", is_address_confirmed=True)
    assert (invitation.contact, invitation.meeting.contact) == (ann, ann)
    assert invitation.email == "lee@work.example", "they gave that one"


def test_three_become_one(alice: Owner, ann: Contact, double: Contact) -> None:
    third = add_contact(owner=alice, name="Ann L.", email="al@example.com")
    merge(double, third)
    merge(third, ann)
    assert {one.email for one in ann.merged.all()} == {"lee@work.example", "al@example.com"}
    assert merging.merged_into(alice, double.pk) == ann


# --- Both in one meeting ----------------------------------------------------------------------------------


def test_of_two_invitations_to_one_meeting_the_better_stays(alice: Owner, ann: Contact, double: Contact) -> None:
    meeting = schedule(alice, double)
    guests.invite(meeting, [ann.email], by_mail=True, is_address_confirmed=True)
    Invitation.objects.update(told_revision=1, told_starts_at=meeting.starts_at, told_minutes=30)
    assert list(merging.meetings_of_both(ann, double)) == [meeting]

    now = merge(double, ann)

    invitation = Invitation.objects.get()
    assert (invitation.contact, invitation.email, invitation.is_guest) == (now, "lee@work.example", False)
    assert Meeting.objects.get().contact == now
    assert [mail.to for mail in Mail.objects.all()] == ["ann@example.com"], "that one's entry is taken back"


# --- Programs and erasing ---------------------------------------------------------------------------------


def test_webhooks_are_told_and_go_on(alice: Owner, ann: Contact, double: Contact) -> None:
    only = {"contact_ids": [str(double.pk)]}
    endpoints.add(owner=alice, url="https://hooks.example.com/o", events=list(EventType.values), only=only)
    Event.objects.all().delete()
    merge(double, ann)
    told = Event.objects.get(type="contact.deleted")
    assert told.data == {"contact_id": str(double.pk), "merged_into": str(ann.pk)}
    assert told.deliveries.count() == 1
    assert Endpoint.objects.get().only == {"contact_ids": [str(ann.pk)]}
    assert Event.objects.get(type="contact.changed").data["changed"] == ["external_id", "notes", "phone"]


def test_erasing_erases_both(alice: Owner, ann: Contact, double: Contact) -> None:
    endpoints.add(owner=alice, url="https://hooks.example.com/o", events=list(EventType.values), payload="whole")
    change_contact(contact=double, name="Quilla Zamorin", email="quilla@zamorin.example")
    meeting = schedule(alice, double)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    guests.invite(meeting, [ann.email], by_mail=True, is_address_confirmed=True)
    change_contact(contact=double, email="q2@zamorin.example")
    Mail.objects.create(to="quilla@zamorin.example", subject="Hello", text="Hello", account=str(alice.pk))
    Mail.objects.create(to=alice.email, subject="Quilla Zamorin has booked", text="See there", account=f"to {alice.pk}")
    now = merge(double, ann)
    Invitation.objects.update(due_at=None)
    assert "zamorin" in everything()

    erasing.erase(contact=now)

    after = everything()
    assert [word for word in ("zamorin", "quilla", "ann lee", str(double.pk)) if word in after] == []


# --- Several at once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one(ann: Contact, double: Contact) -> None:
    key = double.pk

    def click() -> Contact:
        return merging.merge(owner=ann.owner, contact_id=key, into_id=ann.pk)

    assert meet(merging, "_hand_over", click, click) == [ann, ann]
    assert ContactNote.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_turn_of_the_bot_meanwhile_is_waited_for(alice: Owner, ann: Contact, double: Contact) -> None:
    talk = Conversation.objects.create(owner=alice, contact=double)

    @transaction.atomic
    def turn() -> str:
        Conversation.objects.select_for_update(no_key=True).get(pk=talk.pk)
        return Owner.objects.locked(alice.pk).name

    assert meet(merging, "_hand_over", lambda: merge(double, ann), turn) == [ann, alice.name]
