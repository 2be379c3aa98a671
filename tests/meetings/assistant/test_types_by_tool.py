"""An assistant learns what can be booked, and schedules by the rules of a type."""

import pytest

from meetings.models import Meeting, MeetingType
from meetings.types import editing, questions
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

PHONE = questions.question(text="Your phone?", kind="phone", is_required=True)


@pytest.fixture
def talk(alice: Owner) -> MeetingType:
    return editing.add(alice, name="Talk", lengths=[60], place="phone", questions=[PHONE])


def test_what_can_be_booked(assistant: Assistant, alice: Owner, talk: MeetingType) -> None:
    editing.add(alice, name="Off", is_on=False)
    first, second = assistant.call("list_types")["types"]
    assert (first["type"], first["minutes"]) == ("meeting", [30])
    assert second["questions"] == [{"id": PHONE["id"], "text": "Your phone?", "kind": "phone", "required": True}]


def test_scheduling_by_a_type(assistant: Assistant, ann: Contact, talk: MeetingType) -> None:
    found = assistant.call("find_free_times", type="talk", limit=1)
    assert found["minutes"] == 60
    given = {
        "contact_id": str(ann.pk),
        "title": "Kick-off",
        "starts_at": found["slots"][0]["starts_local"],
        "type": "talk",
        "wait_seconds": 0,
    }
    assert f"{PHONE['id']} (“Your phone?”): Answer this" in assistant.refusal("schedule_meeting", **given)
    assert "no question “odd”" in assistant.refusal("schedule_meeting", **given, answers={"odd": "x"})
    assert "60 minutes" in assistant.refusal("schedule_meeting", **given, minutes=45)
    assert not Meeting.objects.exists()
    assistant.call("schedule_meeting", **given, answers={PHONE["id"]: "+49 30 1234567"})
    meeting = Meeting.objects.get()
    assert (meeting.meeting_type, meeting.minutes, meeting.no_link) == (talk, 60, Meeting.NoLink.PLACE)
    assert meeting.answers == [{"question": "Your phone?", "answer": "+49 30 1234567"}]


def test_a_type_that_is_not_there_is_refused_with_those_that_are(assistant: Assistant, talk: MeetingType) -> None:
    assert "There is: meeting, talk." in assistant.refusal("find_free_times", type="odd")


def test_a_type_that_the_owner_approves_is_asked_and_guests_are_named(
    assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    editing.add(alice, name="Board", lengths=[30], needs_approval=True, guests=1)
    listed = assistant.call("list_types")["types"][1]
    assert (listed["needs_approval"], listed["guests"]) == (True, 1)
    at = assistant.call("find_free_times", type="board", limit=1)["slots"][0]["starts_local"]
    given = {"contact_id": str(ann.pk), "title": "Board", "starts_at": at, "type": "board", "wait_seconds": 0}
    wrong = assistant.refusal("schedule_meeting", **given, guests=["a@x.example", "b@x.example"])
    assert "`guests`: Name at most 1 guest." in wrong
    made = assistant.call("schedule_meeting", **given, guests=["a@x.example"])
    assert made["status"] == "requested"
    assert made["people"] == [ann.name, "a@x.example"]
    assert "Asked, not booked" in made["note"]


@pytest.mark.parametrize("approve", [True, False])
def test_the_owner_s_answer_to_what_was_asked_for(
    assistant: Assistant, alice: Owner, ann: Contact, *, approve: bool
) -> None:
    editing.add(alice, name="Board", lengths=[30], needs_approval=True)
    at = assistant.call("find_free_times", type="board", limit=1)["slots"][0]["starts_local"]
    given = {"contact_id": str(ann.pk), "title": "Board", "starts_at": at, "type": "board", "wait_seconds": 0}
    asked = assistant.call("schedule_meeting", **given)
    assert [one["id"] for one in assistant.call("list_meetings", show="requested")["meetings"]] == [asked["id"]]
    says = assistant.call("answer_request", meeting_id=asked["id"], approve=approve, word="With pleasure")["says"]
    assert ("It is booked" in says, "nothing is booked" in says) == (approve, not approve)
    now = assistant.call("get_join_link", meeting_id=asked["id"])
    assert now["status"] == ("scheduled" if approve else "cancelled")
    again = {"meeting_id": asked["id"], "approve": not approve}
    assert "does not wait for approval" in assistant.refusal("answer_request", **again)
    assert assistant.call("list_meetings", show="requested")["meetings"] == []


def test_links_for_one_booking_are_listed_and_withdrawn(assistant: Assistant, alice: Owner) -> None:
    made = [assistant.call("offer_one_booking", days=days) for days in (1, 2)]
    assert {one["url"] for one in assistant.call("list_offers")["offers"]} == {one["url"] for one in made}
    for _twice in range(2):
        assert "opens nothing" in assistant.call("withdraw_offer", offer_id=made[0]["id"])["says"]
    states = {one["id"]: one["state"] for one in assistant.call("list_offers")["offers"]}
    assert states == {made[0]["id"]: "withdrawn", made[1]["id"]: "open"}
    assert len(assistant.call("list_offers", limit=1)["offers"]) == 1
    for wrong in ("none", "00000000-0000-0000-0000-000000000000"):
        assert "no such link" in assistant.refusal("withdraw_offer", offer_id=wrong)


def test_a_link_for_one_booking(assistant: Assistant, alice: Owner) -> None:
    editing.add(alice, name="Hidden", lengths=[30], is_hidden=True)
    made = assistant.call("offer_one_booking", type="hidden", days=3)
    assert "/once/" in made["url"]
    assert made["type"] == "hidden"
    assert "365" in assistant.refusal("offer_one_booking", days=999)
