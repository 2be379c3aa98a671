"""A link that waits for its provider to be connected again costs nothing meanwhile, and goes on the moment it is."""

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import grants
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Grant
from integrations.refreshing import Asking
from meetings import scheduling
from meetings.links import making, owed, reconnect_mails
from meetings.models import LinkJob, Meeting, ReconnectReminder
from okey.lib import asking, claims
from okey.owners.models import Owner
from tests.meetings.page_cast import connect_zoom, contact_of, meeting_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(alice: Owner) -> Connection:
    return connect_zoom(alice, state=ProviderAccount.State.NEEDS_RECONNECT)


def parked(owner: Owner, *, hours: float = 24) -> Meeting:
    meeting = meeting_of(owner, hours=hours, job={"due_at": timezone.now()})
    making.work(meeting.pk)
    return meeting


def is_back(connection: Connection) -> None:
    ProviderAccount.objects.filter(pk=connection.account_id).update(state="live")


def order_of_work() -> list[Any]:
    taken = []
    while claim := claims.take_next(LinkJob, seconds=30):
        taken.append(claim.pk)
        claim.release(due_at=None)
    return taken


def test_it_is_not_due_and_looks_by_itself_once_in_days_or_when_the_meeting_is_over(
    alice: Owner, lost: Connection
) -> None:
    soon, later = parked(alice, hours=2), parked(alice, hours=24 * 30)
    jobs = {job.pk: job for job in LinkJob.objects.all()}
    assert all(job.waits_for_connection and not job.attempts for job in jobs.values())
    assert jobs[soon.pk].due_at == soon.ends_at
    look_at = jobs[later.pk].due_at
    assert look_at is not None
    assert timezone.now() + timedelta(hours=23) < look_at < timezone.now() + timedelta(hours=49)
    assert claims.take_next(LinkJob, seconds=30) is None


def test_a_reconnect_makes_all_due_at_once_the_soonest_meeting_first(
    alice: Owner, bob: Owner, lost: Connection
) -> None:
    meetings = [parked(alice, hours=hours) for hours in (30, 10, 20)]
    theirs = parked(bob, hours=5)
    is_back(lost)
    assert owed.heal(alice.pk, "zoom") == 3
    assert order_of_work() == [meetings[number].pk for number in (1, 2, 0)]
    assert LinkJob.objects.get(pk=theirs.pk).waits_for_connection
    mine = LinkJob.objects.filter(meeting__owner=alice)
    assert set(mine.values_list("waits_for_connection", "turn")) == {(False, f"zoom {lost.account_id}")}


def test_many_are_made_due_by_two_statements_and_one_message(
    alice: Owner, lost: Connection, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(asking, "ask", lambda lane: asked.append(lane))
    for hours in range(1, 31):
        parked(alice, hours=hours)
    is_back(lost)
    asked.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert owed.heal(alice.pk, "zoom") == 30
    assert asked == ["links"]


def test_a_broker_that_hangs_is_asked_once_by_a_reconnect(
    alice: Owner, lost: Connection, use_broker: Callable[[str], None], django_capture_on_commit_callbacks: Any
) -> None:
    for hours in range(1, 31):
        parked(alice, hours=hours)
    is_back(lost)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        use_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with django_capture_on_commit_callbacks(execute=True):
            owed.heal(alice.pk, "zoom")
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_pair_that_lifts_the_verdict_wakes_what_waits(
    alice: Owner, lost: Connection, django_capture_on_commit_callbacks: Any
) -> None:
    meeting = parked(alice)
    account = ProviderAccount.objects.get(pk=lost.account_id)
    with django_capture_on_commit_callbacks(execute=True):
        assert grants.renew(account, Grant("access", "refresh", 3600, frozenset()), Asking(account, None))
    assert order_of_work() == [meeting.pk]


def test_an_administrator_who_lets_an_owner_again_wakes_what_waits(
    alice: Owner, django_capture_on_commit_callbacks: Any
) -> None:
    connect_zoom(alice)
    alice.meeting_providers_enabled = False
    alice.save()
    meeting = parked(alice)
    assert LinkJob.objects.get(pk=meeting.pk).waits_for_connection
    alice.meeting_providers_enabled = True
    with django_capture_on_commit_callbacks(execute=True):
        alice.save()
    assert order_of_work() == [meeting.pk]


def test_where_no_reconnect_comes_the_job_ends_with_the_meeting(alice: Owner, lost: Connection) -> None:
    meeting = parked(alice, hours=1)
    over = timezone.now() - timedelta(hours=1)
    Meeting.objects.update(starts_at=over, ends_at=over)
    LinkJob.objects.update(due_at=over)
    making.work(meeting.pk)
    job = LinkJob.objects.get()
    assert (job.due_at, job.problem) == (None, LinkJob.Problem.TOO_LATE)


def test_a_meeting_that_waits_says_when_its_owner_is_to_be_reminded(alice: Owner, lost: Connection) -> None:
    ReconnectReminder.objects.create(connection=lost, due_at=timezone.now() + reconnect_mails.LOOK_AGAIN)
    far, near = parked(alice, hours=24 * 9), parked(alice, hours=30)
    reminder = ReconnectReminder.objects.get()
    assert reminder.due_at == near.starts_at - reconnect_mails.DAY_BEFORE
    assert reminder.due_at < far.starts_at


def test_scheduling_while_the_provider_is_lost_gives_the_job_its_accounts_turn(alice: Owner, lost: Connection) -> None:
    plan = scheduling.Plan(title="Call", starts_at=timezone.now() + timedelta(days=1), minutes=30, provider="zoom")
    meeting = scheduling.schedule(owner=alice, contact=contact_of(alice), plan=plan)
    assert LinkJob.objects.get(pk=meeting.pk).turn == f"zoom {lost.account_id}"
