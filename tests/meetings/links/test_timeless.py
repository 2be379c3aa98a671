"""Providers that know no time, and creates that may be repeated: nothing is owed, and no page says otherwise."""

from datetime import timedelta

import pytest

from integrations import connections
from integrations.providers.base import Unknown
from meetings import scheduling
from meetings.links.state import Means, link_state
from meetings.models import Meeting, MeetingEvent, ProviderMeeting
from okey.owners.models import Owner
from tests.integrations.steady import AtSteady
from tests.meetings.linking import Schedule, edit, is_due, job_of, make_due, work

pytestmark = pytest.mark.django_db

TIMELESS = pytest.mark.parametrize("provider", ["jitsi", "personal_link", "steady_rooms"])


def connect(provider: str, owner: Owner, steady: AtSteady) -> None:
    if provider == "steady_rooms":
        steady.authorize(owner)
    else:
        link = "https://meet.example.com/alice" if provider == "personal_link" else ""
        connections.connect(owner=owner, provider=provider, link=link)


def told(meeting: Meeting) -> set[str]:
    return set(MeetingEvent.objects.filter(meeting=meeting).values_list("kind", flat=True))


def state(owner: Owner, meeting: Meeting) -> str:
    meeting = Meeting.objects.get(pk=meeting.pk)
    said = link_state(meeting, Means.of(owner))
    return f"{said.status} {said.note}".strip()


@TIMELESS
def test_a_moved_meeting_keeps_its_link_and_owes_nothing(
    alice: Owner, schedule: Schedule, steady: AtSteady, provider: str
) -> None:
    connect(provider, alice, steady)
    meeting = work(schedule(provider=provider))
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(hours=1))
    assert work(meeting).join_url == meeting.join_url
    assert not is_due(meeting)
    assert told(meeting).isdisjoint({"synced", "not_synced", "ended", "spare"})
    assert state(alice, meeting) == "ready"


@TIMELESS
def test_a_cancelled_meeting_leaves_nothing_to_remove_anywhere(
    alice: Owner, schedule: Schedule, steady: AtSteady, provider: str
) -> None:
    connect(provider, alice, steady)
    meeting = work(schedule(provider=provider))
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    work(meeting)
    assert not is_due(meeting)
    assert told(meeting).isdisjoint({"synced", "not_synced", "ended", "spare"})
    assert state(alice, meeting) == "no_link"


def test_where_the_time_is_kept_and_not_told_the_pages_say_so(
    alice: Owner, schedule: Schedule, steady: AtSteady
) -> None:
    steady.authorize(alice, provider="steady_conferences")
    meeting = work(schedule(provider="steady_conferences"))
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(hours=1))
    work(meeting)
    assert "not_synced" in told(meeting)
    assert "Steady Conferences still shows the old details of this meeting" in state(alice, meeting)


def test_a_create_whose_answer_was_lost_is_sent_again_and_leaves_no_spare(
    alice: Owner, schedule: Schedule, steady: AtSteady
) -> None:
    steady.authorize(alice)
    meeting = schedule(provider="steady_rooms")
    steady.steady.faults = [("create", Unknown("no answer"))]
    assert work(meeting).join_url == ""
    assert job_of(meeting).sent_at is None
    make_due(meeting)
    assert work(meeting).join_url == "https://steady.example.com/steady_rooms-2"
    assert ProviderMeeting.objects.get(meeting=meeting).state == "current"
    assert told(meeting).isdisjoint({"may_hold_spare", "spare"})


def test_a_worker_that_died_of_its_create_has_it_sent_again(
    alice: Owner, schedule: Schedule, steady: AtSteady, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady.authorize(alice)
    meeting = schedule(provider="steady_rooms")
    with monkeypatch.context() as patch:
        patch.setattr(steady.rooms, "create", lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            work(meeting)
    assert job_of(meeting).sent_at is not None
    job = job_of(meeting)
    type(job).objects.filter(pk=job.pk).update(claim=None, claimed_until=None)
    make_due(meeting)
    assert work(meeting).join_url
    assert job_of(meeting).sent_at is None
    assert told(meeting).isdisjoint({"may_hold_spare", "spare"})
