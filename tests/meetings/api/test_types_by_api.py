"""Programs list the types of meeting, ask for their times and schedule by their rules."""

from datetime import time
from typing import Any

import pytest

from meetings import approving
from meetings.models import Meeting, MeetingType
from meetings.types import editing, questions
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read, wanted
from tests.meetings.page_cast import connect_jitsi, connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

PHONE = questions.question(text="Your phone?", kind="phone", is_required=True)
WHICH = questions.question(text="Which?", kind="choice", choices=["One", "Two"])


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    made = editing.add(alice, name="Talk", lengths=[60, 120], place="phone", place_words="+49 30 1")
    return editing.set_hours(alice, made.pk, {1: [(time(18), time(20))]})  # 17 to 19 UTC


def errors(response: Any) -> dict[str, str]:
    return {one["field"]: one["message"] for one in problem(response, 422, "invalid")["errors"]}


def test_there_is_always_one(program: Caller) -> None:
    (one,) = read(program.get("/meeting-types"))["items"]
    assert (one["id"], one["type"], one["minutes"], one["place"]) == (None, "meeting", [30], "default")
    assert MeetingType.objects.count() == 0, "a call that reads writes nothing"


def test_they_are_listed_in_the_owners_order(program: Caller, alice: Owner, talk: MeetingType, bob: Owner) -> None:
    editing.add(bob, name="Bob’s")
    editing.change(alice, talk.pk, is_on=False, questions=[WHICH])
    first, second = read(program.get("/meeting-types"))["items"]
    assert (first["name"], second["name"], second["is_on"]) == ("Meeting", "Talk", False)
    assert (second["minutes"], second["place"], second["place_words"]) == ([60, 120], "phone", "+49 30 1")
    assert second["questions"] == [{**WHICH, "is_required": False}]


def test_times_and_a_meeting_by_the_rules_of_a_type(program: Caller, ann: Contact, talk: MeetingType) -> None:
    slots = read(program.get("/slots?type=talk"))
    assert [one["starts_at"] for one in slots["items"]] == ["2026-03-03T17:00:00Z", "2026-03-03T18:00:00Z"]
    assert slots["minutes"] == 60
    assert len(read(program.get("/slots?type=talk&minutes=120"))["items"]) == 1
    said = read(program.post("/meetings", wanted(ann, "2026-03-03T17:00:00Z", type="talk")), 201)
    assert (said["minutes"], said["type_name"], said["place"]) == (60, "Talk", "By phone: +49 30 1")
    assert said["link"]["status"] == "no_link"
    assert Meeting.objects.get().meeting_type == talk
    refused = problem(program.post("/meetings", wanted(ann, type="talk")), 409, "slot_taken")
    assert refused["next_free"][0]["starts_at"] == "2026-03-03T18:00:00Z"
    moving = read(program.get(f"/slots?moving={said['id']}"))
    assert [one["starts_at"] for one in moving["items"]] == ["2026-03-03T17:00:00Z", "2026-03-03T18:00:00Z"]


@pytest.mark.parametrize("name", ["never-was", "talk", "", "x" * 60])
def test_a_type_that_is_not_there_or_off_is_refused_by_name(
    program: Caller, alice: Owner, ann: Contact, talk: MeetingType, name: str
) -> None:
    editing.change(alice, talk.pk, is_on=False)
    for response in (program.get(f"/slots?type={name}"), program.post("/meetings", wanted(ann, type=name))):
        assert "There is: meeting." in errors(response)["type"]
    assert not Meeting.objects.exists()


def test_a_length_that_it_does_not_have_is_refused(program: Caller, ann: Contact, talk: MeetingType) -> None:
    for response in (
        program.get("/slots?type=talk&minutes=45"),
        program.post("/meetings", wanted(ann, type="talk", minutes=45, any_time=True)),
    ):
        assert "60, 120" in errors(response)["minutes"]


def test_required_questions_are_answered_by_programs_too(
    program: Caller, alice: Owner, ann: Contact, talk: MeetingType
) -> None:
    editing.change(alice, talk.pk, questions=[PHONE, WHICH])
    body = wanted(ann, "2026-03-03T17:00:00Z", type="talk")
    assert errors(program.post("/meetings", body)) == {f"answers.{PHONE['id']}": "Answer this, please."}
    wrong = {PHONE["id"]: "call me", WHICH["id"]: "Three"}
    assert set(errors(program.post("/meetings", {**body, "answers": wrong}))) == {f"answers.{key}" for key in wrong}
    assert "does not ask" in errors(program.post("/meetings", {**body, "answers": {"odd": "x"}}))["answers.odd"]
    assert not Meeting.objects.exists()
    said = read(program.post("/meetings", {**body, "answers": {PHONE["id"]: "+49 30 1234567"}}), 201)
    assert said["answers"] == [{"question": "Your phone?", "answer": "+49 30 1234567"}]


def test_its_place_says_who_makes_the_link_unless_the_call_does(
    program: Caller, alice: Owner, ann: Contact, talk: MeetingType
) -> None:
    connect_zoom(alice)
    connect_jitsi(alice)
    editing.change(alice, talk.pk, place="provider", provider="jitsi")
    body = wanted(ann, "2026-03-03T17:00:00Z", type="talk")
    assert read(program.post("/meetings", body), 201)["provider"] == "jitsi"
    later = {**body, "starts_at": "2026-03-03T18:00:00Z", "provider": "zoom"}
    assert read(program.post("/meetings", later), 201)["provider"] == "zoom"


def test_the_same_request_is_answered_after_the_type_was_switched_off(
    program: Caller, alice: Owner, ann: Contact, talk: MeetingType
) -> None:
    body = wanted(ann, "2026-03-03T17:00:00Z", type="talk")
    first = read(program.post("/meetings", body, idempotency_key="once"), 201)
    editing.change(alice, talk.pk, is_on=False)
    assert read(program.post("/meetings", body, idempotency_key="once"), 201)["id"] == first["id"]


def test_guests_of_a_type_that_allows_some(program: Caller, alice: Owner, ann: Contact) -> None:
    editing.add(alice, name="Lunch", lengths=[30], guests=2)
    assert read(program.get("/meeting-types"))["items"][1]["guests"] == 2
    given = wanted(ann, type="lunch", guests=["ben@guest.example"])
    made = read(program.post("/meetings", given), 201)
    assert made["guests"] == ["ben@guest.example"]
    assert read(program.get("/meetings"))["items"][0]["guests"] == ["ben@guest.example"]
    assert Meeting.objects.get().invitations.get(is_guest=True).is_address_confirmed
    for named, words in (
        (["a@x.example", "b@x.example", "c@x.example"], "at most 2"),
        (["a@x.example", "A@x.example"], "named twice"),
        (["nobody"], "no e-mail address"),
        ([ann.email], "whoever books"),
    ):
        said = errors(program.post("/meetings", wanted(ann, "2026-03-03T10:00:00Z", type="lunch", guests=named)))
        assert list(said) == ["guests"]
        assert words in said["guests"]
    assert "without guests" in errors(program.post("/meetings", wanted(ann, guests=["a@x.example"])))["guests"]
    assert Meeting.objects.count() == 1


def test_a_type_that_the_owner_approves_is_requested_and_not_booked(
    program: Caller, alice: Owner, ann: Contact
) -> None:
    connect_zoom(alice)
    editing.add(alice, name="Board", lengths=[30], needs_approval=True)
    assert read(program.get("/meeting-types"))["items"][1]["needs_approval"] is True
    made = read(program.post("/meetings", wanted(ann, type="board")), 201)
    assert (made["status"], made["link"]["status"], made["provider"]) == ("requested", "no_link", "")
    assert made["approval_until"]
    assert [one["id"] for one in read(program.get("/meetings?status=requested"))["items"]] == [made["id"]]
    assert read(program.get("/meetings?status=scheduled"))["items"] == []
    approving.approve(owner=alice, meeting_id=made["id"])
    now = read(program.get(f"/meetings/{made['id']}"))
    assert (now["status"], now["approval_until"], now["provider"]) == ("scheduled", None, "zoom")


def test_a_link_for_one_booking(program: Caller, alice: Owner) -> None:
    editing.add(alice, name="Hidden", lengths=[30], is_hidden=True)
    made = read(program.post("/single-use-links", {"type": "hidden", "days": 3}), 201)
    assert (made["state"], made["type"], made["meeting_id"]) == ("open", "hidden", None)
    assert "/once/" in made["url"]
    assert read(program.post("/single-use-links", {}), 201)["type"] == "meeting"
    again = [
        read(program.post("/single-use-links", {"days": 2}, idempotency_key="x"), 201)["id"] for _twice in range(2)
    ]
    assert again[0] == again[1]
    assert "type" in errors(program.post("/single-use-links", {"type": "nothing"}))
    assert "days" in errors(program.post("/single-use-links", {"days": 999}))
    for _twice in range(2):
        assert read(program.post(f"/single-use-links/{made['id']}/withdraw"))["state"] == "withdrawn"
