"""Two contacts that are one person: afterwards there is one, and nothing is lost."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation

from meetings import endings, guests, merging, scheduling, series
from meetings.booking.bookings import book
from meetings.bot.models import Conversation
from meetings.hours.repeating import Repeat
from meetings.invitations import together
from meetings.models import Invitation, Meeting, MeetingEnd, Series
from meetings.personal import erasing
from okey.contacts.api_schemas import ContactFilters
from okey.contacts.editing import AddressTaken, add_contact, change_contact, put_contact
from okey.contacts.importing import verdicts
from okey.contacts.models import Contact, ContactImport, ContactNote, MergedContact
from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Endpoint, Event, EventType
from tests.dump import everything
from tests.meetings.booking.cast import NOW, wish
from tests.row_locks import meet

DAYS = timedelta(days=2)


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
    last = meeting.events.latest("pk")
    assert (last.kind, last.text) == (
        "guest_removed",
        "You merged two contacts: their invitation is the one to lee@work.example; the one to ann@example.com is gone.",
    )


def test_a_meeting_to_which_one_only_came_says_that_it_changed(alice: Owner, ann: Contact, double: Contact) -> None:
    meeting = schedule(alice, add_contact(owner=alice, name="Carl", email="carl@example.com"))
    guests.invite(meeting, [double.email], by_mail=True, is_address_confirmed=True)
    before = Meeting.objects.get().updated_at
    merge(double, ann)
    assert Meeting.objects.get().updated_at > before


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_talk_about_the_one_that_is_gone_goes_on_about_the_other(
    alice: Owner, ann: Contact, double: Contact, is_confirmed: bool
) -> None:
    meeting = schedule(alice, double)
    guests.invite(meeting, [ann.email], by_mail=True, is_address_confirmed=True)
    gone, kept = Invitation.objects.get(contact=ann), Invitation.objects.get(contact=double)
    Invitation.objects.filter(pk=gone.pk).update(is_address_confirmed=is_confirmed)
    talk = Conversation.objects.create(owner=alice, contact=ann, invitation_tokens=["another", gone.token])
    both = Conversation.objects.create(owner=alice, contact=double, invitation_tokens=[kept.token])
    merge(double, ann)
    expected = ["another", kept.token] if is_confirmed else ["another", gone.token]
    assert Conversation.objects.get(pk=talk.pk).invitation_tokens == expected, "a stranger gets nobody else's way in"
    assert Conversation.objects.get(pk=both.pk).invitation_tokens == [kept.token]


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


@pytest.mark.skipif(connection.vendor != "postgresql", reason="two releases at once have PostgreSQL below them")
def test_the_release_before_deletes_a_contact_as_ever(ann: Contact, double: Contact) -> None:
    merge(double, ann)
    with connection.cursor() as cursor:
        for table in ("contacts_contactnote", "contacts_tagging"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 -- constants
        cursor.execute("DELETE FROM contacts_contact")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not MergedContact.objects.exists()


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whose", ["ann", "double"])
def test_so_is_one_of_either(alice: Owner, ann: Contact, double: Contact, whose: str) -> None:
    talk = Conversation.objects.create(owner=alice, contact={"ann": ann, "double": double}[whose])

    @transaction.atomic
    def turn() -> str:
        return str(Conversation.objects.select_for_update(no_key=True).get(pk=talk.pk).contact_id)

    assert meet(merging, "_merge_invitations", lambda: merge(double, ann), turn) == [ann, str(ann.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_meeting_that_is_over_meanwhile_is_waited_for(alice: Owner, ann: Contact, double: Contact) -> None:
    claim = over(alice, double)
    told = meet(endings.announcements, "over", lambda: endings.work_on(claim), lambda: merge(double, ann))
    assert told == [None, ann]
    assert set(Event.objects.values_list("type", flat=True)) >= {"meeting.over", "contact.deleted"}


@pytest.mark.django_db(transaction=True)
def test_who_mails_of_a_series_meanwhile_waits(alice: Owner, ann: Contact, double: Contact) -> None:
    claim = of_a_series(alice, double)
    assert meet(merging, "_hand_over", lambda: merge(double, ann), lambda: together.work_on(claim)) == [ann, None]


def over(owner: Owner, contact: Contact) -> Claim[MeetingEnd]:
    """The work on the end of a meeting with this contact, of which a webhook hears."""
    endpoints.add(owner=owner, url="https://hooks.example.com/o", events=list(EventType.values))
    meeting = schedule(owner, contact)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=F("starts_at") - DAYS, ends_at=F("ends_at") - DAYS)
    claim = claims.take(MeetingEnd, meeting.pk, seconds=60, due=False)
    assert claim is not None
    return claim


def of_a_series(owner: Owner, contact: Contact) -> Claim[Series]:
    """The work on the mail about a series with this contact: none is owed."""
    plan = scheduling.Plan("Weekly", timezone.now() + DAYS, 30)
    first = series.schedule(owner=owner, contact=contact, plan=plan, repeat=Repeat(1, 3), by_mail=False)
    claim = claims.take(Series, first.series_id, seconds=60, due=False)
    assert claim is not None
    return claim


def test_the_note_and_the_history_are_in_the_owners_language(alice: Owner, ann: Contact, double: Contact) -> None:
    Owner.objects.filter(pk=alice.pk).update(language="es")
    with translation.override("de"):
        now = merging.merge(owner=alice, contact_id=double.pk, into_id=ann.pk)
    assert now.notes_over_time.get().text.startswith("Combinado: ")
