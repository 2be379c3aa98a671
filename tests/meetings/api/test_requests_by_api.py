"""A program answers for its owner what a client asked for, and looks after links that book once."""

from typing import Any

import pytest

from meetings.models import Meeting, SingleUseLink
from meetings.types import editing
from okey.contacts.models import Contact
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.api.calls import read, wanted
from tests.meetings.page_cast import connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(program: Caller, alice: Owner, ann: Contact) -> dict[str, Any]:
    connect_zoom(alice)
    editing.add(alice, name="Talk", lengths=[30], needs_approval=True)
    return read(program.post("/meetings", wanted(ann, type="talk")), 201)


def test_approving_books_it_with_its_link_once(program: Caller, asked: dict[str, Any]) -> None:
    assert asked["status"] == "requested"
    for _twice in range(2):
        answer = read(program.post(f"/meetings/{asked['id']}/approve", {"word": "Glad to"}))
    assert (answer["status"], answer["provider"], answer["link"]["status"]) == ("scheduled", "zoom", "on_its_way")
    assert Meeting.objects.get().word == "Glad to"
    problem(program.post(f"/meetings/{asked['id']}/decline", {}), 409, "conflict")


def test_declining_frees_the_time_and_tells_the_client_once(
    program: Caller, ann: Contact, asked: dict[str, Any]
) -> None:
    for _twice in range(2):
        answer = read(program.post(f"/meetings/{asked['id']}/decline", {"word": "I am away"}))
    assert answer["status"] == "cancelled"
    [mail] = Mail.objects.filter(to=ann.email, subject__startswith="Not booked")
    assert "I am away" in mail.text
    problem(program.post(f"/meetings/{asked['id']}/approve", {}), 409, "conflict")


@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_no_word_is_needed(program: Caller, asked: dict[str, Any], answer: str) -> None:
    read(program.post(f"/meetings/{asked['id']}/{answer}"))
    assert not Meeting.objects.get().is_requested


@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_what_has_changed_meanwhile_is_not_answered(program: Caller, asked: dict[str, Any], answer: str) -> None:
    problem(program.post(f"/meetings/{asked['id']}/{answer}", {}, if_match='"1-other"'), 412, "changed_meanwhile")
    problem(program.post(f"/meetings/{asked['id']}/{answer}", {"word": 501 * "x"}), 422, "invalid")
    assert Meeting.objects.get().is_requested


def test_a_meeting_that_nobody_asked_for_is_not_declined(program: Caller, ann: Contact) -> None:
    made = read(program.post("/meetings", wanted(ann)), 201)
    assert read(program.post(f"/meetings/{made['id']}/approve", {}))["revision"] == made["revision"]
    problem(program.post(f"/meetings/{made['id']}/decline", {}), 409, "conflict")
    assert not Meeting.objects.get().is_cancelled


def test_links_that_book_once_come_in_pages_the_latest_first(program: Caller, charlie: Owner) -> None:
    made = [read(program.post("/single-use-links", {"days": days}), 201) for days in (1, 2, 3)]
    read(program.post(f"/single-use-links/{made[0]['id']}/withdraw"))
    first = read(program.get("/single-use-links?limit=2"))
    second = read(program.get(f"/single-use-links?limit=2&cursor={first['next_cursor']}"))
    found = [*first["items"], *second["items"]]
    assert {one["id"]: one["state"] for one in found} == {
        made[0]["id"]: "withdrawn",
        made[1]["id"]: "open",
        made[2]["id"]: "open",
    }
    assert second["next_cursor"] is None
    assert read(Caller(charlie).get("/single-use-links"))["items"] == []
    assert SingleUseLink.objects.count() == 3
