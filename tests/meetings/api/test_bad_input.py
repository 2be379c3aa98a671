"""What no meeting can be made of, and what cannot be done to one: refused by name, and nothing is changed."""

import json
from typing import Any

import pytest
from django.utils import timezone

from meetings.models import Meeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import TOMORROW_AT_TEN, read, scheduled, wanted
from tests.meetings.page_cast import connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

BAD_VALUES: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", " \n\t"),
    ("title", "x" * 201),
    ("title", "a\0b"),
    ("title", None),
    ("title", 7),
    ("agenda", "x" * 1901),
    ("agenda", "\0"),
    ("minutes", 0),
    ("minutes", 1441),
    ("minutes", -30),
    ("minutes", 30.5),
    ("minutes", "30"),
    ("minutes", True),
    ("minutes", 10**30),
    ("starts_at", "2026-03-01T09:00:00Z"),
    ("starts_at", "2031-03-10T09:00:00Z"),
    ("starts_at", "2026-03-03T09:00:00"),
    ("starts_at", "2026-03-03"),
    ("starts_at", "tomorrow"),
    ("starts_at", "9999-12-31T23:59:59-01:00"),
    ("starts_at", "0001-01-01T00:00:00+01:00"),
    ("starts_at", 1772528400),
    ("any_time", "yes"),
]


@pytest.mark.parametrize(("field", "value"), BAD_VALUES)
def test_a_value_that_is_not_valid_is_named_by_its_field(program: Caller, ann: Contact, field: str, value: Any) -> None:
    refused = problem(program.post("/meetings", {**wanted(ann), field: value}), 422, "invalid")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [*[case for case in BAD_VALUES if case[0] != "any_time"], ("provider", "zoom"), ("colour", 1)]
)
def test_a_change_is_held_to_the_same_rules(
    program: Caller, alice: Owner, ann: Contact, field: str, value: Any
) -> None:
    said = scheduled(alice, ann)
    refused = problem(program.patch(f"/meetings/{said['id']}", {field: value}), 422, "invalid")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert read(program.get(f"/meetings/{said['id']}")) == said


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact_id", "0b7c2c5e-5b0e-4d0e-9f3a-2f6a1c9d8e7f"),
        ("contact_id", "ann"),
        ("contact_id", None),
        ("provider", "zoom"),
        ("provider", "nobody"),
        ("provider", "z" * 31),
        ("provider", "\0"),
        ("invite_by_mail", 1),
        ("source", "crm"),
        ("owner", "bob"),
    ],
)
def test_what_only_a_new_meeting_has(program: Caller, ann: Contact, field: str, value: Any) -> None:
    refused = problem(program.post("/meetings", {**wanted(ann), field: value}), 422, "invalid")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert not Meeting.objects.exists()


def test_several_wrong_values_are_named_at_once(program: Caller, ann: Contact) -> None:
    refused = problem(program.post("/meetings", {"title": "", "minutes": 0}), 422, "invalid")
    assert {error["field"] for error in refused["errors"]} == {"title", "starts_at", "minutes"}
    # Neither contact_id nor contact is needed by itself: that one of them is missing is said where all else is right.


@pytest.mark.parametrize("body", ["{", b"\xff", "[]", "7", '{"title": "\\ud800"}', "[" * 100_000])
def test_a_body_that_is_none(program: Caller, ann: Contact, body: str | bytes) -> None:
    response = program.post("/meetings", body)
    assert response.status_code in {400, 422}, response.content
    assert response["Content-Type"] == "application/problem+json"


def test_an_archived_contact_is_not_met(program: Caller, ann: Contact) -> None:
    Contact.objects.update(archived_at=timezone.now())
    refused = problem(program.post("/meetings", wanted(ann)), 422, "invalid")
    assert refused["errors"][0] == {
        "field": "contact_id",
        "message": "This contact is archived. Restore it first.",
    }


def test_another_owners_contact_is_refused_as_an_unknown_one_is(program: Caller, bob: Owner, ann: Contact) -> None:
    his = add_contact(owner=bob, name="Bert", email="bert@example.com")
    unknown = {**wanted(ann), "contact_id": "0b7c2c5e-5b0e-4d0e-9f3a-2f6a1c9d8e7f"}
    answers = [problem(program.post("/meetings", body), 422, "invalid") for body in (wanted(his), unknown)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("state", ["cancelled", "over"])
@pytest.mark.parametrize("call", ["change", "retry-link", "add-link", "new-link", "cancel"])
def test_a_meeting_that_is_cancelled_or_over_stays_as_it_is(
    program: Caller, alice: Owner, ann: Contact, monday: Any, state: str, call: str
) -> None:
    connect_zoom(alice)
    said = scheduled(alice, ann, provider="none" if call == "add-link" else "zoom")
    path = f"/meetings/{said['id']}"
    if state == "cancelled":
        program.post(f"{path}/cancel")
    else:
        monday.move_to(TOMORROW_AT_TEN.replace(hour=20))
    before = read(program.get(path))
    body = {"title": "New"} if call == "change" else {"provider": "zoom"} if call == "add-link" else None
    response = program.patch(path, body) if call == "change" else program.post(f"{path}/{call}", body)
    if (state, call) == ("cancelled", "cancel"):
        assert read(response) == before  # twice is once
    else:
        problem(response, 409, "conflict")
    assert read(program.get(path)) == before


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=many",
        "cursor=made-up",
        "since=yesterday",
        "until=2026-03-03",
        "contact_id=ann",
        "status=ready",
        "order=by_title",
        f"search={'x' * 201}",
        "search=%00",
    ],
)
def test_a_list_refuses_what_it_does_not_understand(program: Caller, ann: Contact, query: str) -> None:
    refused = problem(program.get(f"/meetings?{query}"), 422, "invalid")
    assert refused["errors"][0]["field"] == query.partition("=")[0]


def test_nothing_of_a_stack_trace_is_answered(program: Caller, ann: Contact) -> None:
    refused = program.post("/meetings", {**wanted(ann), "starts_at": "never"})
    assert "Traceback" not in json.dumps(read(refused, 422))
