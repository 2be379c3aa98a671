"""Series through the tools: scheduled, moved and cancelled, one of them or several."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meetings.models import Meeting, Series
from okey.contacts.models import Contact
from tests.meetings.assistant.assistant import Assistant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

#: Ten in Berlin, on the next day.
FIRST = datetime(2026, 8, 4, 8, tzinfo=UTC)
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)


def schedule(assistant: Assistant, ann: Contact, **changes: Any) -> dict[str, Any]:
    given = {"contact_id": str(ann.pk), "title": "Weekly", "starts_at": FIRST.isoformat(), "wait_seconds": 0}
    return assistant.call("schedule_meeting", **{**given, "repeat_times": 4, **changes})


def starts() -> list[datetime]:
    """Of those that stand."""
    return list(Meeting.objects.filter(cancelled_at=None).order_by("starts_at").values_list("starts_at", flat=True))


def test_a_series_is_scheduled_once_for_a_key_and_its_first_says_so(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann, repeat_weeks=2, request_key="once")
    assert "whose last is on 2026-09-15T10:00+02:00" in made["note"]
    assert schedule(assistant, ann, repeat_weeks=2, request_key="once")["id"] == made["id"]
    assert starts() == [FIRST + 2 * number * WEEK for number in range(4)]
    assert Series.objects.count() == 1
    assert {one.source for one in Meeting.objects.all()} == {Meeting.Source.ASSISTANT}


def test_a_key_of_one_meeting_makes_no_series_of_it_and_says_so(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann, repeat_times=1, request_key="once")
    again = schedule(assistant, ann, request_key="once")
    assert again["id"] == made["id"]
    assert "nothing new was scheduled" in again["note"]
    assert Meeting.objects.count() == 1


def test_one_that_is_not_free_refuses_all(assistant: Assistant, ann: Contact) -> None:
    schedule(assistant, ann, starts_at=(FIRST + 2 * WEEK).isoformat(), repeat_times=1)
    given = {"contact_id": str(ann.pk), "title": "Weekly", "starts_at": FIRST.isoformat(), "repeat_times": 4}
    assert "not free" in assistant.refusal("schedule_meeting", **given)
    assert Series.objects.count() == 0
    assert len(schedule(assistant, ann, any_time=True)["id"]) == 36


def test_one_is_moved_or_those_that_follow_too(assistant: Assistant, ann: Contact) -> None:
    schedule(assistant, ann)
    second = Meeting.objects.get(starts_at=FIRST + WEEK)
    later = (second.starts_at + HOUR).isoformat()
    assistant.call("reschedule_meeting", meeting_id=str(second.pk), starts_at=later, and_following=True)
    assert starts() == [FIRST, *(FIRST + number * WEEK + HOUR for number in (1, 2, 3))]
    assistant.call("reschedule_meeting", meeting_id=str(second.pk), starts_at=second.starts_at.isoformat())
    assert starts() == [FIRST, FIRST + WEEK, *(FIRST + number * WEEK + HOUR for number in (2, 3))]


@pytest.mark.parametrize("weeks", [1, -1])
def test_none_of_them_stands_in_anothers_way(assistant: Assistant, ann: Contact, weeks: int) -> None:
    schedule(assistant, ann, starts_at=(FIRST + WEEK).isoformat())
    first = Meeting.objects.get(starts_at=FIRST + WEEK)
    moved = (first.starts_at + weeks * WEEK).isoformat()
    assistant.call("reschedule_meeting", meeting_id=str(first.pk), starts_at=moved, and_following=True)
    assert starts() == [FIRST + (1 + weeks + number) * WEEK for number in range(4)]


def test_where_one_that_follows_is_not_free_then_none_is_moved(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann)
    schedule(assistant, ann, starts_at=(FIRST + 2 * WEEK + HOUR).isoformat(), repeat_times=1)
    before = starts()
    given = {"meeting_id": made["id"], "starts_at": (FIRST + HOUR).isoformat(), "and_following": True}
    assert "not free" in assistant.refusal("reschedule_meeting", **given)
    assert starts() == before
    assistant.call("reschedule_meeting", **given, any_time=True)
    assert FIRST + 3 * WEEK + HOUR in starts()


@pytest.mark.parametrize(("which", "left", "also"), [("one", 3, 0), ("following", 1, 2), ("all", 0, 3)])
def test_one_is_cancelled_or_several(assistant: Assistant, ann: Contact, which: str, left: int, also: int) -> None:
    schedule(assistant, ann)
    second = Meeting.objects.get(starts_at=FIRST + WEEK)
    answer = assistant.call("cancel_meeting", meeting_id=str(second.pk), which=which)
    assert (answer["status"], answer["also_cancelled"], len(starts())) == ("cancelled", also, left)
    assert assistant.call("cancel_meeting", meeting_id=str(second.pk), which=which)["also_cancelled"] == 0


def test_a_meeting_alone_has_none_that_follow(assistant: Assistant, ann: Contact) -> None:
    made = schedule(assistant, ann, repeat_times=1)
    later = {"meeting_id": made["id"], "starts_at": (FIRST + HOUR).isoformat(), "and_following": True}
    assert assistant.call("reschedule_meeting", **later)["starts_utc"] == "2026-08-04T09:00Z"
    assert assistant.call("cancel_meeting", meeting_id=made["id"], which="all")["also_cancelled"] == 0
