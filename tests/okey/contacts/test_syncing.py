"""What programs need to keep contacts in step with their own: upsert, exact look-ups, their own IDs, what changed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.models import Meeting
from meetings.scheduling import Plan, cancel, schedule
from okey.contacts import editing
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DORA = {"name": "Dora Diver", "email": "dora@example.com"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def contact(owner: Owner, name: str = "Dora", **more: Any) -> Contact:
    return editing.add_contact(owner=owner, name=name, email=f"{name.lower()}@example.com", **more)


def read(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content
    document: dict[str, Any] = json.loads(response.content)
    return document


def names(caller: Caller, **query: Any) -> list[str]:
    return [one["name"] for one in read(caller.get(f"/contacts?{urlencode(query, doseq=True)}"))["items"]]


# --- Put --------------------------------------------------------------------------------------------------


def test_put_adds_then_changes_what_is_sent_and_nothing_else(alice: Owner) -> None:
    caller = Caller(alice)
    made = read(caller.call("PUT", "/contacts", {**DORA, "phone": "1", "notes": "Kept"}), 201)
    again = read(caller.call("PUT", "/contacts", {**DORA, "email": "DORA@example.com", "phone": "2"}), 200)
    assert (again["id"], again["phone"], again["notes"], again["email"]) == (
        made["id"],
        "2",
        "Kept",
        "DORA@example.com",
    )
    assert Contact.objects.count() == 1


def test_put_brings_one_back_from_the_archive(alice: Owner) -> None:
    dora = contact(alice)
    editing.archive_contact(contact=dora)
    said = read(Caller(alice).call("PUT", "/contacts", {"name": "Dora", "email": "dora@example.com"}))
    assert (said["id"], said["archived_at"]) == (str(dora.pk), None)


def test_put_leaves_another_owners_contact_alone(alice: Owner, charlie: Owner) -> None:
    hers = contact(alice)
    said = read(Caller(charlie).call("PUT", "/contacts", {"name": "Mine", "email": "dora@example.com"}), 201)
    hers.refresh_from_db()
    assert (said["id"] != str(hers.pk), hers.name) == (True, "Dora")


def test_putting_the_same_again_writes_nothing_new(alice: Owner, clock: time_machine.Traveller) -> None:
    caller = Caller(alice)
    first = read(caller.call("PUT", "/contacts", DORA), 201)
    clock.shift(60)
    assert read(caller.call("PUT", "/contacts", DORA))["updated_at"] == first["updated_at"]


# --- Finding ----------------------------------------------------------------------------------------------


def test_one_is_found_by_exactly_its_address_also_in_the_archive(alice: Owner, charlie: Owner) -> None:
    editing.archive_contact(contact=contact(alice))
    contact(alice, "Pandora")
    contact(charlie)
    caller = Caller(alice)
    assert names(caller, email="Dora@Example.com") == ["Dora"]
    assert names(caller, email="dora@example") == []
    assert names(caller, email="dora@example.com", status="active") == []
    assert names(caller) == ["Pandora"]
    assert names(caller, status="archived") == ["Dora"]


def test_by_a_programs_own_id(alice: Owner, charlie: Owner) -> None:
    caller = Caller(alice)
    read(caller.post("/contacts", {**DORA, "external_id": " customer 1 ", "metadata": {"plan": "gold"}}), 201)
    contact(alice, "Eve")
    contact(charlie, "Other", external_id="customer 1")
    found = read(caller.get("/contacts?external_id=customer%201"))["items"]
    assert [(one["name"], one["external_id"], one["metadata"]) for one in found] == [
        ("Dora Diver", "customer 1", {"plan": "gold"})
    ]
    path = f"/contacts/{found[0]['id']}"
    assert read(caller.patch(path, {"metadata": {"a": "b"}}))["metadata"] == {"a": "b"}
    assert read(caller.patch(path, {"phone": "1"}))["metadata"] == {"a": "b"}
    assert read(caller.patch(path, {"metadata": {}, "external_id": ""}))["metadata"] == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metadata", {f"k{number}": "" for number in range(21)}),
        ("metadata", {"a b": ""}),
        ("metadata", {"": ""}),
        ("metadata", {"k" * 41: ""}),
        ("metadata", {"k": "x" * 501}),
        ("metadata", {"k": "\0"}),
        ("metadata", {"k": 1}),
        ("metadata", {"k": {"deep": "x"}}),
        ("metadata", ["k"]),
        ("metadata", None),
        ("external_id", "x" * 201),
        ("external_id", 5),
    ],
)
def test_what_is_too_much_to_keep_is_named(alice: Owner, field: str, value: Any) -> None:
    caller = Caller(alice)
    for response in (
        caller.post("/contacts", {**DORA, field: value}),
        caller.call("PUT", "/contacts", {**DORA, field: value}),
        caller.patch(f"/contacts/{contact(alice).pk}", {field: value}),
    ):
        errors = problem(response, 422, "invalid")["errors"]
        assert {error["field"].partition(".")[0] for error in errors} == {field}
    assert not Contact.objects.exclude(external_id="").exists()


def test_many_are_read_at_once_by_their_ids(alice: Owner, charlie: Owner) -> None:
    mine = [contact(alice, f"C{number}") for number in range(4)]
    editing.archive_contact(contact=mine[0])
    ids = [str(one.pk) for one in (*mine[:3], contact(charlie))]
    assert sorted(names(Caller(alice), ids=ids)) == ["C0", "C1", "C2"]
    too_many = urlencode({"ids": [ids[0]] * 101}, doseq=True)
    problem(Caller(alice).get(f"/contacts?{too_many}"), 422, "invalid")


def test_what_changed_since_then_is_asked_for_the_archived_ones_too(
    alice: Owner, clock: time_machine.Traveller
) -> None:
    caller = Caller(alice)
    for name in ("Old", "Changed", "Archived", "Restored", "Untouched"):
        made = contact(alice, name)
        if name == "Restored":
            editing.archive_contact(contact=made)
    clock.shift(timedelta(hours=1))
    since = timezone.now().isoformat()
    by_name = {one.name: one for one in Contact.objects.all()}
    editing.change_contact(contact=by_name["Changed"], phone="1")
    editing.archive_contact(contact=by_name["Archived"])
    editing.restore_contact(contact=by_name["Restored"])
    editing.restore_contact(contact=by_name["Untouched"])  # it was on the list
    contact(alice, "New")
    assert sorted(names(caller, updated_since=since)) == ["Archived", "Changed", "New", "Restored"]
    assert sorted(names(caller, updated_since=since, status="active")) == ["Changed", "New", "Restored"]
    clock.shift(1)
    assert names(caller, updated_since=timezone.now().isoformat()) == []


def test_a_list_costs_the_same_for_one_and_for_many(alice: Owner) -> None:
    caller = Caller(alice)
    ids = [str(contact(alice, f"C{number}").pk) for number in range(30)]
    caller.get("/contacts")

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            read(caller.get(f"/contacts?{query}"))
        return len(captured)

    assert queries(f"ids={ids[0]}") == queries(urlencode({"ids": ids, "limit": 50}, doseq=True))
    assert queries("limit=1") == queries("email=c1@example.com&updated_since=2026-01-01T00:00:00Z")
    # Tags are read of contacts, where any were found.
    assert queries("limit=1") - 1 == queries("email=c1@example.com&external_id=x")


# --- Archive and deletion ---------------------------------------------------------------------------------


def test_a_taken_address_says_whether_its_contact_is_archived(alice: Owner) -> None:
    dora, caller = contact(alice), Caller(alice)
    assert problem(caller.post("/contacts", DORA), 409, "address_taken")["contact_archived"] is False
    editing.archive_contact(contact=dora)
    refused = problem(caller.post("/contacts", DORA), 409, "address_taken")
    assert (refused["contact_id"], refused["contact_archived"]) == (str(dora.pk), True)
    assert read(caller.post(f"/contacts/{refused['contact_id']}/restore"))["archived_at"] is None


def test_one_without_meetings_is_deleted_for_good(alice: Owner) -> None:
    dora, caller = contact(alice), Caller(alice)
    assert caller.delete(f"/contacts/{dora.pk}").status_code == 204
    problem(caller.delete(f"/contacts/{dora.pk}"), 404, "not_found")
    read(caller.post("/contacts", DORA), 201)


def test_one_with_meetings_stays(alice: Owner) -> None:
    dora = contact(alice)
    plan = Plan(title="Call", starts_at=NOW + timedelta(days=1), minutes=30)
    meeting = schedule(owner=alice, contact=dora, plan=plan, source=Meeting.Source.CRM)
    problem(Caller(alice).delete(f"/contacts/{dora.pk}"), 409, "conflict")
    cancel(owner=alice, meeting_id=meeting.pk)
    problem(Caller(alice).delete(f"/contacts/{dora.pk}"), 409, "conflict")
    assert Contact.objects.filter(pk=dora.pk).exists()


def test_nobody_deletes_another_owners_contact(alice: Owner, charlie: Owner) -> None:
    dora = contact(alice)
    problem(Caller(charlie).delete(f"/contacts/{dora.pk}"), 404, "not_found")
    problem(Caller(alice, scopes=["read"]).delete(f"/contacts/{dora.pk}"), 403, "scope_missing")
    assert Contact.objects.filter(pk=dora.pk).exists()
