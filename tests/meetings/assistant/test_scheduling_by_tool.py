"""Scheduling, moving and cancelling through the tools, and finding free times."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.models import Connection, ProviderAccount
from meetings import link_wait
from meetings.models import Invitation, LinkJob, Meeting
from okey.contacts.editing import archive_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.assistant.assistant import Assistant
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
SETTINGS = "http://testserver.localhost:8000/settings/#providers"


def slot(assistant: Assistant, number: int = 0) -> str:
    """One of the owner's free times, as the tool writes it."""
    found: str = assistant.call("find_free_times", limit=25)["slots"][number]["starts_local"]
    return found


def schedule(assistant: Assistant, contact: Contact, **changes: Any) -> dict[str, Any]:
    """By the tool, at the first free time; nobody makes its link here, so there is nothing to wait for."""
    given = {"contact_id": str(contact.pk), "title": "Kick-off", "wait_seconds": 0, **changes}
    given.setdefault("starts_at", slot(assistant))
    return assistant.call("schedule_meeting", **given)


# --- Free times ------------------------------------------------------------------------------------------


def test_free_times_are_in_local_and_universal_time_the_soonest_first(assistant: Assistant) -> None:
    found = assistant.call("find_free_times", limit=3)
    local = [datetime.fromisoformat(one["starts_local"]) for one in found["slots"]]
    assert local == sorted(local) == [datetime.fromisoformat(one["starts_utc"]) for one in found["slots"]]
    assert all(one["starts_local"].endswith("+02:00") for one in found["slots"])
    assert (len(local), found["time_zone"], found["more"]) == (3, "Europe/Berlin", True)
    assert found["minutes"] == schedule(assistant, Contact.objects.create(owner=Owner.objects.get()))["minutes"]


def test_a_taken_time_is_not_free_any_more(assistant: Assistant, ann: Contact) -> None:
    taken = schedule(assistant, ann)["starts_local"]
    assert slot(assistant) > taken


def test_free_times_can_be_asked_for_a_longer_meeting(assistant: Assistant, ann: Contact) -> None:
    found = assistant.call("find_free_times", minutes=90, limit=1)
    assert found["minutes"] == 90
    assert schedule(assistant, ann, starts_at=found["slots"][0]["starts_utc"], minutes=90)["minutes"] == 90


def test_nothing_free_says_what_to_try(assistant: Assistant) -> None:
    found = assistant.call("find_free_times", since="2026-08-08T00:00+02:00", until="2026-08-08T00:01+02:00")
    assert found["slots"] == []
    assert "Try other days" in found["note"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"since": "tomorrow"}, "`since` is not a time that can be used"),
        ({"until": "2026-08-03T06:00Z"}, "`until` is not after"),
        ({"since": "2026-08-04T10:00Z", "until": "2026-08-04T10:00Z"}, "`until` is not after"),
        ({"until": "2027-08-03T06:00Z"}, "at most 62 days"),
        ({"limit": 26}, "Invalid arguments"),
        ({"minutes": 0}, "Invalid arguments"),
    ],
)
def test_a_range_that_is_none_is_refused(assistant: Assistant, given: dict[str, Any], words: str) -> None:
    assert words in assistant.refusal("find_free_times", **given)


# --- Schedule --------------------------------------------------------------------------------------------


def test_a_meeting_is_scheduled_with_the_owners_default(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    made = schedule(assistant, ann, agenda="All of it")
    meeting = Meeting.objects.get()
    assert (made["id"], made["contact_id"]) == (str(meeting.pk), str(ann.pk))
    assert (meeting.source, meeting.provider, meeting.agenda) == (Meeting.Source.ASSISTANT, "zoom", "All of it")
    assert (made["link_status"], made["provider"]) == ("on_its_way", "zoom")
    assert "join_url" not in made
    assert LinkJob.objects.get().due_at is not None
    assert Invitation.objects.get().contact == ann


def test_without_a_provider_the_answer_says_why_there_is_no_link(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann)
    assert made["link_status"] == "no_link"
    assert f"can connect one at {SETTINGS}" in made["note"]


def test_no_link_can_be_wanted(zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact) -> None:
    connect_zoom(zoom, alice)
    made = schedule(assistant, ann, provider="none")
    assert (made["link_status"], "note" in made) == ("no_link", False)


def test_another_provider_than_the_default_can_be_named(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    Connection.objects.create(owner=alice, provider="jitsi")
    assert schedule(assistant, ann, provider="jitsi")["provider"] == "jitsi"


def test_a_lost_connection_is_said_and_the_meeting_is_kept(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    ProviderAccount.objects.update(state=ProviderAccount.State.NEEDS_RECONNECT)
    made = schedule(assistant, ann, wait_seconds=10)
    assert made["link_status"] == "needs_attention"
    assert SETTINGS in made["link_says"]


def test_without_meeting_provider_access_the_meeting_is_made_and_the_reason_said(
    zoom: ZoomSimulator, assistant: Assistant, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    Owner.objects.update(meeting_providers_enabled=False)
    for provider in (None, "zoom"):
        made = schedule(assistant, ann, provider=provider)
        assert made["link_status"] == "no_link"
        assert "administrator" in made["note"]


def test_a_time_that_is_not_free_comes_with_the_next_ones(assistant: Assistant, ann: Contact) -> None:
    taken, free = slot(assistant), slot(assistant, 5)
    schedule(assistant, ann, starts_at=taken)
    given = {"contact_id": str(ann.pk), "title": "Second", "starts_at": taken}
    words = assistant.refusal("schedule_meeting", **given)
    assert "not free" in words
    assert slot(assistant) in words
    assert Meeting.objects.count() == 1
    schedule(assistant, ann, starts_at=free)


def test_an_owner_may_want_a_time_that_is_not_offered(assistant: Assistant, ann: Contact) -> None:
    at_night = "2026-08-09T03:00+02:00"
    assert "any_time" in assistant.refusal(
        "schedule_meeting", contact_id=str(ann.pk), title="Early", starts_at=at_night
    )
    assert schedule(assistant, ann, starts_at=at_night, any_time=True)["starts_local"] == at_night


def test_the_same_request_key_is_the_same_meeting(assistant: Assistant, ann: Contact) -> None:
    at = slot(assistant)
    first = schedule(assistant, ann, starts_at=at, request_key="a1")
    again = schedule(assistant, ann, starts_at=at, request_key="a1")
    assert (again["id"], again.get("note")) == (first["id"], first.get("note"))
    other = schedule(assistant, ann, starts_at=slot(assistant), request_key="a1")
    assert other["id"] == first["id"]
    assert "nothing new was scheduled" in other["note"]
    assert Meeting.objects.count() == 1


def test_an_archived_contact_is_refused_by_name_of_the_argument(assistant: Assistant, ann: Contact) -> None:
    archive_contact(contact=ann)
    given = {"contact_id": str(ann.pk), "title": "Kick-off", "starts_at": slot(assistant)}
    assert assistant.refusal("schedule_meeting", **given).startswith("`contact_id`: This contact is archived")


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("starts_at", "tomorrow at ten", "such as 2026-08-04T14:00+02:00"),
        ("starts_at", "2026-08-05T10:00", "The owner’s time zone is Europe/Berlin"),
        ("starts_at", "2026-08-05", "ISO 8601"),
        ("starts_at", "2026-08-05T10:00:30Z", "has seconds"),
        ("starts_at", "0001-01-01T00:00+14:00", "not a time"),
        ("starts_at", "2026-08-02T10:00Z", "`starts_at`: "),
        ("starts_at", "9999-12-31T23:59Z", "`starts_at`: "),
        ("starts_at", 1785751200, "Expected `str`, got `int`"),
        ("title", " \n\t", "`title`: Give the meeting a title."),
        ("title", "x" * 201, "length <= 200"),
        ("agenda", "x" * 1901, "length <= 1900"),
        ("agenda", "a\0b", "`agenda` holds a NUL character"),
        ("minutes", 0, "`int` >= 1"),
        ("minutes", 1441, "`int` <= 1440"),
        ("contact_id", "ann", "Use find_contacts"),
        ("provider", "webex", "list_connections says what is"),
        ("wait_seconds", 600, "`int` <= 10"),
        ("owner", "bob", "unknown field `owner`"),
    ],
)
def test_a_wrong_argument_is_named_with_what_to_do(
    assistant: Assistant, ann: Contact, argument: str, value: object, words: str
) -> None:
    given = {"contact_id": str(ann.pk), "title": "Kick-off", "starts_at": slot(assistant), argument: value}
    assert words in assistant.refusal("schedule_meeting", **given)
    assert not Meeting.objects.exists()


# --- Reschedule and cancel -------------------------------------------------------------------------------


def test_what_is_left_out_of_a_change_stays(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann, agenda="All of it")
    moved = assistant.call("reschedule_meeting", meeting_id=made["id"], starts_at=slot(assistant, 3))
    assert moved["starts_utc"] > made["starts_utc"]
    assert (moved["title"], moved["minutes"]) == (made["title"], made["minutes"])
    renamed = assistant.call("reschedule_meeting", meeting_id=made["id"], title="Review", agenda="")
    assert (renamed["title"], renamed["starts_utc"]) == ("Review", moved["starts_utc"])
    assert Meeting.objects.get().agenda == ""


def test_a_change_without_a_change_says_what_to_give(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann)
    assert "Say what to change" in assistant.refusal("reschedule_meeting", meeting_id=made["id"])


def test_a_meeting_moves_to_a_free_time_only_unless_it_is_wanted(assistant: Assistant, ann: Contact) -> None:
    first, second = schedule(assistant, ann), schedule(assistant, ann)
    onto_the_other = {"meeting_id": second["id"], "starts_at": first["starts_local"]}
    assert "not free" in assistant.refusal("reschedule_meeting", **onto_the_other)
    moved = assistant.call("reschedule_meeting", **onto_the_other, any_time=True)
    assert moved["starts_utc"] == first["starts_utc"]


def test_a_meeting_beside_working_hours_can_still_be_renamed(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann, starts_at="2026-08-09T03:00+02:00", any_time=True)
    assert assistant.call("reschedule_meeting", meeting_id=made["id"], title="Owls")["title"] == "Owls"


def test_a_cancelled_meeting_stays_cancelled(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann)
    for _ in range(2):  # an assistant that lost the answer asks again
        assert assistant.call("cancel_meeting", meeting_id=made["id"])["status"] == "cancelled"
    assert "schedule_meeting makes a new one" in assistant.refusal(
        "reschedule_meeting", meeting_id=made["id"], title="Again"
    )


def test_a_meeting_that_is_over_stays_as_it_was(assistant: Assistant, ann: Contact, monday: Any) -> None:
    made = schedule(assistant, ann)
    monday.shift(timedelta(days=30))
    for tool, arguments in {"cancel_meeting": {}, "reschedule_meeting": {"title": "Late"}}.items():
        assert "is over" in assistant.refusal(tool, meeting_id=made["id"], **arguments)


def test_who_finds_no_place_to_wait_is_told_when_to_look(
    assistant: Assistant, zoom: ZoomSimulator, alice: Owner, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    monkeypatch.setattr(link_wait, "PLACES", link_wait.Places(at_most=0, an_owner=0))
    made = schedule(assistant, ann, wait_seconds=10)
    look = assistant.call("get_join_link", meeting_id=made["id"], wait_seconds=10)
    for answer in (made, look):
        assert answer["link_status"] == "on_its_way"
        assert answer["note"] == "There was no waiting for the link just now. Call get_join_link in 2 seconds."
    assert "note" not in assistant.call("get_join_link", meeting_id=made["id"])
