"""Join links against the Zoom simulator: what each meeting costs, and what a change asks for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import connections
from integrations.models import ProviderAccount
from meetings import scheduling
from meetings.links import making
from meetings.links import records as link_records
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, edit, job_of, make_due, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def test_a_warm_link_costs_one_call_and_a_cold_one_two(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> None:
    connect_zoom(zoom, alice)
    before = zoom.state("counters")["counters"]
    meeting = work(schedule())
    assert meeting.join_url.startswith(zoom.url + "/j/")
    assert job_of(meeting).due_at is None
    ProviderAccount.objects.update(expires_at=timezone.now())
    zoom.expire("jill")
    assert work(schedule()).join_url
    after = zoom.state("counters")["counters"]
    spent = {name: after[name]["calls"] - before[name]["calls"] for name in after}
    assert {name: calls for name, calls in spent.items() if calls} == {"create": 2, "refresh": 1}


def test_zoom_is_told_utc_the_owners_zone_and_our_reference(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule(title="Über Ännchen", agenda="Bring tea", minutes=45))
    there = zoom.meetings()[0]
    assert there["topic"] == "Über Ännchen"
    assert there["start_time"] == meeting.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert there["timezone"] == "Europe/Berlin"
    assert there["duration"] == 45
    assert there["agenda"] == f"O-Key {meeting.pk}/1\n\nBring tea"


def test_a_woken_worker_with_nothing_to_do_asks_nobody(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    work(meeting)
    make_due(meeting)
    work(meeting)
    assert zoom.calls("create") == 1


def test_jitsi_and_a_personal_link_need_no_call(alice: Owner, schedule: Schedule) -> None:
    connections.connect(owner=alice, provider="jitsi")
    connections.connect(owner=alice, provider="personal_link", link="https://meet.example.com/alice")
    rooms = {work(schedule(provider="jitsi")).join_url for _ in range(2)}
    assert len(rooms) == 2
    assert all(room.startswith("https://meet.jit.si/") for room in rooms)
    assert work(schedule(provider="personal_link")).join_url == "https://meet.example.com/alice"


def test_a_meeting_without_a_provider_owes_nothing(alice: Owner, schedule: Schedule) -> None:
    meeting = work(schedule(provider=""))
    assert meeting.join_url == ""
    assert job_of(meeting).due_at is None
    assert meeting.no_link == Meeting.NoLink.NOT_CONNECTED


def test_ten_edits_in_a_row_owe_one_call(zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    for number in range(10):
        edit(alice, meeting, title=f"Title {number}")
    after = work(meeting)
    assert zoom.calls("update") == 1
    assert zoom.meetings()[0]["topic"] == "Title 9"
    assert after.join_url == meeting.join_url


def test_by_default_a_reschedule_keeps_the_link_and_asks_zoom_nothing(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(hours=1))
    after = work(meeting)
    assert after.join_url == meeting.join_url
    assert (zoom.calls("update"), zoom.calls("create")) == (0, 1)
    assert job_of(meeting).due_at is None
    assert after.events.filter(kind="not_synced").count() == 1


def test_a_cancelled_meeting_is_cancelled_at_zoom_where_that_is_allowed(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert zoom.meetings() == []
    assert job_of(meeting).due_at is None


def test_by_default_cancelling_asks_zoom_nothing(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert zoom.calls("delete") == 0
    assert len(zoom.meetings()) == 1
    assert job_of(meeting).due_at is None


def test_update_and_cancel_go_only_through_the_account_that_created(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connection = connect_zoom(zoom, alice, "jill")
    meeting = work(schedule())
    connections.disconnect(owner=alice, connection_id=connection.pk)
    connect_zoom(zoom, alice, "len")
    edit(alice, meeting, title="Moved on")
    work(meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert (zoom.calls("update"), zoom.calls("delete")) == (0, 0)


def test_a_meeting_deleted_at_zoom_waits_for_the_owner_who_may_have_a_new_link(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    zoom.fault("update", "status", status=404, body={"code": 3001, "message": "Meeting does not exist: 1."})
    edit(alice, meeting, title="New title")
    work(meeting)
    assert job_of(meeting).problem == LinkJob.Problem.GONE
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    after = work(meeting)
    assert after.join_url not in {"", meeting.join_url}
    assert after.provider_meetings.filter(state="current").count() == 1


def test_a_reschedule_while_the_create_is_in_flight_is_not_forgotten(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    create = making._create

    def edited_meanwhile(*args: Any) -> Any:
        made = create(*args)
        edit(alice, meeting, title="While it was in flight")
        return made

    monkeypatch.setattr(making, "_create", edited_meanwhile)
    work(meeting)
    work(meeting)
    assert zoom.meetings()[0]["topic"] == "While it was in flight"
    assert ProviderMeeting.objects.get().synced_revision == 2
    assert job_of(meeting).due_at is None


def test_a_cancel_while_the_create_is_in_flight_leaves_no_link_and_no_spare(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    create = making._create

    def cancelled_meanwhile(*args: Any) -> Any:
        made = create(*args)
        scheduling.cancel(owner=alice, meeting_id=meeting.pk)
        return made

    monkeypatch.setattr(making, "_create", cancelled_meanwhile)
    assert work(meeting).join_url == ""
    assert zoom.meetings() == []
