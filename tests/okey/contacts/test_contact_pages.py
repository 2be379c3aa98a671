"""A contact's own pages: look, add, edit, archive, restore."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from okey.contacts.editing import add_contact, archive_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner

DETAILS: Any = {"name": "Ann Lee", "email": "ann@example.com", "phone": "+49 30 1234", "company": "Acme"}


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, **DETAILS)


def page_of(contact: Contact, page: str = "") -> str:
    return f"/contacts/{contact.pk}/{page}"


def test_the_page_shows_the_details(alice_client: Client, ann: Contact) -> None:
    Contact.objects.update(timezone="America/New_York", notes="likes\ntea")

    page = alice_client.get(page_of(ann))

    for text in [*DETAILS.values(), "America/New York", "likes<br>tea", 'href="tel:+49301234"']:
        assertContains(page, text)
    assertContains(page, 'href="mailto:ann@example.com"')
    assertContains(page, f"/meetings/new/?contact={ann.pk}")


def test_hostile_text_is_escaped(alice_client: Client, ann: Contact) -> None:
    hostile = "\"><script>alert(1)</script>'"
    Contact.objects.update(name=hostile, phone=hostile, company=hostile, notes=hostile)

    for page in ("", "edit/", "archive/"):
        assertNotContains(alice_client.get(page_of(ann, page)), "<script>alert")


def test_a_new_contact_is_added(alice_client: Client, alice: Owner) -> None:
    response = alice_client.post("/contacts/new/", {**DETAILS, "timezone": "Europe/Berlin", "notes": "Hi"})

    contact = Contact.objects.get()
    assertRedirects(response, page_of(contact))
    assert (contact.owner, contact.name, str(contact.timezone)) == (alice, "Ann Lee", "Europe/Berlin")


def test_an_odd_zone_that_is_stored_stays_with_the_contact(alice_client: Client, ann: Contact) -> None:
    assertNotContains(alice_client.get("/contacts/new/"), "US/Eastern")
    Contact.objects.update(timezone="US/Eastern")
    assertContains(alice_client.get(page_of(ann, "edit/")), 'value="US/Eastern" selected')
    alice_client.post(page_of(ann, "edit/"), {**DETAILS, "timezone": "US/Eastern"})
    assert str(Contact.objects.get().timezone) == "US/Eastern"


def test_the_zone_may_stay_unknown(alice_client: Client) -> None:
    alice_client.post("/contacts/new/", {**DETAILS, "timezone": ""})

    assert Contact.objects.get().timezone is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 151),
        ("name", "a\0b"),
        ("email", ""),
        ("email", "nope"),
        ("phone", "1" * 51),
        ("company", "x" * 151),
        ("timezone", "Mars/Olympus"),
        ("notes", "x" * 5001),
    ],
)
def test_a_wrong_field_is_named_and_the_form_kept(alice_client: Client, field: str, value: str) -> None:
    response = alice_client.post("/contacts/new/", {**DETAILS, "notes": "keep me", field: value})

    assert list(response.context["form"].errors) == [field]
    if field != "notes":
        assertContains(response, "keep me")
    assert Contact.objects.count() == 0


def test_a_known_address_leads_to_its_contact(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post("/contacts/new/", {"name": "Other", "email": "ANN@example.com"})

    assertContains(response, "Ann Lee already has this address.")
    assertContains(response, f'href="{page_of(ann)}"')
    assert Contact.objects.count() == 1


def test_the_address_of_an_archived_contact_offers_to_restore_it(alice_client: Client, ann: Contact) -> None:
    archive_contact(contact=ann)

    response = alice_client.post("/contacts/new/", {"name": "Other", "email": "ann@example.com"})

    assertContains(response, "in your archive")
    assertContains(response, f'action="{page_of(ann, "restore/")}"')


def test_another_owners_address_is_free(bob_client: Client, ann: Contact) -> None:
    bob_client.post("/contacts/new/", DETAILS)

    assert Contact.objects.count() == 2


def test_an_edit_is_saved(alice_client: Client, ann: Contact) -> None:
    response = alice_client.post(page_of(ann, "edit/"), {**DETAILS, "name": "Ann Miller"})

    assertRedirects(response, page_of(ann))
    ann.refresh_from_db()
    assert ann.name == "Ann Miller"


def test_an_edit_to_a_taken_address_is_refused_and_the_form_kept(
    alice_client: Client, alice: Owner, ann: Contact
) -> None:
    add_contact(owner=alice, name="Bea", email="bea@example.com")

    response = alice_client.post(page_of(ann, "edit/"), {"name": "Typed", "email": "Bea@example.com"})

    assertContains(response, "Bea already has this address.")
    assertContains(response, 'value="Typed"')
    assertContains(response, "Edit Ann Lee")
    ann.refresh_from_db()
    assert ann.email == "ann@example.com"


def test_archiving_asks_first(alice_client: Client, ann: Contact) -> None:
    assertContains(alice_client.get(page_of(ann, "archive/")), "Meetings stay")

    ann.refresh_from_db()
    assert not ann.is_archived


def test_an_archived_contact_offers_to_restore_and_nothing_else(alice_client: Client, ann: Contact) -> None:
    assertRedirects(alice_client.post(page_of(ann, "archive/")), "/contacts/")

    page = alice_client.get(page_of(ann))

    assertContains(page, page_of(ann, "restore/"))
    assertNotContains(page, "/meetings/new/")
    assertNotContains(page, page_of(ann, "edit/"))


def test_restoring_leads_back_to_the_contact(alice_client: Client, ann: Contact) -> None:
    archive_contact(contact=ann)

    assertRedirects(alice_client.post(page_of(ann, "restore/")), page_of(ann))
    assert Contact.objects.active().get() == ann


def test_a_look_restores_nothing(alice_client: Client, ann: Contact) -> None:
    archive_contact(contact=ann)

    assert alice_client.get(page_of(ann, "restore/")).status_code == 405


@pytest.mark.parametrize(
    ("method", "page"),
    [("get", ""), ("get", "edit/"), ("post", "edit/"), ("get", "archive/"), ("post", "archive/"), ("post", "restore/")],
)
def test_a_stranger_finds_nothing(charlie_client: Client, ann: Contact, method: str, page: str) -> None:
    send: Any = getattr(charlie_client, method)

    assert send(page_of(ann, page), DETAILS).status_code == 404
    assert send(f"/contacts/{uuid4()}/{page}", DETAILS).status_code == 404
    ann.refresh_from_db()
    assert ann.archived_at is None


@pytest.mark.parametrize("page", ["", "edit/", "archive/"])
def test_the_pages_need_a_sign_in(client: Client, ann: Contact, page: str) -> None:
    assert client.get(page_of(ann, page))["Location"].startswith("/accounts/login/")
