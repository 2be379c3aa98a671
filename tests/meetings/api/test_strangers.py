"""Charlie has a token of his own: of alice's meetings he finds nothing, and changes nothing."""

import pytest

from meetings.models import Meeting, MeetingEvent
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read, scheduled
from tests.meetings.page_cast import connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

CALLS = [
    ("GET", "", None),
    ("GET", "/events", None),
    ("PATCH", "", {"title": "His"}),
    ("POST", "/cancel", None),
    ("POST", "/retry-link", None),
    ("POST", "/add-link", {"provider": "zoom"}),
    ("POST", "/new-link", None),
]


@pytest.fixture
def hers(program: Caller, alice: Owner, ann: Contact) -> str:
    connect_zoom(alice)
    return str(scheduled(alice, ann)["id"])


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_strangers_meeting_is_not_found(
    hers: str, charlie: Owner, method: str, path: str, body: dict[str, str] | None
) -> None:
    before = list(Meeting.objects.values())
    etag = '"1-0000000000000000"'
    for headers in ({}, {"if_match": etag, "if_none_match": "*"}):
        refused = problem(Caller(charlie).call(method, f"/meetings/{hers}{path}", body, **headers), 404, "not_found")
        assert "Kick-off" not in str(refused)
    assert list(Meeting.objects.values()) == before
    assert MeetingEvent.objects.count() == 1


def test_a_strangers_lists_and_times_show_nothing_of_it(hers: str, charlie: Owner, ann: Contact) -> None:
    his = Caller(charlie)
    for path in ("/meetings", f"/meetings?contact_id={ann.pk}", "/meetings?search=kick", "/events"):
        assert read(his.get(path)) == {"items": [], "next_cursor": None}
    assert "2026-03-03T09:00:00Z" in str(read(his.get("/slots")))
    problem(his.get(f"/slots?moving={hers}"), 422, "invalid")


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_token_that_may_only_read_changes_nothing(
    hers: str, alice: Owner, method: str, path: str, body: dict[str, str] | None
) -> None:
    response = Caller(alice, scopes=["read"]).call(method, f"/meetings/{hers}{path}", body)
    if method == "GET":
        read(response)
    else:
        assert problem(response, 403, "scope_missing")["scope"] == "schedule"
    problem(Caller(alice, scopes=["connect"]).call(method, f"/meetings/{hers}{path}", body), 403, "scope_missing")


def test_one_owners_key_is_nothing_to_another(hers: str, program: Caller, charlie: Owner, ann: Contact) -> None:
    body = {"contact_id": str(ann.pk), "title": "Again", "starts_at": "2026-03-03T11:00:00Z"}
    read(program.post("/meetings", body, idempotency_key="k"), 201)
    problem(Caller(charlie).post("/meetings", body, idempotency_key="k"), 422, "invalid")
