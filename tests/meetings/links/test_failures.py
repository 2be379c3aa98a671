"""Join links while Zoom fails: what is kept, what is tried again, and what is waited for."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
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


@pytest.mark.usefixtures("clock_stands")
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
    assert timezone.now() < job.due_at <= timezone.now() + timedelta(seconds=10)
    make_due(meeting)
    assert work(meeting).join_url
    assert job_of(meeting).problem == ""


#: By Zoom's clock the day before has a second left. Zoom's own clock is the simulator's, which stays.
BARELY_TOMORROW = timedelta(seconds=0.5)


@pytest.fixture
def at(zoom: ZoomSimulator, alice: Owner) -> Callable[[timedelta], AbstractContextManager[Any]]:
    """Alice, connected; and a clock that stands so long after the next midnight UTC, with a token that is good then."""
    connect_zoom(zoom, alice)
    midnight = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time.min, tzinfo=UTC)

    @contextmanager
    def stands_at(after: timedelta) -> Iterator[datetime]:
        with time_machine.travel(midnight + after, tick=False):
            ProviderAccount.objects.update(expires_at=timezone.now() + timedelta(hours=1))
            yield midnight

    return stands_at


def test_the_daily_limit_blocks_the_account_until_midnight_utc_and_some_minutes(
    zoom: ZoomSimulator, schedule: Schedule, at: Callable[[timedelta], AbstractContextManager[datetime]]
) -> None:
    zoom.fault("create", "rate_limit_daily")
    with at(-timedelta(hours=2)) as midnight:
        meetings = [schedule() for _ in range(8)]
        for meeting in meetings:
            work(meeting)
        jobs = [job_of(meeting) for meeting in meetings]
    assert zoom.calls("create") == 1
    assert {job.problem for job in jobs} == {LinkJob.Problem.DAILY_LIMIT}
    due = [job.due_at for job in jobs if job.due_at is not None]
    assert all(midnight <= due_at <= midnight + timedelta(minutes=5) for due_at in due)
    assert len(set(due)) == len(jobs)
    assert max(due) - min(due) > timedelta(seconds=10)


def test_a_daily_limit_that_is_met_when_the_day_has_hardly_begun_is_over_in_some_minutes(
    zoom: ZoomSimulator, schedule: Schedule, at: Callable[[timedelta], AbstractContextManager[datetime]]
) -> None:
    zoom.fault("create", "rate_limit_daily", times=3)
    with at(-timedelta(hours=2)):
        meeting = work(schedule(starts_at=timezone.now() + timedelta(days=5)))
    for after in (BARELY_TOMORROW, timedelta(minutes=10)):
        with at(after):
            make_due(meeting)
            ProviderAccount.objects.update(blocked_until=None)
            work(meeting)
            job = job_of(meeting)
            assert job.due_at is not None
            assert timedelta(minutes=5) <= job.due_at - timezone.now() <= timedelta(minutes=10)
    with at(timedelta(minutes=21)):
        make_due(meeting)
        assert work(meeting).join_url


@pytest.mark.usefixtures("clock_stands")
def test_what_zoom_put_off_for_a_while_comes_back_one_after_the_other(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    body = {"code": 429, "message": "Slow down."}
    zoom.fault("create", "status", status=429, times=None, body=body, headers={"Retry-After": "40"})
    waits = [job_of(work(schedule())).due_at - timezone.now() for _ in range(8)]  # type: ignore[operator]
    assert all(timedelta(seconds=40) <= wait <= timedelta(seconds=50) for wait in waits)
    assert len(set(waits)) == len(waits)


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


@pytest.mark.parametrize("status", [500, 503, 408])
def test_what_a_server_made_before_it_failed_is_found_where_that_is_allowed(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule, status: int
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "status", status=status, after=True)
    meeting = work(schedule())
    make_due(meeting)
    assert work(meeting).join_url
    assert (zoom.calls("create"), len(zoom.meetings())) == (1, 1)
    assert [one.state for one in meeting.provider_meetings.all()] == ["current"]


@pytest.mark.parametrize("status", [500, 503, 408])
def test_what_a_server_made_before_it_failed_is_else_noted_as_a_possible_spare_and_said_once(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, status: int
) -> None:
    connect_zoom(zoom, alice, scopes=MINIMAL)
    zoom.fault("create", "status", status=status, after=True, times=3)
    meeting = schedule()
    for _ in range(4):
        meeting = work(meeting)
        make_due(meeting)
    assert meeting.join_url
    assert len(zoom.meetings()) == 4
    assert sorted(meeting.provider_meetings.values_list("state", flat=True)) == ["current", *["spare"] * 3]
    kinds = meeting.events.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["scheduled", "unavailable", "may_hold_spare", "unavailable", "link_ready"]


def test_a_limit_says_that_nothing_was_made(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "rate_limit_second")
    meeting = work(schedule())
    assert job_of(meeting).sent_at is None
    make_due(meeting)
    assert work(meeting).join_url
    assert zoom.calls("list") == 0


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
