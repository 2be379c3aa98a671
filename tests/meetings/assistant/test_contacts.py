"""Finding and adding contacts through the tools."""

import pytest

from okey.contacts.editing import add_contact, archive_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant

pytestmark = pytest.mark.django_db


def test_contacts_are_found_by_any_part(assistant: Assistant, ann: Contact) -> None:
    expected = {"id": str(ann.pk), "name": "Ann Lee", "email": "ann@example.com", "company": "Lee & Co"}
    for query in ("", "ann", "LEE co", "example.com"):
        assert assistant.call("find_contacts", query=query) == {"contacts": [expected]}


def test_a_search_without_a_result_says_what_to_try(assistant: Assistant, ann: Contact) -> None:
    found = assistant.call("find_contacts", query="zoe")
    assert found["contacts"] == []
    assert "add_contact" in found["note"]


def test_more_than_asked_for_is_said(assistant: Assistant, alice: Owner, ann: Contact) -> None:
    add_contact(owner=alice, name="Ann Other", email="other@example.com")
    found = assistant.call("find_contacts", query="ann", limit=1)
    assert len(found["contacts"]) == 1
    assert found["more"] is True


def test_nobody_elses_and_no_archived_contact_is_found(assistant: Assistant, bob: Owner, ann: Contact) -> None:
    add_contact(owner=bob, name="Ann of Bob", email="ann@bob.example")
    archive_contact(contact=ann)
    assert assistant.call("find_contacts", query="ann")["contacts"] == []


def test_a_search_costs_the_same_with_one_and_with_twenty_contacts(
    assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    of_one = assistant.queries("find_contacts", limit=25)
    for number in range(19):
        add_contact(owner=alice, name=f"Ann {number}", email=f"ann{number}@example.com")
    assert assistant.queries("find_contacts", limit=25) == of_one


def test_a_contact_is_added(assistant: Assistant, alice: Owner) -> None:
    given = {
        "name": "Zoe Diaz",
        "email": "zoe@example.com",
        "company": "Diaz",
        "phone": "+34 600 000 000",
        "time_zone": "Europe/Madrid",
    }
    added = assistant.call("add_contact", **given)
    contact = Contact.objects.get(owner=alice)
    assert added == {"contact": {"id": str(contact.pk), **given}, "is_new": True}
    assert str(contact.timezone) == "Europe/Madrid"


def test_adding_an_address_again_gives_the_contact_that_has_it(assistant: Assistant, ann: Contact) -> None:
    added = assistant.call("add_contact", name="Somebody", email="ANN@example.com")
    assert (added["is_new"], added["contact"]["name"]) == (False, "Ann Lee")
    assert Contact.objects.count() == 1


def test_an_archived_contact_is_found_and_restored(assistant: Assistant, ann: Contact) -> None:
    archive_contact(contact=ann)
    added = assistant.call("add_contact", name="Ann", email="ANN@example.com")
    assert (added["is_new"], added["contact"]["id"], added["contact"]["archived"]) == (False, str(ann.pk), True)
    assert "archived true" in assistant.call("find_contacts", query="ann")["note"]
    found = assistant.call("find_contacts", query="ann", archived=True)["contacts"]
    assert [(one["id"], one["archived"]) for one in found] == [(str(ann.pk), True)]
    for _ in range(2):
        assert assistant.call("restore_contact", contact_id=found[0]["id"]) == {"id": str(ann.pk), "name": "Ann Lee"}
    assert assistant.call("find_contacts", query="ann", archived=True)["contacts"] == []
    assert "archived" not in assistant.call("find_contacts", query="ann")["contacts"][0]


def test_only_ones_own_contacts_are_restored(assistant: Assistant, bob: Owner) -> None:
    strange = add_contact(owner=bob, name="Ann of Bob", email="ann@bob.example")
    archive_contact(contact=strange)
    assert assistant.call("find_contacts", archived=True)["contacts"] == []
    assert "`contact_id`" in assistant.refusal("restore_contact", contact_id=str(strange.pk))
    strange.refresh_from_db()
    assert strange.is_archived
