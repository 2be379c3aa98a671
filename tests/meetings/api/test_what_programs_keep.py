"""What programs need to keep meetings in step with their own: one call for a name and an address, their own IDs, what
changed, many at once.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings import scheduling
from meetings.links import making
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts import editing
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import TOMORROW_AT_TEN, read, scheduled
from tests.okey.api.caller import Caller, problem
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

ZOE = {"name": "Zoe Diaz", "email": "zoe@example.com"}


def booking(contact: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    starts_at = TOMORROW_AT_TEN.isoformat()
    return {"contact": ZOE if contact is None else contact, "title": "Kick-off", "starts_at": starts_at, **more}


def titles(program: Caller, **query: Any) -> list[str]:
    answer = read(program.get(f"/meetings?{urlencode(query, doseq=True)}"))
    return sorted(item["title"] for item in answer["items"])


# --- A name and an address --------------------------------------------------------------------------------


def test_one_call_books_for_a_name_and_an_address(program: Caller, alice: Owner) -> None:
    said = read(program.post("/meetings", booking({**ZOE, "timezone": "Europe/Madrid"})), 201)
    contact = Contact.objects.get(owner=alice)
    assert said["contact"] == {"id": str(contact.pk), **ZOE}
    assert str(contact.timezone) == "Europe/Madrid"
    assert Invitation.objects.get().email == ZOE["email"]


def test_a_known_address_is_that_contact_unchanged_from_the_archive_too(
    program: Caller, alice: Owner, ann: Contact
) -> None:
    editing.archive_contact(contact=ann)
    said = read(program.post("/meetings", booking({"name": "Another Name", "email": "ANN@example.com"})), 201)
    assert said["contact"] == {"id": str(ann.pk), "name": ann.name, "email": ann.email}
    ann.refresh_from_db()
    assert not ann.is_archived


def test_another_owners_contact_is_not_taken(program: Caller, alice: Owner, charlie: Owner) -> None:
    his = editing.add_contact(owner=charlie, **ZOE)
    said = read(program.post("/meetings", booking()), 201)
    assert said["contact"]["id"] != str(his.pk)
    assert Contact.objects.get(pk=said["contact"]["id"]).owner == alice


def test_where_the_meeting_is_refused_no_contact_is_left(program: Caller, alice: Owner, ann: Contact) -> None:
    scheduled(alice, ann)
    problem(program.post("/meetings", booking()), 409, "slot_taken")
    problem(program.post("/meetings", booking(minutes=1000)), 409, "slot_taken")
    problem(program.post("/meetings", booking(any_time=True, starts_at="2026-03-01T09:00:00Z")), 422, "invalid")
    editing.archive_contact(contact=ann)
    problem(program.post("/meetings", booking({"name": "Ann", "email": ann.email})), 409, "slot_taken")
    ann.refresh_from_db()
    assert ann.is_archived
    assert list(Contact.objects.all()) == [ann]


def test_the_same_request_again_is_the_same_meeting_and_contact(program: Caller) -> None:
    said = [read(program.post("/meetings", booking(), idempotency_key="form-1"), 201) for _ in range(2)]
    assert said[0]["id"] == said[1]["id"]
    assert (Meeting.objects.count(), Contact.objects.count()) == (1, 1)
    other = booking({**ZOE, "name": "X"})
    problem(program.post("/meetings", other, idempotency_key="form-1"), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (booking({"name": "Zoe"}), "contact.email"),
        (booking({"email": "zoe@example.com"}), "contact.name"),
        (booking({**ZOE, "email": "zoe"}), "contact.email"),
        (booking({**ZOE, "name": " "}), "contact.name"),
        (booking({**ZOE, "timezone": "Mars"}), "contact.timezone"),
        (booking({**ZOE, "id": "1"}), "contact.id"),
        (booking(contact_id="7d4f1a52-0c1b-4f52-8b1e-3a9c5d2e6f10"), "contact_id"),
        ({name: value for name, value in booking().items() if name != "contact"}, "contact_id"),
    ],
)
def test_what_names_nobody_is_refused_by_its_field(program: Caller, body: dict[str, Any], field: str) -> None:
    refused = problem(program.post("/meetings", body), 422, "invalid")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert not Contact.objects.exists()


# --- What programs keep -----------------------------------------------------------------------------------


def test_a_program_finds_a_meeting_by_its_own_id(program: Caller, alice: Owner, charlie: Owner, ann: Contact) -> None:
    said = scheduled(alice, ann, external_id="deal-42", metadata={"pipeline": "sales"})
    strange = editing.add_contact(owner=charlie, **ZOE)
    scheduled(charlie, strange, external_id="deal-42")
    found = read(program.get("/meetings?external_id=deal-42"))["items"]
    assert [(one["id"], one["external_id"], one["metadata"]) for one in found] == [
        (said["id"], "deal-42", {"pipeline": "sales"})
    ]


def test_what_is_kept_changes_without_a_word_to_anybody_also_when_the_meeting_is_over(
    program: Caller, alice: Owner, ann: Contact, monday: time_machine.Traveller
) -> None:
    path = f"/meetings/{scheduled(alice, ann)['id']}"
    mails = list(Invitation.objects.values("changed_at", "due_at"))
    changed = read(program.patch(path, {"metadata": {"a": "b"}, "external_id": "x"}))
    assert (changed["metadata"], changed["external_id"], changed["revision"]) == ({"a": "b"}, "x", 1)
    assert list(Invitation.objects.values("changed_at", "due_at")) == mails
    monday.shift(timedelta(days=3))
    problem(program.patch(path, {"metadata": {}, "title": "Other"}), 409, "conflict")
    assert read(program.get(path))["metadata"] == {"a": "b"}
    assert read(program.patch(path, {"metadata": {}}))["metadata"] == {}


def test_a_stranger_keeps_nothing_there(alice: Owner, charlie: Owner, program: Caller, ann: Contact) -> None:
    path = f"/meetings/{scheduled(alice, ann)['id']}"
    problem(Caller(charlie).patch(path, {"metadata": {"a": "b"}}), 404, "not_found")


@pytest.mark.parametrize("value", [{"a b": "x"}, {"a": 1}, {"a": "x" * 501}, {str(one): "" for one in range(21)}, None])
def test_what_is_too_much_to_keep_is_named(program: Caller, alice: Owner, ann: Contact, value: Any) -> None:
    path = f"/meetings/{scheduled(alice, ann)['id']}"
    for response in (program.post("/meetings", booking(metadata=value)), program.patch(path, {"metadata": value})):
        errors = problem(response, 422, "invalid")["errors"]
        assert {error["field"].partition(".")[0] for error in errors} == {"metadata"}


# --- What changed, and many at once -----------------------------------------------------------------------


def cancel(owner: Owner, meeting_id: str) -> None:
    scheduling.cancel(owner=owner, meeting_id=meeting_id)


def retitle(owner: Owner, meeting_id: str) -> None:
    read(Caller(owner).patch(f"/meetings/{meeting_id}", {"title": "Meeting"}))


def keep(owner: Owner, meeting_id: str) -> None:
    scheduling.keep(owner=owner, meeting_id=meeting_id, kept={"external_id": "new"})


def get_link(_owner: Owner, meeting_id: str) -> None:
    LinkJob.objects.filter(pk=meeting_id).update(due_at=timezone.now())
    making.work(meeting_id)


@pytest.mark.parametrize("change", [cancel, retitle, keep, get_link])
def test_each_change_of_a_meeting_or_its_link_is_found_by_its_time(
    zoom: ZoomSimulator,
    program: Caller,
    alice: Owner,
    ann: Contact,
    monday: time_machine.Traveller,
    change: Callable[[Owner, str], None],
) -> None:
    connect_zoom(zoom, alice)
    said = scheduled(alice, ann, title="Meeting", metadata={})
    scheduled(alice, ann, hours=2, title="Other")
    Meeting.objects.filter(pk=said["id"]).update(title="Meeting " if change is retitle else "Meeting")
    monday.shift(60)
    since = timezone.now().isoformat()
    assert titles(program, updated_since=since) == []
    change(alice, said["id"])
    assert titles(program, updated_since=since) == ["Meeting"]
    assert read(program.get(f"/meetings/{said['id']}"))["updated_at"] == "2026-03-02T06:01:00Z"


def test_a_link_that_needs_attention_is_a_change_too(
    zoom: ZoomSimulator, program: Caller, alice: Owner, ann: Contact, monday: time_machine.Traveller
) -> None:
    connect_zoom(zoom, alice)
    said = scheduled(alice, ann)
    monday.shift(60)
    since = timezone.now().isoformat()
    zoom.fault("create", "status", status=400, body={"code": 300, "message": "No."})
    get_link(alice, said["id"])
    assert read(program.get(f"/meetings/{said['id']}"))["link"]["status"] == "needs_attention"
    assert titles(program, updated_since=since) == ["Kick-off"]


def test_many_are_read_at_once_by_their_ids(program: Caller, alice: Owner, charlie: Owner, ann: Contact) -> None:
    mine = [scheduled(alice, ann, hours=number, title=str(number))["id"] for number in range(3)]
    strange = scheduled(charlie, editing.add_contact(owner=charlie, **ZOE))["id"]
    assert titles(program, ids=[mine[0], mine[2], strange]) == ["0", "2"]
    problem(program.get("/meetings?" + urlencode({"ids": [mine[0]] * 101}, doseq=True)), 422, "invalid")
    problem(program.get("/meetings?ids=x"), 422, "invalid")


def test_reading_many_by_their_ids_costs_what_one_costs(program: Caller, alice: Owner, ann: Contact) -> None:
    ids = [scheduled(alice, ann, hours=number)["id"] for number in range(20)]

    def queries(*wanted: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            read(program.get("/meetings?" + urlencode({"ids": wanted, "limit": 100}, doseq=True)))
        return len(captured)

    queries(ids[0])  # notes that the token was used
    assert queries(ids[0]) == queries(*ids)
