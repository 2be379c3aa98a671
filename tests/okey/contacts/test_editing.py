"""One address, one contact, for each owner."""

import pytest

from okey.contacts.editing import AddressTaken, add_contact, archive_contact, change_contact, restore_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner


def test_an_address_is_taken_in_any_case(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")

    with pytest.raises(AddressTaken) as caught:
        add_contact(owner=alice, name="Other", email="ANN@Example.com")

    assert caught.value.holder == ann
    assert Contact.objects.count() == 1


def test_two_owners_may_know_the_same_person(alice: Owner, bob: Owner) -> None:
    add_contact(owner=alice, name="Ann", email="ann@example.com")
    add_contact(owner=bob, name="Ann", email="ann@example.com")

    assert [contact.owner for contact in Contact.objects.of(alice)] == [alice]


def test_an_archived_contact_keeps_the_address(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")
    archive_contact(contact=ann)

    with pytest.raises(AddressTaken) as caught:
        add_contact(owner=alice, name="Ann", email="ann@example.com")

    assert caught.value.holder.is_archived


def test_a_change_cannot_take_an_address(alice: Owner) -> None:
    add_contact(owner=alice, name="Ann", email="ann@example.com")
    bea = add_contact(owner=alice, name="Bea", email="bea@example.com")

    with pytest.raises(AddressTaken):
        change_contact(contact=bea, email="Ann@example.com")

    bea.refresh_from_db()
    assert bea.email == "bea@example.com"


def test_a_change_may_keep_or_respell_its_own_address(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")

    change_contact(contact=ann, name="Ann Lee", email="Ann@example.com")

    ann.refresh_from_db()
    assert (ann.name, ann.email) == ("Ann Lee", "Ann@example.com")


def test_archiving_twice_keeps_the_first_date(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")
    archive_contact(contact=ann)
    ann.refresh_from_db()
    first = ann.archived_at

    archive_contact(contact=ann)

    ann.refresh_from_db()
    assert ann.archived_at == first
    assert list(Contact.objects.active()) == []
    assert list(Contact.objects.archived()) == [ann]


def test_restoring_brings_the_contact_back(alice: Owner) -> None:
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")
    archive_contact(contact=ann)

    restore_contact(contact=ann)

    assert list(Contact.objects.active()) == [ann]
