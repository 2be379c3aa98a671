"""Scheduling for those who may only take what the owner offers: clients and the bot."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError

from meetings import scheduling
from meetings.models import Meeting
from okey.contacts.models import Contact

MONDAY_AT_TEN = datetime(2026, 8, 3, 10, tzinfo=ZoneInfo("Europe/Berlin"))
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def sunday_before() -> Any:
    with time_machine.travel(MONDAY_AT_TEN - timedelta(days=1), tick=False):
        yield


def plan(starts_at: datetime = MONDAY_AT_TEN, minutes: int = 30, title: str = "Kick-off") -> scheduling.Plan:
    return scheduling.Plan(title=title, starts_at=starts_at, minutes=minutes)


def book(contact: Contact, starts_at: datetime = MONDAY_AT_TEN, **more: Any) -> Meeting:
    return scheduling.schedule(owner=contact.owner, contact=contact, plan=plan(starts_at), must_be_offered=True, **more)


def move(meeting: Meeting, new: scheduling.Plan) -> Meeting:
    return scheduling.reschedule(owner=meeting.owner, meeting_id=meeting.pk, plan=new, must_be_offered=True)


def test_a_time_on_offer_is_booked_once_and_then_the_next_ones_are_named(ann: Contact) -> None:
    book(ann)
    with pytest.raises(scheduling.SlotTaken) as refusal:
        book(ann)
    starts = [slot.starts_at for slot in refusal.value.next_free]
    assert starts == [MONDAY_AT_TEN + HOUR / 2 * number for number in range(1, 6)]
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(MONDAY_AT_TEN - timedelta(days=3), id="past"),
        pytest.param(MONDAY_AT_TEN + timedelta(days=365), id="beyond the horizon"),
        pytest.param(MONDAY_AT_TEN + timedelta(minutes=7), id="off the grid"),
        pytest.param(MONDAY_AT_TEN + 10 * HOUR, id="outside the hours"),
    ],
)
def test_what_is_not_on_offer_is_refused_with_times_that_are(ann: Contact, odd: datetime) -> None:
    with pytest.raises(scheduling.SlotTaken) as refusal:
        book(ann, odd)
    assert len(refusal.value.next_free) == 5
    book(ann, refusal.value.next_free[0].starts_at)


def test_the_same_request_again_is_the_same_meeting_though_its_time_is_taken_now(ann: Contact) -> None:
    assert book(ann, request_key="once").pk == book(ann, request_key="once").pk


def test_an_owner_may_schedule_at_any_time(ann: Contact) -> None:
    for _twice in range(2):
        scheduling.schedule(owner=ann.owner, contact=ann, plan=plan(MONDAY_AT_TEN + 10 * HOUR))
    assert Meeting.objects.count() == 2


def test_a_length_that_no_meeting_has_is_named_by_its_field(ann: Contact) -> None:
    with pytest.raises(ValidationError) as refusal:
        scheduling.schedule(owner=ann.owner, contact=ann, plan=plan(minutes=0), must_be_offered=True)
    assert list(refusal.value.message_dict) == ["minutes"]


def test_a_meeting_may_move_into_a_time_that_overlaps_its_own(ann: Contact) -> None:
    meeting = move(book(ann), plan(minutes=60))
    assert meeting.minutes == 60


def test_a_meeting_does_not_move_onto_another(ann: Contact) -> None:
    meeting = book(ann)
    book(ann, MONDAY_AT_TEN + HOUR)
    with pytest.raises(scheduling.SlotTaken) as refusal:
        move(meeting, plan(MONDAY_AT_TEN + HOUR))
    assert refusal.value.next_free[0].starts_at == MONDAY_AT_TEN + HOUR * 1.5
    assert Meeting.objects.get(pk=meeting.pk).starts_at == MONDAY_AT_TEN


def test_another_title_needs_no_time_on_offer(ann: Contact) -> None:
    late = MONDAY_AT_TEN + 10 * HOUR
    meeting = scheduling.schedule(owner=ann.owner, contact=ann, plan=plan(late))
    assert move(meeting, plan(late, title="Renamed")).title == "Renamed"
