"""Owners' webhooks are told of meetings and their links: once for each change, without secrets, or not at all."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import connections
from integrations.models import Connection
from meetings import scheduling
from meetings.links import records as link_records
from meetings.models import LinkJob, Meeting
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.meetings.linking import Schedule, edit, make_due, work
from tests.okey.webhooks.messages import check_as_documented
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_documented(db: None) -> Iterator[None]:
    """Whatever a test has told is as the API's document says."""
    yield
    check_as_documented()


def told(owner: Owner) -> list[str]:
    events = Event.objects.filter(owner=owner, type__startswith="meeting.").order_by("at", "pk")
    return [event.type.removeprefix("meeting.") for event in events]


def last(owner: Owner) -> dict[str, Any]:
    data: dict[str, Any] = Event.objects.filter(owner=owner).latest("at").data
    return data


@pytest.fixture
def connected(zoom: ZoomSimulator, alice: Owner) -> Connection:
    return connect_zoom(zoom, alice)


def test_a_meeting_is_told_of_from_scheduling_to_cancelling(
    connected: Connection, alice: Owner, schedule: Schedule
) -> None:
    meeting = schedule()
    work(meeting)
    edit(alice, meeting, minutes=45)
    work(meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk, by_client=True)
    assert told(alice) == ["scheduled", "link_ready", "rescheduled", "cancelled"]
    assert [event.data["revision"] for event in Event.objects.filter(type__startswith="meeting").order_by("at")] == [
        1,
        1,
        2,
        3,
    ]
    assert last(alice)["by"] == "client"
    assert last(alice)["meeting_id"] == str(meeting.pk)


def test_what_changes_nothing_is_not_told(connected: Connection, alice: Owner, schedule: Schedule) -> None:
    meeting = schedule()
    work(meeting)
    work(meeting)
    edit(alice, meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert told(alice) == ["scheduled", "link_ready", "cancelled"]


def test_an_event_says_when_and_with_whom_as_things_stood_and_holds_no_link_and_no_secret(
    connected: Connection, alice: Owner, schedule: Schedule
) -> None:
    meeting = work(schedule(title="Top secret", agenda="Hush"))
    assert meeting.join_url
    data = last(alice)
    assert data == {
        "meeting_id": str(meeting.pk),
        "contact_id": str(meeting.contact_id),
        "revision": 1,
        "starts_at": meeting.starts_at.isoformat().replace("+00:00", "Z"),
        "ends_at": meeting.ends_at.isoformat().replace("+00:00", "Z"),
        "provider": "zoom",
        "source": "crm",
    }
    everything = json.dumps([event.data for event in Event.objects.all()])
    for secret in (meeting.join_url, "Top secret", "Hush", "start_url", "ann@example.com"):
        assert secret not in everything


def test_a_reschedule_tells_the_new_time(connected: Connection, alice: Owner, schedule: Schedule) -> None:
    meeting = schedule()
    starts_at = meeting.starts_at + timedelta(days=2)
    edit(alice, meeting, starts_at=starts_at)
    assert last(alice)["starts_at"] == starts_at.isoformat().replace("+00:00", "Z")


def test_a_refusal_is_told_once_however_often_it_is_tried_again(
    connected: Connection, zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    meeting = schedule()
    for _ in range(2):
        zoom.fault("create", "status", status=400, body={"code": 300, "message": "No."})
        work(meeting)
        scheduling.retry_link(owner=alice, meeting_id=meeting.pk)
    assert told(alice) == ["scheduled", "link_needs_attention"]
    assert last(alice)["problem"] == "refused"
    work(meeting)
    assert told(alice) == ["scheduled", "link_needs_attention", "link_ready"]


def test_a_provider_that_does_not_answer_is_no_news_until_the_link_is_there(
    connected: Connection, zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    meeting = schedule()
    for _ in range(3):
        zoom.fault("create", "status", status=503, body={})
        work(meeting)
        make_due(meeting)
    assert told(alice) == ["scheduled"]
    work(meeting)
    assert told(alice) == ["scheduled", "link_ready"]


def test_a_meeting_that_waits_for_its_provider_is_told_once(
    connected: Connection, alice: Owner, schedule: Schedule
) -> None:
    meeting = schedule()
    connections.disconnect(owner=alice, connection_id=connected.pk)
    for _ in range(3):
        make_due(meeting)
        work(meeting)
    assert told(alice) == ["scheduled", "link_needs_attention"]
    assert last(alice)["problem"] == "not_connected"


def test_a_new_link_in_place_of_an_old_one_is_told(connected: Connection, alice: Owner, schedule: Schedule) -> None:
    meeting = work(schedule())
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert told(alice) == ["scheduled", "link_ready", "link_ready"]


def test_of_a_cancelled_meeting_no_link_is_told(
    connected: Connection, alice: Owner, schedule: Schedule, zoom: ZoomSimulator
) -> None:
    meeting = schedule()
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert told(alice) == ["scheduled", "cancelled"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda alice, meeting: edit(alice, meeting, minutes=45), id="reschedule"),
        pytest.param(lambda alice, meeting: scheduling.cancel(owner=alice, meeting_id=meeting.pk), id="cancel"),
    ],
)
def test_a_change_that_fails_is_told_to_nobody(
    change: Callable[[Owner, Meeting], Any], connected: Connection, alice: Owner, schedule: Schedule
) -> None:
    meeting = schedule()
    Meeting.objects.filter(pk=meeting.pk).update(ends_at=timezone.now(), starts_at=timezone.now())
    with pytest.raises(scheduling.Conflict):
        change(alice, meeting)
    assert told(alice) == ["scheduled"]


def test_a_meeting_without_a_link_is_told_of_without_one(alice: Owner, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    work(meeting)
    assert told(alice) == ["scheduled"]
    assert LinkJob.objects.get().announced == ""
