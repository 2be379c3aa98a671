"""The list of contacts: mine only, searched, paged, active or archived."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects, assertTemplateUsed

from okey.contacts.editing import add_contact, archive_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner


def add(owner: Owner, count: int) -> None:
    Contact.objects.bulk_create(
        Contact(owner=owner, name=f"Person {number:03}", email=f"p{number}@example.com") for number in range(count)
    )


def test_the_list_needs_a_sign_in(client: Client, db: None) -> None:
    assertRedirects(client.get("/contacts/"), "/accounts/login/?next=/contacts/", fetch_redirect_response=False)


def test_only_my_contacts_are_listed(alice_client: Client, alice: Owner, charlie: Owner) -> None:
    add_contact(owner=alice, name="Ann Lee", email="ann@example.com", company="Acme")
    add_contact(owner=charlie, name="Zoe", email="zoe@example.com")

    page = alice_client.get("/contacts/")

    assertContains(page, "Ann Lee")
    assertContains(page, "Acme")
    assertNotContains(page, "Zoe")


def test_an_empty_list_offers_to_add_the_first(alice_client: Client) -> None:
    page = alice_client.get("/contacts/")

    assertContains(page, "No contacts yet")
    assertContains(page, 'href="/contacts/new/"')
    assertContains(page, 'href="/contacts/import/"')


def test_a_search_that_finds_nothing_says_so_and_keeps_the_words(alice_client: Client, alice: Owner) -> None:
    add(alice, 1)

    page = alice_client.get("/contacts/", {"q": "<b>nobody</b>"})

    assertContains(page, "No contact found")
    assertContains(page, "&lt;b&gt;nobody&lt;/b&gt;")
    assertNotContains(page, "<b>nobody</b>")


def test_a_search_while_typing_answers_the_results_alone(alice_client: Client, alice: Owner) -> None:
    add(alice, 2)

    results = alice_client.get("/contacts/", {"q": "001"}, headers={"HX-Request": "true"})

    assertTemplateUsed(results, "contacts/parts/results.html")
    assertNotContains(results, "<html")
    assertContains(results, "Person 001")
    assertNotContains(results, "Person 000")
    assert "HX-Request" in results["Vary"]


def test_going_back_in_history_answers_the_whole_page(alice_client: Client) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assertContains(alice_client.get("/contacts/", headers=headers), "<html")


def test_25_a_page_and_the_search_goes_along(alice_client: Client, alice: Owner) -> None:
    add(alice, 30)

    first = alice_client.get("/contacts/", {"q": "person"})
    second = alice_client.get("/contacts/", {"q": "person", "page": "2"})

    assertContains(first, "Person 024")
    assertNotContains(first, "Person 025")
    assertContains(first, "q=person")
    assertContains(second, "Person 029")


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", "1e9", "²"])
def test_a_page_that_does_not_exist_is_the_nearest(alice_client: Client, alice: Owner, number: str) -> None:
    add(alice, 1)

    assertContains(alice_client.get("/contacts/", {"page": number}), "Person 000")


@pytest.mark.parametrize("search", ["\0", "%", "'", "x" * 5000, "a " * 3000])
def test_odd_searches_are_answered(alice_client: Client, alice: Owner, search: str) -> None:
    add(alice, 1)

    assert alice_client.get("/contacts/", {"q": search}).status_code == 200


def test_the_archive_is_a_list_of_its_own(alice_client: Client, alice: Owner) -> None:
    add(alice, 1)
    archive_contact(contact=add_contact(owner=alice, name="Old Friend", email="old@example.com"))

    active, archived = alice_client.get("/contacts/"), alice_client.get("/contacts/?status=archived")

    assertNotContains(active, "Old Friend")
    assertContains(archived, "Old Friend")
    assertNotContains(archived, "Person 000")


def test_an_empty_archive_says_what_it_is_for(alice_client: Client) -> None:
    assertContains(alice_client.get("/contacts/?status=archived"), "Your archive is empty")


def test_1_row_and_50_rows_take_the_same_queries(
    alice_client: Client, alice: Owner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add(alice, 1)
    # session, owner, count, rows and their tags, the owner's tags, a banner of connections, one of calendars, and two
    # counts in the navigation
    with django_assert_num_queries(10):
        alice_client.get("/contacts/")

    Contact.objects.all().delete()
    add(alice, 50)
    with django_assert_num_queries(10):
        alice_client.get("/contacts/")


def test_hostile_text_is_escaped(alice_client: Client, alice: Owner) -> None:
    hostile = "<script>alert(1)</script>"
    add_contact(owner=alice, name=hostile, email="x@example.com", company=hostile, phone=hostile)

    page = alice_client.get("/contacts/")

    assertNotContains(page, "<script>alert")
    assertContains(page, "&lt;script&gt;alert(1)")


def test_each_cell_names_its_column_for_narrow_screens(alice_client: Client, alice: Owner) -> None:
    add_contact(owner=alice, name="Ann", email="ann@example.com")

    page = alice_client.get("/contacts/").content.decode()

    assert page.count("<td") == page.count("data-label=")
