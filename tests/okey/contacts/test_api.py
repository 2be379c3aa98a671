"""Contacts in the REST API: what the pages do, through the same functions."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

DORA = {"name": "Dora Diver", "email": "dora@example.com"}


def _contact(owner: Owner, name: str = "Dora Diver", **more: Any) -> Contact:
    return Contact.objects.create(
        owner=owner, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@example.com", **more
    )


def _read(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def test_adding_changing_and_reading_one(alice: Owner) -> None:
    caller = Caller(alice)
    details = {**DORA, "phone": "+49 30 1", "company": "Diver", "timezone": "Asia/Tokyo", "notes": "Two\nlines"}
    made = _read(caller.post("/contacts", details), 201)
    assert made.items() >= details.items()
    assert made["page_url"].endswith(f"/contacts/{made['id']}/")
    path = f"/contacts/{made['id']}"
    changed = _read(caller.patch(path, {"timezone": None, "company": " Diver \n & Co "}))
    assert changed.items() >= {**details, "timezone": None, "company": "Diver & Co"}.items()
    assert _read(caller.get(path)) == changed
    assert _read(caller.patch(path, {}))["name"] == "Dora Diver"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": "x\0"}, "name"),
        ({"name": None}, "name"),
        ({"email": "dora"}, "email"),
        ({"email": "\ud800@example.com"}, "email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": 5}, "timezone"),
        ({"notes": "x" * 5001}, "notes"),
        ({"id": "0b0e5a3c-7d3f-4c0e-9f3b-2f6a1c9e8d7b"}, "id"),
        ({"owner": "somebody"}, "owner"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(alice: Owner, changes: dict[str, Any], field: str) -> None:
    caller, contact = Caller(alice), _contact(alice)
    new = caller.post("/contacts", {**DORA, "email": "new@example.com", **changes})
    for response in (new, caller.patch(f"/contacts/{contact.pk}", changes)):
        assert [error["field"] for error in problem(response, 422, "invalid")["errors"]] == [field]
    assert list(Contact.objects.values_list("name", "email")) == [("Dora Diver", "dora@example.com")]


def test_an_address_that_another_contact_has_names_the_contact(alice: Owner) -> None:
    caller, dora, eve = Caller(alice), _contact(alice), _contact(alice, "Eve Ember")
    taken = {"name": "Somebody", "email": "DORA@example.com"}
    for response in (caller.post("/contacts", taken), caller.patch(f"/contacts/{eve.pk}", taken)):
        assert problem(response, 409, "address_taken")["contact_id"] == str(dora.pk)


def test_an_address_that_another_owners_contact_has_is_free(alice: Owner, charlie: Owner) -> None:
    _contact(charlie)
    _read(Caller(alice).post("/contacts", DORA), 201)


def test_the_same_request_again_adds_nobody(alice: Owner) -> None:
    caller = Caller(alice)
    first = _read(caller.post("/contacts", DORA, idempotency_key="k"), 201)
    again = _read(caller.post("/contacts", dict(reversed(DORA.items())), idempotency_key="k"), 201)
    assert again == first
    problem(caller.post("/contacts", {**DORA, "phone": "1"}, idempotency_key="k"), 422, "idempotency_key_reused")
    assert Contact.objects.count() == 1


def test_a_refused_request_may_come_again_with_its_key(alice: Owner) -> None:
    caller, dora = Caller(alice), _contact(alice)
    problem(caller.post("/contacts", DORA, idempotency_key="k"), 409, "address_taken")
    dora.delete()
    _read(caller.post("/contacts", DORA, idempotency_key="k"), 201)


def test_archiving_and_restoring_may_be_repeated(alice: Owner) -> None:
    caller, contact = Caller(alice), _contact(alice)
    archived = _read(caller.post(f"/contacts/{contact.pk}/archive"))
    assert archived["archived_at"]
    assert _read(caller.post(f"/contacts/{contact.pk}/archive")) == archived
    assert _names(_read(caller.get("/contacts"))) == []
    assert _names(_read(caller.get("/contacts?status=archived"))) == ["Dora Diver"]
    for _time in range(2):
        assert _read(caller.post(f"/contacts/{contact.pk}/restore"))["archived_at"] is None
    assert _names(_read(caller.get("/contacts"))) == ["Dora Diver"]


def _names(page: dict[str, Any]) -> list[str]:
    return [item["name"] for item in page["items"]]


def test_pages_hold_each_contact_once_though_new_ones_come(alice: Owner, charlie: Owner) -> None:
    caller = Caller(alice)
    for number in range(5):
        _contact(alice, f"n{number}")
    _contact(charlie, "Strange")
    first = _read(caller.get("/contacts?limit=2"))
    _contact(alice, "newer")
    second = _read(caller.get(f"/contacts?limit=2&cursor={first['next_cursor']}"))
    third = _read(caller.get(f"/contacts?limit=2&cursor={second['next_cursor']}"))
    assert _names(first) + _names(second) + _names(third) == ["n4", "n3", "n2", "n1", "n0"]
    assert third["next_cursor"] is None


def test_a_cursor_is_good_for_its_own_list_only(alice: Owner) -> None:
    caller = Caller(alice)
    for number in range(3):
        _contact(alice, f"n{number}")
    cursor = _read(caller.get("/contacts?limit=1&search=n"))["next_cursor"]
    assert len(_read(caller.get(f"/contacts?limit=1&search=n&cursor={cursor}"))["items"]) == 1
    for query in (f"limit=1&cursor={cursor}", f"search=n&cursor={cursor}x", "cursor=x"):
        assert problem(caller.get(f"/contacts?{query}"), 422, "invalid")["errors"][0]["field"] == "cursor"


def test_searching(alice: Owner) -> None:
    _contact(alice, "Zoë Meyer", company="Ember")
    _contact(alice, "Eve Ember")
    caller = Caller(alice)
    assert _names(_read(caller.get("/contacts?search=zoe+EMBER"))) == ["Zoë Meyer"]
    assert problem(caller.get("/contacts?search=%00"), 422, "invalid")["errors"][0]["field"] == "search"


def test_a_page_of_fifty_costs_what_a_page_of_one_costs(alice: Owner) -> None:
    caller = Caller(alice)
    _contact(alice)
    _read(caller.get("/contacts?limit=50"))
    with CaptureQueriesContext(connection) as one:
        _read(caller.get("/contacts?limit=50"))
    for number in range(50):
        _contact(alice, f"n{number}")
    with CaptureQueriesContext(connection) as fifty:
        assert len(_read(caller.get("/contacts?limit=50"))["items"]) == 50
    assert len(fifty) == len(one)


def test_a_stranger_sees_and_changes_nothing(alice: Owner, charlie: Owner) -> None:
    path, caller = f"/contacts/{_contact(alice).pk}", Caller(charlie)
    answers = [caller.get(path), caller.patch(path, {"name": "Mine"})]
    answers += [caller.post(f"{path}/archive"), caller.post(f"{path}/restore")]
    for response in answers:
        problem(response, 404, "not_found")
    assert _names(_read(caller.get("/contacts?status=all"))) == []
    assert Contact.objects.get().name == "Dora Diver"
    assert Contact.objects.get().archived_at is None
