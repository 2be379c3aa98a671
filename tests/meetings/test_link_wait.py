"""Holding the line for a link: only while it may come, and never longer than asked."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.models import ProviderAccount
from meetings import link_wait, scheduling
from meetings.link_wait import Places
from meetings.links.state import Status
from meetings.models import LinkJob, Meeting
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


class Naps:
    """In place of the module `time`: what happens while somebody waits. Time passes, and maybe a worker works."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock = clock
        self.count = 0
        self.work_at: tuple[int, Meeting] | None = None

    def monotonic(self) -> float:
        return timezone.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.count += 1
        self.clock.shift(seconds)
        if self.work_at and self.count == self.work_at[0]:
            work(self.work_at[1])


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> Naps:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        naps = Naps(clock)
        monkeypatch.setattr(link_wait, "time", naps)
        yield naps


def test_the_link_is_there_as_soon_as_a_worker_has_made_it(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    naps.work_at = (3, meeting)
    row = link_wait.wait_for_link(alice, meeting.pk, seconds=10).row
    assert row.link.status is Status.READY
    assert row.meeting.join_url
    assert naps.count == 3


def test_no_longer_than_asked(zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps) -> None:
    connect_zoom(zoom, alice)
    began = timezone.now()
    row = link_wait.wait_for_link(alice, schedule().pk, seconds=2).row
    assert row.link.status is Status.ON_ITS_WAY
    assert timedelta(seconds=1.7) < timezone.now() - began < timedelta(seconds=2.3)


@pytest.mark.parametrize("seconds", [0, -1])
def test_who_does_not_ask_to_wait_does_not(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps, seconds: float
) -> None:
    connect_zoom(zoom, alice)
    link_wait.wait_for_link(alice, schedule().pk, seconds=seconds)
    assert naps.count == 0


def test_nobody_waits_for_what_does_not_come_by_itself(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps
) -> None:
    without = schedule(provider="")
    connect_zoom(zoom, alice)
    later = schedule()
    LinkJob.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(minutes=1), problem="unavailable")
    for meeting in (without, later):
        link_wait.wait_for_link(alice, meeting.pk, seconds=10)
    ProviderAccount.objects.update(state=ProviderAccount.State.NEEDS_RECONNECT)
    assert link_wait.wait_for_link(alice, schedule().pk, seconds=10).row.link.status is Status.NEEDS_ATTENTION
    assert naps.count == 0


def test_a_cancelled_meeting_ends_the_wait(zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert link_wait.wait_for_link(alice, meeting.pk, seconds=10).row.link.status is Status.NO_LINK
    assert naps.count == 0


def test_when_all_places_are_taken_the_answer_comes_at_once_and_says_when_to_look_again(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    monkeypatch.setattr(link_wait, "PLACES", Places(at_most=0, an_owner=2))
    waited = link_wait.wait_for_link(alice, meeting.pk, seconds=10)
    assert (waited.row.link.status, waited.has_waited, naps.count) == (Status.ON_ITS_WAY, False, 0)
    assert waited.come_again_seconds == 2


def test_a_place_is_given_back(zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    for _ in range(5):
        assert link_wait.wait_for_link(alice, meeting.pk, seconds=1).has_waited


def test_one_owner_does_not_take_every_place(alice: Owner, bob: Owner) -> None:
    places = Places(at_most=3, an_owner=2)
    assert [places.take(alice.pk) for _ in range(3)] == [True, True, False]
    assert [places.take(bob.pk) for _ in range(2)] == [True, False]
    places.give_back(alice.pk)
    assert [places.take(bob.pk), places.take(alice.pk)] == [True, False]
    for owner in (alice, bob, bob):
        places.give_back(owner.pk)
    assert [places.take(alice.pk) for _ in range(3)] == [True, True, False]


def test_what_comes_later_is_said_with_its_time(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    LinkJob.objects.filter(pk=meeting.pk).update(due_at=timezone.now() + timedelta(seconds=59.5), problem="unavailable")
    waited = link_wait.wait_for_link(alice, meeting.pk, seconds=10)
    assert (waited.has_waited, waited.come_again_seconds) == (False, 60)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert link_wait.wait_for_link(alice, meeting.pk, seconds=10).come_again_seconds is None


def test_a_stranger_finds_nothing(
    zoom: ZoomSimulator, alice: Owner, charlie: Owner, schedule: Schedule, naps: Naps
) -> None:
    connect_zoom(zoom, alice)
    with pytest.raises(Meeting.DoesNotExist):
        link_wait.wait_for_link(charlie, schedule().pk, seconds=10)
