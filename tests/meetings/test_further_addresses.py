"""A contact into which others were merged has several addresses: whichever somebody uses, it is the same person."""

from datetime import timedelta

import pytest
import time_machine

from meetings import guests, series
from meetings.booking.bookings import book, correct_address
from meetings.hours.repeating import Repeat
from meetings.invitations import inviting
from meetings.models import Invitation, Series
from meetings.scheduling import Plan
from okey.contacts.editing import add_contact, change_contact, put_contact
from okey.contacts.models import Contact, MergedContact
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, wish
from tests.meetings.test_merging import double, merge, schedule

__all__ = ["double"]

OTHER = "lee@work.example"


@pytest.fixture
def ann(alice: Owner, double: Contact) -> Contact:
    """Ann, into whom her double was merged."""
    return merge(double, add_contact(owner=alice, name="Ann Lee", email="ann@example.com"))


def addresses(contact: Contact) -> tuple[str, set[str]]:
    now = Contact.objects.get(pk=contact.pk)
    return now.email, set(now.merged.values_list("email", flat=True))


def test_a_program_that_puts_one_of_them_changes_nothing_about_them(alice: Owner, ann: Contact) -> None:
    for address in ("LEE@work.example", "ann@example.com", OTHER):
        put, is_new = put_contact(owner=alice, name="Ann", email=address, company="Lee & Daughters")
        assert (put, put.company, is_new) == (ann, "Lee & Daughters", False)
        assert addresses(ann) == ("ann@example.com", {OTHER})
    assert Contact.objects.count() == 1


def test_one_that_becomes_the_contacts_own_changes_places_with_it(alice: Owner, ann: Contact, double: Contact) -> None:
    was = MergedContact.objects.get()
    change_contact(contact=ann, email="Lee@work.example")
    assert addresses(ann) == ("Lee@work.example", {"ann@example.com"})
    now = MergedContact.objects.get()
    assert (now.pk, now.name, now.external_id) == (was.pk, "A. Lee", "c-7"), "old links and erasing still know it"
    assert put_contact(owner=alice, name="Ann", email="ann@example.com")[0] == ann
    assert Contact.objects.of(alice).search("ann@example").get() == ann
    change_contact(contact=Contact.objects.get(), email="ann@example.com")
    assert addresses(ann) == ("ann@example.com", {"Lee@work.example"})


def test_two_of_them_are_one_guest(alice: Owner, ann: Contact) -> None:
    meeting = schedule(alice, add_contact(owner=alice, name="Carl", email="carl@example.com"))
    guests.invite(meeting, [OTHER, "ann@example.com"], by_mail=True, is_address_confirmed=True)
    assert [(one.contact, one.email) for one in guests.of(meeting)] == [(ann, OTHER)]


def test_a_guest_is_invited_as_the_contact_writes_the_address(alice: Owner, ann: Contact) -> None:
    meeting = schedule(alice, add_contact(owner=alice, name="Carl", email="carl@example.com"))
    guests.invite(meeting, ["ANN@example.com"], by_mail=True, is_address_confirmed=True)
    assert guests.of(meeting).get().email == "ann@example.com"


def test_a_series_goes_to_the_one_that_is_named(alice: Owner, ann: Contact) -> None:
    with time_machine.travel(NOW, tick=False):
        plan = Plan("Weekly", FIRST + timedelta(days=1), 30)
        series.schedule(owner=alice, contact=ann, plan=plan, repeat=Repeat(1, 2), address=OTHER)
    assert set(Invitation.objects.values_list("email", flat=True)) == {OTHER}
    assert Series.objects.get().turn == "work.example"


def booked(alice: Owner, email: str) -> Invitation:
    return book(alice, wish(email=email), request_key="x", is_address_confirmed=True)


def test_sent_again_it_goes_where_it_went(alice: Owner, ann: Contact) -> None:
    with time_machine.travel(NOW, tick=False):
        before = booked(alice, OTHER)
        after = inviting.send_again(owner=alice, invitation_id=before.pk)
        assert (after.email, after.token) == (OTHER, before.token)
        change_contact(contact=ann, email="ann.lee@example.com")
        assert inviting.send_again(owner=alice, invitation_id=before.pk).token == before.token


def test_who_corrects_their_address_to_one_of_them_is_written_to_there(alice: Owner, ann: Contact) -> None:
    with time_machine.travel(NOW, tick=False):
        mistyped = booked(alice, "le@work.example")
        corrected = correct_address(mistyped, wish(email=OTHER))
    assert (corrected.contact, corrected.email) == (ann, OTHER)
    assert corrected.token != mistyped.token
