"""Join links against the Zoom simulator: what each meeting costs, and what every failure leaves behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations import connections
from integrations.models import ProviderAccount
from meetings import link_records, links, scheduling
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

ALL = "user:read:user meeting:write:meeting meeting:update:meeting meeting:delete:meeting meeting:read:list_meetings"
MINIMAL = ["user:read:user", "meeting:write:meeting"]

Schedule = Callable[..., Meeting]


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Lee", email="ann@example.com")


@pytest.fixture
def schedule(alice: Owner, ann: Contact) -> Schedule:
    def make(**changes: Any) -> Meeting:
        plan = scheduling.Plan(
            **{
                "title": "Kick-off",
                "starts_at": (timezone.now() + timedelta(days=1)).replace(microsecond=0),
                "minutes": 30,
                "provider": "zoom",
                **changes,
            }
        )
        return scheduling.schedule(owner=alice, contact=ann, plan=plan)

    return make


@pytest.fixture
def managing(settings: Settings) -> None:
    settings.ZOOM_MANAGE_MEETINGS = True


def work(meeting: Meeting) -> Meeting:
    """What a worker does when woken. Returns the meeting as it is then."""
    links.work(meeting.pk)
    return Meeting.objects.get(pk=meeting.pk)


def make_due(meeting: Meeting) -> None:
    """Time passes: the next try has come, and any call under way is beyond its deadline."""
    job = LinkJob.objects.filter(pk=meeting.pk)
    job.update(due_at=timezone.now())
    job.filter(sent_at__isnull=False).update(sent_at=timezone.now() - timedelta(minutes=1))


def job_of(meeting: Meeting) -> LinkJob:
    return LinkJob.objects.get(pk=meeting.pk)


def edit(owner: Owner, meeting: Meeting, **changes: Any) -> None:
    plan = {"title": meeting.title, "starts_at": meeting.starts_at, "minutes": meeting.minutes, **changes}
    scheduling.reschedule(owner=owner, meeting_id=meeting.pk, plan=scheduling.Plan(**plan))


# --- the ordinary way ------------------------------------------------------------------------------------


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


# --- changes ---------------------------------------------------------------------------------------------


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
    create = links._create

    def edited_meanwhile(*args: Any) -> Any:
        made = create(*args)
        edit(alice, meeting, title="While it was in flight")
        return made

    monkeypatch.setattr(links, "_create", edited_meanwhile)
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
    create = links._create

    def cancelled_meanwhile(*args: Any) -> Any:
        made = create(*args)
        scheduling.cancel(owner=alice, meeting_id=meeting.pk)
        return made

    monkeypatch.setattr(links, "_create", cancelled_meanwhile)
    assert work(meeting).join_url == ""
    assert zoom.meetings() == []


# --- failures --------------------------------------------------------------------------------------------


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


# --- waiting for a connection ----------------------------------------------------------------------------


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
    assert job_of(meeting).due_at is not None
    assert meeting.pk not in [job.pk for job in LinkJob.workable()]
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice)
    assert meeting.pk in [job.pk for job in LinkJob.workable().filter(due_at__lte=timezone.now())]
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


# --- found by reading ------------------------------------------------------------------------------------


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
    assert job_of(meeting).due_at is not None
    assert not LinkJob.workable().exists()
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice)
    assert LinkJob.workable().exists()
    work(meeting)
    assert [there["topic"] for there in zoom.meetings()] == ([] if change == "cancel" else ["Moved"])


def test_a_meeting_with_an_unsafe_link_is_recorded_as_a_spare(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "status", status=201, body={"id": 77, "join_url": "https://zoom.us.evil.example/j/77"})
    meeting = work(schedule())
    assert list(meeting.provider_meetings.values_list("external_id", "state", "join_url")) == [("77", "spare", "")]
