"""Holding the line for a link: only while it may come, and never longer than asked."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from integrations.models import ProviderAccount
from meetings import scheduling, waiting
from meetings.link_state import Status
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
        monkeypatch.setattr(waiting, "time", naps)
        yield naps


def test_the_link_is_there_as_soon_as_a_worker_has_made_it(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    naps.work_at = (3, meeting)
    row = waiting.wait_for_link(alice, meeting.pk, seconds=10)
    assert row.link.status is Status.READY
    assert row.meeting.join_url
    assert naps.count == 3


def test_no_longer_than_asked(zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps) -> None:
    connect_zoom(zoom, alice)
    began = timezone.now()
    row = waiting.wait_for_link(alice, schedule().pk, seconds=2)
    assert row.link.status is Status.ON_ITS_WAY
    assert timedelta(seconds=1.7) < timezone.now() - began < timedelta(seconds=2.3)


@pytest.mark.parametrize("seconds", [0, -1])
def test_who_does_not_ask_to_wait_does_not(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps, seconds: float
) -> None:
    connect_zoom(zoom, alice)
    waiting.wait_for_link(alice, schedule().pk, seconds=seconds)
    assert naps.count == 0


def test_nobody_waits_for_what_does_not_come_by_itself(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps
) -> None:
    without = schedule(provider="")
    connect_zoom(zoom, alice)
    later = schedule()
    LinkJob.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(minutes=1), problem="unavailable")
    for meeting in (without, later):
        waiting.wait_for_link(alice, meeting.pk, seconds=10)
    ProviderAccount.objects.update(state=ProviderAccount.State.NEEDS_RECONNECT)
    assert waiting.wait_for_link(alice, schedule().pk, seconds=10).link.status is Status.NEEDS_ATTENTION
    assert naps.count == 0


def test_a_cancelled_meeting_ends_the_wait(zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert waiting.wait_for_link(alice, meeting.pk, seconds=10).link.status is Status.NO_LINK
    assert naps.count == 0


def test_when_all_places_are_taken_the_answer_comes_at_once(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, naps: Naps
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    taken = 0
    while waiting.PLACES.acquire(blocking=False):
        taken += 1
    try:
        assert waiting.wait_for_link(alice, meeting.pk, seconds=10).link.status is Status.ON_ITS_WAY
        assert naps.count == 0
    finally:
        waiting.PLACES.release(taken)
    waiting.wait_for_link(alice, meeting.pk, seconds=1)
    assert 4 <= naps.count <= 6


def test_a_stranger_finds_nothing(
    zoom: ZoomSimulator, alice: Owner, charlie: Owner, schedule: Schedule, naps: Naps
) -> None:
    connect_zoom(zoom, alice)
    with pytest.raises(Meeting.DoesNotExist):
        waiting.wait_for_link(charlie, schedule().pk, seconds=10)
