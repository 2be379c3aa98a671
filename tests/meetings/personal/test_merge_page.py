"""The page on which an owner makes two contacts one."""

from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from okey.contacts.doubles import likely_doubles
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Núñez", email="ann@example.com", phone="+49 30 901820")


@pytest.fixture
def double(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="ANN NUNEZ", email="nunez@work.example")


def page_of(contact: Contact, other: Contact | None = None) -> str:
    return f"/contacts/{contact.pk}/merge/" + (f"?with={other.pk}" if other else "")


def test_who_is_called_the_same_or_has_the_same_phone_may_be_the_same(
    alice: Owner, bob: Owner, ann: Contact, double: Contact
) -> None:
    by_phone = add_contact(owner=alice, name="A. N.", email="an@example.com", phone="+49 (30) 90-18.20")
    add_contact(owner=alice, name="Ann Núñez Lee", email="lee@example.com", phone="030 901820")
    add_contact(owner=bob, name="Ann Núñez", email="ann@example.com", phone="+49 30 901820")
    assert set(likely_doubles(ann)) == {double, by_phone}
    assert list(likely_doubles(double)) == [ann]


def test_a_contacts_page_names_likely_doubles(alice_client: Client, ann: Contact) -> None:
    assertNotContains(alice_client.get(ann.get_absolute_url()), "Maybe the same person")
    double = add_contact(owner=ann.owner, name="ann nunez", email="nunez@work.example")
    page = alice_client.get(ann.get_absolute_url())
    assertContains(page, "Maybe the same person")
    assertContains(page, f'href="{page_of(ann, double)}"')


def test_the_likely_ones_are_offered_and_all_others_by_search(
    alice_client: Client, ann: Contact, double: Contact
) -> None:
    carl = add_contact(owner=ann.owner, name="Carl", email="carl@example.com")
    page = alice_client.get(page_of(ann))
    assertContains(page, page_of(ann, double))
    assertNotContains(page, page_of(ann, carl))
    assertContains(alice_client.get(page_of(ann) + "?q=carl"), page_of(ann, carl))
    assertNotContains(alice_client.get(page_of(ann) + "?q=ann"), page_of(ann, ann))


def test_both_stand_side_by_side(alice_client: Client, ann: Contact, double: Contact) -> None:
    page = alice_client.get(page_of(ann, double))
    for text in ("ann@example.com", "nunez@work.example", "+49 30 901820", "This cannot be undone."):
        assertContains(page, text)
    assert Contact.objects.count() == 2, "looking changes nothing"


@pytest.mark.parametrize("which", [0, 1])
def test_the_chosen_one_stays_however_often_it_is_sent(
    alice_client: Client, ann: Contact, double: Contact, which: int
) -> None:
    stays = (ann, double)[which]
    for _click in range(2):
        response = alice_client.post(page_of(ann, double), {"stays": str(stays.pk)})
        assertRedirects(response, stays.get_absolute_url())
    assert Contact.objects.get() == stays
    assertRedirects(alice_client.get(page_of(double if stays == ann else ann)), stays.get_absolute_url())


@pytest.mark.parametrize("chosen", [{}, {"stays": ""}, {"stays": "x"}, {"stays": str(uuid4())}])
def test_nothing_is_merged_until_one_of_both_is_chosen(
    alice_client: Client, ann: Contact, double: Contact, chosen: dict[str, str]
) -> None:
    page = alice_client.post(page_of(ann, double), chosen)
    assertContains(page, "Merge two contacts?", status_code=422)
    assert Contact.objects.count() == 2


def test_an_old_link_leads_to_the_one_that_stays(
    alice_client: Client, bob_client: Client, ann: Contact, double: Contact
) -> None:
    old = double.get_absolute_url()
    alice_client.post(page_of(ann, double), {"stays": str(ann.pk)})
    assertRedirects(alice_client.get(old), ann.get_absolute_url())
    assert bob_client.get(old).status_code == 404


def test_the_other_address_is_on_the_page(alice_client: Client, ann: Contact, double: Contact) -> None:
    alice_client.post(page_of(ann, double), {"stays": str(ann.pk)})
    assertContains(alice_client.get(ann.get_absolute_url()), 'href="mailto:nunez@work.example"')


def test_others_contacts_are_not_found(alice_client: Client, bob: Owner, ann: Contact) -> None:
    bobs = add_contact(owner=bob, name="Ann Núñez", email="ann@example.com")
    for address in (page_of(bobs), page_of(ann, bobs), page_of(bobs, ann), page_of(ann, ann), page_of(ann) + "?with=x"):
        assert alice_client.get(address).status_code == 404, address
        assert alice_client.post(address, {"stays": str(ann.pk)}).status_code in {200, 404}, address
    assert Contact.objects.count() == 2
