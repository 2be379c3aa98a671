"""A CSV import page by page: upload, preview, confirm."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from okey.contacts.editing import add_contact
from okey.contacts.models import Contact, ContactImport
from okey.owners.models import Owner

GOOD = "Name,E-mail\nAnn,ann@example.com\n"


def send(client: Client, data: str | bytes, name: str = "people.csv") -> Any:
    content = data.encode() if isinstance(data, str) else data
    return client.post("/contacts/import/", {"file": SimpleUploadedFile(name, content)})


def preview(client: Client, data: str | bytes, query: str = "") -> Any:
    return client.get(send(client, data)["Location"] + query)


def kept_page(page: str = "") -> str:
    return f"/contacts/import/{ContactImport.objects.get().pk}/{page}"


def test_the_upload_page_offers_a_template_that_can_be_imported(alice_client: Client) -> None:
    assertContains(alice_client.get("/contacts/import/"), 'href="/contacts/import/template.csv"')

    template = alice_client.get("/contacts/import/template.csv")

    assert template["Content-Type"].startswith("text/csv")
    assertContains(preview(alice_client, template.content), "Import 1 contact")


def test_from_the_file_to_the_contacts(alice_client: Client, alice: Owner) -> None:
    uploaded = send(alice_client, GOOD)
    assertRedirects(uploaded, kept_page())
    assert Contact.objects.count() == 0

    confirmed = alice_client.post(kept_page("confirm/"), follow=True)

    assertRedirects(confirmed, "/contacts/")
    assertContains(confirmed, "1 contact imported.")
    contact = Contact.objects.get()
    assert (contact.owner, contact.name) == (alice, "Ann")


def test_the_preview_has_a_verdict_for_each_line(alice_client: Client, alice: Owner) -> None:
    add_contact(owner=alice, name="Bea", email="bea@example.com")

    page = preview(
        alice_client,
        "Name,E-mail,Time zone\nAnn,ann@example.com,\nB,BEA@example.com,\n,nope,Mars\nAnn,ann@example.com,",
    )

    assertContains(page, "Import 1 contact")
    assertContains(page, "Already there: skipped.")
    assertContains(page, "Same e-mail address as line 2: skipped.")
    assertContains(page, "1 line has an error")
    assertContains(page, "It is left out. Correct it in the file")
    assertContains(page, "“Mars” is not a time zone")
    assertContains(page, "E-mail address: Enter a valid e-mail address.")


def test_the_preview_can_be_narrowed_to_the_errors(alice_client: Client) -> None:
    data = "Name,E-mail\nAnn,ann@example.com\nBea,nope\n"

    page = preview(alice_client, data, "?show=error")

    assertContains(page, "Bea")
    assertNotContains(page, "ann@example.com")


@pytest.mark.parametrize("query", ["?show=nonsense", "?page=99", "?show=there&page=x"])
def test_odd_addresses_of_the_preview_are_answered(alice_client: Client, query: str) -> None:
    assert preview(alice_client, GOOD, query).status_code == 200


def test_a_file_without_a_good_line_offers_no_import(alice_client: Client) -> None:
    page = preview(alice_client, "Name,E-mail\nAnn,nope\n")

    assertContains(page, "There is nothing to import")
    assertNotContains(page, "Import 0")
    assertNotContains(page, "import the others")


def test_windows_1252_and_ignored_columns_are_said(alice_client: Client) -> None:
    page = preview(alice_client, "Name,E-mail,Shoe size\nJürgen,j@example.com,42\n".encode("cp1252"))

    assertContains(page, "Windows-1252")
    assertContains(page, "Shoe size")
    assertContains(page, "Jürgen")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04\x00\x00", "not a CSV file"),
        (b"Name,E-mail\n\x81,a@example.com", "line 2 can’t be read"),
        (b"Name,E-mail\n" + b"Ann,a@example.com\n" * 50_000, "more than 10,000 lines"),
        (b"Name,E-mail\n" + b"x" * 6_000_000, "larger than 5 MB"),
        (b"Name,Phone\nAnn,1\n", "none of them is called “E-mail”"),
    ],
    ids=["empty", "binary", "unknown encoding", "50,000 lines", "6 MB", "no address column"],
)
def test_a_file_that_cannot_be_used_is_refused_on_the_form(alice_client: Client, data: bytes, words: str) -> None:
    assertContains(send(alice_client, data), words)
    assert ContactImport.objects.count() == 0


def test_no_file_is_said_on_the_form(alice_client: Client) -> None:
    assertContains(alice_client.post("/contacts/import/"), "This field is required.")


def test_hostile_text_is_escaped(alice_client: Client) -> None:
    hostile = "<script>alert(1)</script>"

    sent = send(
        alice_client, f"Name,E-mail,{hostile}\n{hostile},a@example.com,\n{hostile},{hostile},\n", f"{hostile}.csv"
    )
    page = alice_client.get(sent["Location"])

    assertNotContains(page, "<script>alert")
    assertContains(page, "&lt;script&gt;alert(1)")


def test_confirming_twice_imports_once_and_says_so(alice_client: Client) -> None:
    send(alice_client, GOOD)
    alice_client.post(kept_page("confirm/"))

    again = alice_client.post(kept_page("confirm/"), follow=True)

    assertContains(again, "imported already")
    assert Contact.objects.count() == 1
    assertRedirects(alice_client.get(kept_page()), "/contacts/")


def test_a_day_later_the_file_is_asked_for_again(alice_client: Client) -> None:
    send(alice_client, GOOD)

    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assertRedirects(alice_client.get(kept_page()), "/contacts/import/")
        late = alice_client.post(kept_page("confirm/"), follow=True)

    assertContains(late, "more than a day old")
    assert Contact.objects.count() == 0


def test_a_look_confirms_nothing(alice_client: Client) -> None:
    send(alice_client, GOOD)

    assert alice_client.get(kept_page("confirm/")).status_code == 405


def test_a_stranger_finds_no_upload(alice_client: Client, charlie_client: Client) -> None:
    send(alice_client, GOOD)

    assert charlie_client.get(kept_page()).status_code == 404
    assert charlie_client.post(kept_page("confirm/")).status_code == 404
    assert Contact.objects.count() == 0


@pytest.mark.parametrize("page", ["", "template.csv"])
def test_the_pages_need_a_sign_in(client: Client, db: None, page: str) -> None:
    assert client.get(f"/contacts/import/{page}")["Location"].startswith("/accounts/login/")


def test_1_line_and_50_lines_take_the_same_queries(
    alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 50):
        rows = "".join(f"Ann,ann{number}@example.com\n" for number in range(count))
        address = send(alice_client, "Name,E-mail\n" + rows)["Location"]
        # Session, owner, upload, addresses, two banners, and two counts in the navigation.
        with django_assert_num_queries(8):
            alice_client.get(address)
