"""A new link, asked for at the very moment at which a worker is busy with the meeting."""

from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from integrations import conferencing
from integrations.models import Connection
from meetings.links import making
from meetings.links import records as link_records
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.lib import claims
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, edit, job_of, make_due, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(zoom: ZoomSimulator, alice: Owner, schedule: Schedule) -> Meeting:
    connect_zoom(zoom, alice)
    return work(schedule())


def test_a_new_link_asked_for_while_a_worker_settles_is_made(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = link_records.settle

    def asked_just_before(*args: Any, **options: Any) -> None:
        monkeypatch.setattr(link_records, "settle", settle)
        link_records.new_link(owner=alice, meeting_id=meeting.pk)
        settle(*args, **options)

    monkeypatch.setattr(link_records, "settle", asked_just_before)
    make_due(meeting)
    assert work(meeting).join_url == ""
    assert job_of(meeting).due_at is not None
    assert work(meeting).join_url not in {"", meeting.join_url}


def test_a_create_carries_the_reference_by_which_its_lost_answer_is_looked_up(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    announce = making._announce

    def asked_just_before(*args: Any) -> bool:
        monkeypatch.setattr(making, "_announce", announce)
        link_records.new_link(owner=alice, meeting_id=meeting.pk)
        return announce(*args)

    monkeypatch.setattr(making, "_announce", asked_just_before)
    zoom.fault("create", "drop_after")
    work(meeting)
    make_due(meeting)
    assert work(meeting).join_url
    assert len(zoom.meetings()) == 1


def a_minute_later(meeting: Meeting) -> Meeting:
    """The next try has come, and so has the second look at what was in doubt."""
    make_due(meeting)
    ProviderMeeting.objects.filter(external_id="").update(created_at=timezone.now() - link_records.LATE)
    return work(meeting)


def held(meeting: Meeting) -> list[tuple[str, int]]:
    """What O-Key has on record: its state, and which create it came from."""
    return list(meeting.provider_meetings.order_by("generation", "state").values_list("state", "generation"))


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "answer lost"])
def test_a_new_link_asked_for_while_its_create_is_in_flight_hides_no_meeting_at_zoom(
    zoom: ZoomSimulator,
    managing: None,
    alice: Owner,
    meeting: Meeting,
    monkeypatch: pytest.MonkeyPatch,
    is_answered: bool,
) -> None:
    """The second of two requests had read "nothing is on its way" before the first one's create was announced."""
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    create = making._create

    def asked_meanwhile(*args: Any) -> Any:
        LinkJob.objects.filter(pk=meeting.pk).update(generation=F("generation") + 1, due_at=timezone.now())
        return create(*args)

    if not is_answered:
        zoom.fault("create", "drop_after")
    with monkeypatch.context() as patch:
        patch.setattr(making, "_create", asked_meanwhile)
        work(meeting)
    for _ in range(3):
        meeting = a_minute_later(meeting)
    [there] = zoom.meetings()
    assert meeting.join_url == there["join_url"]
    assert held(meeting) == [("ended", 1), ("current", 2)]
    assert job_of(meeting).due_at is None


def test_where_zoom_may_not_be_asked_the_create_that_was_sent_is_noted_as_a_possible_spare(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    zoom.fault("create", "drop_after")
    work(meeting)
    LinkJob.objects.filter(pk=meeting.pk).update(generation=F("generation") + 1)
    make_due(meeting)
    assert work(meeting).join_url
    assert held(meeting) == [("spare", 1), ("spare", 2), ("current", 3)]


def test_what_is_found_at_a_second_look_is_on_record_as_what_it_was_sent_as(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "drop_before")
    meeting = work(schedule())
    make_due(meeting)
    meeting = work(meeting)
    assert held(meeting) == [("current", 1), ("spare", 1)]
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    meeting = work(meeting)
    late = making.request_for(_work_on(meeting), generation=1)
    conferencing.create(conferencing.opened(Connection.objects.get()), late)  # Zoom carries it out at last
    assert len(zoom.meetings()) == 2
    meeting = a_minute_later(meeting)
    assert [there["join_url"] for there in zoom.meetings()] == [meeting.join_url]
    assert held(meeting) == [("ended", 1), ("ended", 1), ("ended", 1), ("current", 2)]


def test_a_list_that_never_comes_does_not_keep_the_link_away_and_the_spare_is_found_when_it_does(
    zoom: ZoomSimulator, managing: None, alice: Owner, schedule: Schedule
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("create", "drop_after")
    meeting = work(schedule())
    zoom.fault("list", "status", status=503, times=None)
    tries = 0
    while not meeting.join_url:
        tries += 1
        assert tries < 10
        make_due(meeting)
        meeting = work(meeting)
    assert zoom.calls("list") == tries > 5
    assert len(zoom.meetings()) == 2
    assert meeting.events.filter(kind="may_hold_spare").count() == 1
    zoom.clear_faults()
    meeting = a_minute_later(meeting)
    assert [there["join_url"] for there in zoom.meetings()] == [meeting.join_url]


def test_what_changes_between_the_look_and_the_call_is_what_zoom_is_told(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    announce = making._announce

    def edited_just_before(*args: Any) -> bool:
        monkeypatch.setattr(making, "_announce", announce)
        edit(alice, meeting, title="Changed meanwhile")
        return announce(*args)

    monkeypatch.setattr(making, "_announce", edited_just_before)
    assert work(meeting).join_url
    assert [there["topic"] for there in zoom.meetings()] == ["Changed meanwhile"]
    assert job_of(meeting).due_at is None


def test_a_doubt_that_comes_while_a_worker_settles_is_looked_for(
    zoom: ZoomSimulator, managing: None, alice: Owner, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From somebody who slept past the claim: made a call, lost its answer, and found the job in other hands."""
    settle = link_records.settle

    def doubted_just_before(work_: link_records.Work, **options: Any) -> None:
        monkeypatch.setattr(link_records, "settle", settle)
        sleeper = link_records.Work(work_.claim, LinkJob.objects.get(), Meeting.objects.get())
        link_records.note_doubt(sleeper, Connection.objects.get())
        settle(work_, **options)

    monkeypatch.setattr(link_records, "settle", doubted_just_before)
    make_due(meeting)
    work(meeting)
    assert job_of(meeting).due_at is not None
    a_minute_later(meeting)
    assert zoom.calls("list") == 1
    assert job_of(meeting).due_at is None


def _work_on(meeting: Meeting) -> link_records.Work:
    make_due(meeting)
    claim = claims.take(LinkJob, meeting.pk, seconds=1)
    assert claim is not None
    read = link_records.Work.read(claim)
    assert claim.put_back(seconds=0)
    return read
