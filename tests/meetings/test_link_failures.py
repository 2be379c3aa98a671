"""Join links while Zoom fails: what is kept, what is tried again, and what is waited for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations import connections
from integrations.models import ProviderAccount
from meetings import scheduling
from meetings.models import LinkJob, Meeting
from okey.owners.models import Owner
from tests.meetings.linking import MINIMAL, Schedule, edit, is_due, job_of, make_due, work
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["status", "xml", "drop_before", "rate_limit_second"])
def test_zoom_being_down_keeps_the_meeting_and_tries_again(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, kind: str
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", kind)
    meeting = work(schedule())
    job = job_of(meeting)
    assert meeting.join_url == ""
    assert job.problem == LinkJob.Problem.UNAVAILABLE
    assert job.due_at is not None
    assert timezone.now() < job.due_at < timezone.now() + timedelta(seconds=10)
    make_due(meeting)
    assert work(meeting).join_url
    assert job_of(meeting).problem == ""


def test_the_daily_limit_blocks_the_account_until_midnight_utc(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "rate_limit_daily")
    first, second = work(schedule()), schedule()
    work(second)
    assert zoom.calls("create") == 1
    for meeting in (first, second):
        job = job_of(meeting)
        assert job.problem == LinkJob.Problem.DAILY_LIMIT
        assert job.due_at is not None
        assert (job.due_at.hour, job.due_at.minute) == (0, 0)


def test_a_lost_answer_is_looked_up_where_find_is_allowed(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "drop_after")
    meeting = work(schedule())
    assert job_of(meeting).sent_at is not None
    make_due(meeting)
    assert work(meeting).join_url
    assert zoom.calls("create") == 1
    assert len(zoom.meetings()) == 1


def test_a_lost_answer_is_made_anew_where_not_and_the_spare_is_recorded(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice, scopes=MINIMAL)
    zoom.fault("create", "drop_after")
    meeting = work(schedule())
    make_due(meeting)
    after = work(meeting)
    assert after.join_url
    assert sorted(after.provider_meetings.values_list("state", flat=True)) == ["current", "spare"]
    assert after.events.filter(kind="may_hold_spare").exists()


def test_a_lost_answer_stays_marked_while_zoom_cannot_be_asked(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "drop_after")
    meeting = work(schedule())
    make_due(meeting)
    zoom.fault("list", "status", status=503)
    work(meeting)
    assert job_of(meeting).sent_at is not None
    make_due(meeting)
    assert work(meeting).join_url
    assert zoom.calls("create") == 1


def test_nobody_looks_before_the_deadline_of_a_call_that_may_be_on_its_way(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    LinkJob.objects.update(sent_at=timezone.now())
    work(meeting)
    assert (zoom.calls("list"), zoom.calls("create")) == (0, 0)
    due_at = job_of(meeting).due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [(400, 300, "refused"), (400, 3161, "may_not_host"), (400, 200, "paid_only"), (404, 1001, "user_gone")],
)
def test_a_refusal_waits_for_the_owner_with_the_reason(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, status: int, code: int, problem: str
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "status", status=status, body={"code": code, "message": "No."})
    meeting = work(schedule())
    job = job_of(meeting)
    assert (job.problem, job.due_at) == (problem, None)
    scheduling.retry_link(owner=alice, meeting_id=meeting.pk)
    assert work(meeting).join_url


def test_a_token_that_zoom_refuses_is_refreshed_once_and_the_link_is_made(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    ProviderAccount.objects.update(refreshed_at=timezone.now() - timedelta(minutes=10))
    zoom.expire("jill")
    meeting = schedule()
    work(meeting)
    assert work(meeting).join_url
    assert zoom.calls("refresh") == 1


def test_a_join_link_on_another_host_is_not_used(
    zoom: ZoomSimulator, settings: Settings, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    body = {"id": 1, "join_url": "https://zoom.us.evil.example/j/1"}
    zoom.fault("create", "status", status=201, body=body)
    meeting = work(schedule())
    assert meeting.join_url == ""
    assert job_of(meeting).problem == LinkJob.Problem.BAD_LINK


def test_a_meeting_that_is_over_gets_no_link_any_more(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    long_ago = timezone.now() - timedelta(hours=2)
    Meeting.objects.update(starts_at=long_ago, ends_at=long_ago + timedelta(minutes=30))
    work(meeting)
    assert zoom.calls("create") == 0
    assert job_of(meeting).due_at is None
    assert job_of(meeting).problem == LinkJob.Problem.TOO_LATE


def test_what_was_owed_at_a_disconnect_waits_and_heals_on_reconnecting(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, django_capture_on_commit_callbacks: Any
) -> None:
    connection = connect_zoom(zoom, alice)
    zoom.fault("create", "status", times=None)
    meeting = work(schedule())
    connections.disconnect(owner=alice, connection_id=connection.pk)
    zoom.clear_faults()
    make_due(meeting)
    assert work(meeting).join_url == ""
    assert (job_of(meeting).waits_for_connection, is_due(meeting)) == (True, False)
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice)
    assert (job_of(meeting).waits_for_connection, is_due(meeting)) == (False, True)
    assert work(meeting).join_url


def test_a_permission_that_was_missing_heals_on_reconnecting(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, schedule: Schedule, django_capture_on_commit_callbacks: Any
) -> None:
    connect_zoom(zoom, alice)
    authorize(zoom, bob, scopes=["user:read:user"])  # the same Zoom user, and the grant is one
    meeting = work(schedule())
    assert job_of(meeting).problem == LinkJob.Problem.SCOPE_MISSING
    with django_capture_on_commit_callbacks(execute=True):
        authorize(zoom, bob)
    assert work(meeting).join_url


def test_another_provider_never_takes_over(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> None:
    connection = connect_zoom(zoom, alice)
    connections.connect(owner=alice, provider="jitsi")
    meeting = schedule()
    connections.disconnect(owner=alice, connection_id=connection.pk)
    assert work(meeting).join_url == ""
    assert Meeting.objects.get().provider == "zoom"


def test_a_reschedule_after_a_lost_create_reaches_zoom_once_the_meeting_is_found(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "drop_after")
    meeting = work(schedule())
    edit(alice, meeting, title="Moved meanwhile")
    make_due(meeting)
    work(meeting)
    assert [there["topic"] for there in zoom.meetings()] == ["Moved meanwhile"]


@pytest.mark.parametrize("change", ["reschedule", "cancel"])
def test_a_change_owed_to_zoom_waits_while_the_account_needs_reconnecting(
    zoom: ZoomSimulator,
    managing: None,
    alice: Owner,
    schedule: Schedule,
    django_capture_on_commit_callbacks: Any,
    change: str,
) -> None:
    connect_zoom(zoom, alice)
    meeting = work(schedule())
    ProviderAccount.objects.update(state="needs_reconnect")
    if change == "cancel":
        scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    else:
        edit(alice, meeting, title="Moved")
    work(meeting)
    assert (job_of(meeting).waits_for_connection, is_due(meeting)) == (True, False)
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice)
    assert is_due(meeting)
    work(meeting)
    assert [there["topic"] for there in zoom.meetings()] == ([] if change == "cancel" else ["Moved"])


def test_a_meeting_with_an_unsafe_link_is_recorded_as_a_spare(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "status", status=201, body={"id": 77, "join_url": "https://zoom.us.evil.example/j/77"})
    meeting = work(schedule())
    assert list(meeting.provider_meetings.values_list("external_id", "state", "join_url")) == [("77", "spare", "")]
