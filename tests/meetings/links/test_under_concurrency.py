"""Several processes at once: nothing is forgotten, nothing is done twice. On both databases."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from integrations import authorization, connections
from integrations.models import Connection
from meetings import scheduling
from meetings.links import making
from meetings.models import LinkJob, Meeting
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.zoom_fixtures import connect_zoom, returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(alice: Owner) -> Contact:
    return add_contact(owner=alice, name="Ann Lee", email="ann@example.com")


def plan(**changes: Any) -> scheduling.Plan:
    starts_at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    return scheduling.Plan(**{"title": "Call", "starts_at": starts_at, "minutes": 30, "provider": "zoom", **changes})


def in_thread(call: Callable[[], object]) -> Thread:
    """The call in a thread of its own, with a database connection of its own."""

    def run() -> None:
        try:
            call()
        finally:
            database.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def all_at_once(*calls: Callable[[], object]) -> None:
    barrier = Barrier(len(calls))

    def after_the_barrier(call: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            barrier.wait(timeout=20)
            return call()

        return run

    for thread in [in_thread(after_the_barrier(call)) for call in calls]:
        thread.join(timeout=60)
        assert not thread.is_alive()


def test_many_workers_woken_for_one_meeting_make_one_link(zoom: ZoomSimulator, alice: Owner, ann: Contact) -> None:
    connect_zoom(zoom, alice)
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan())
    all_at_once(*[lambda: making.work(meeting.pk)] * 8)
    assert zoom.calls("create") == 1
    assert Meeting.objects.get().join_url


def test_two_clicks_on_schedule_are_one_meeting(alice: Owner, ann: Contact) -> None:
    def schedule() -> object:
        return scheduling.schedule(owner=alice, contact=ann, plan=plan(provider=""), request_key="one click")

    all_at_once(*[schedule] * 6)
    assert Meeting.objects.count() == 1


def test_a_reschedule_while_zoom_is_making_the_meeting_is_not_forgotten(
    zoom: ZoomSimulator, settings: Any, alice: Owner, ann: Contact
) -> None:
    settings.ZOOM_MANAGE_MEETINGS = True
    connect_zoom(zoom, alice)
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan())
    zoom.fault("create", "hold", after=True)
    worker = in_thread(lambda: making.work(meeting.pk))
    zoom.wait_until_held()
    scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan(title="Moved", minutes=45))
    zoom.release()
    worker.join(timeout=30)
    job = LinkJob.objects.get()
    if job.due_at is not None:
        making.work(meeting.pk)
    assert (zoom.meetings()[0]["topic"], zoom.meetings()[0]["duration"]) == ("Moved", 45)
    assert (zoom.calls("create"), zoom.calls("update")) == (1, 1)
    assert LinkJob.objects.get().due_at is None


def test_a_disconnect_while_zoom_is_making_the_meeting_keeps_the_link(
    zoom: ZoomSimulator, alice: Owner, ann: Contact
) -> None:
    connection = connect_zoom(zoom, alice)
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan())
    zoom.fault("create", "hold", after=True)
    worker = in_thread(lambda: making.work(meeting.pk))
    zoom.wait_until_held()
    connections.disconnect(owner=alice, connection_id=connection.pk)
    zoom.release()
    worker.join(timeout=30)
    assert Meeting.objects.get().join_url == zoom.meetings()[0]["join_url"]


def test_a_job_that_finds_no_live_connection_while_the_owner_reconnects_is_not_left_behind(
    zoom: ZoomSimulator, alice: Owner, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect_zoom(zoom, alice)
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan())
    connections.disconnect(owner=alice, connection_id=connection.pk)
    attempt = returned(zoom, alice, authorization.begin(alice, "zoom"))
    look = making.next_step
    looks = []

    def reconnected_after_the_look(seen: Meeting) -> making.Step:
        step = look(seen)
        if not looks:
            looks.append(step.do)
            authorization.proceed(attempt.pk)
            making.work(meeting.pk)  # the wake-up call of the reconnect finds the job claimed
        return step

    monkeypatch.setattr(making, "next_step", reconnected_after_the_look)
    making.work(meeting.pk)
    assert looks == [making.Do.WAIT]
    assert Connection.objects.active().exists()
    assert Meeting.objects.get().join_url == ""
    job = LinkJob.objects.get(claim=None)
    assert job.due_at is not None
    assert job.due_at <= timezone.now() + timedelta(seconds=3)
    LinkJob.objects.update(due_at=timezone.now())
    making.work(meeting.pk)
    assert Meeting.objects.get().join_url


def test_a_worker_that_slept_past_its_claim_leaves_a_spare_and_not_a_second_link(
    zoom: ZoomSimulator, settings: Any, alice: Owner, ann: Contact
) -> None:
    settings.ZOOM_MANAGE_MEETINGS = True
    connect_zoom(zoom, alice)
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan())
    zoom.fault("create", "hold")
    sleeper = in_thread(lambda: making.work(meeting.pk))
    zoom.wait_until_held()
    # Its time runs out; somebody else takes over, sees nothing at Zoom and makes the meeting.
    LinkJob.objects.update(claimed_until=timezone.now(), sent_at=timezone.now() - timedelta(minutes=1))
    making.work(meeting.pk)
    link = Meeting.objects.get().join_url
    assert link
    zoom.release()
    sleeper.join(timeout=30)
    assert Meeting.objects.get().join_url == link
    assert LinkJob.objects.get().due_at is not None
    making.work(meeting.pk)
    assert [there["join_url"] for there in zoom.meetings()] == [link]


def test_two_owners_on_one_zoom_user_both_go_on_making_links(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    connect_zoom(zoom, bob)
    bert = add_contact(owner=bob, name="Bert", email="bert@example.com")
    mine = scheduling.schedule(owner=alice, contact=ann, plan=plan())
    theirs = scheduling.schedule(owner=bob, contact=bert, plan=plan())
    all_at_once(lambda: making.work(mine.pk), lambda: making.work(theirs.pk))
    assert all(Meeting.objects.values_list("join_url", flat=True))
    assert zoom.calls("create") == 2
