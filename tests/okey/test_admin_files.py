"""A list as a file: what it shows, filtered and searched alike; no formula, no secret, so many rows at most."""

import csv
from typing import Any

import pytest
from django.test import Client

from okey.api.models import ApiToken
from okey.contacts.models import Contact
from okey.lib import large_lists
from okey.owners.models import Owner


def rows_of(client: Client, address: str, **query: str) -> list[list[str]]:
    answer: Any = client.get(address, query)
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))


def test_it_is_the_list(admin_client: Client, alice: Owner, bob: Owner) -> None:
    for owner in (alice, bob):
        ApiToken.objects.create(owner=owner, name=f"Of {owner}", prefix="okey_1", secret_hash="5ec" + owner.email)
    head, *rows = rows_of(admin_client, "/admin/api/apitoken/csv/")
    assert [cell.lower() for cell in head[:3]] == ["name", "begins with", "owner"]
    assert {row[2] for row in rows} == {str(alice), str(bob)}
    assert "5ec" not in str(rows)
    assert [row[2] for row in rows_of(admin_client, "/admin/api/apitoken/csv/", q=bob.email)[1:]] == [str(bob)]
    assert (
        'href="csv/?q=bob%40example.com"' in admin_client.get("/admin/api/apitoken/?q=bob@example.com").content.decode()
    )


def test_no_cell_is_a_formula(admin_client: Client, alice: Owner) -> None:
    Contact.objects.create(owner=alice, name='=HYPERLINK("https://evil.example")', email="ann@example.com")
    [row] = rows_of(admin_client, "/admin/contacts/contact/csv/")[1:]
    assert row[0].startswith("'=HYPERLINK")


def test_so_many_rows_at_most(admin_client: Client, alice: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_lists, "IN_A_FILE", 2)
    for number in range(3):
        Contact.objects.create(owner=alice, name=f"C {number}", email=f"c{number}@example.com")
    assert len(rows_of(admin_client, "/admin/contacts/contact/csv/")) == 3
