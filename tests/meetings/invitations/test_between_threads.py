"""Two workers that really run at once, on one invitation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from meetings import scheduling
from meetings.invitations import inviting
from meetings.models import Invitation
from okey.lib import claims
from okey.owners.models import Owner
from tests.meetings.invitations.inviting import invitation_of
from tests.meetings.linking import Schedule
from tests.processes import eventually
from tests.row_locks import is_waited_for

WORKERS = 6


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_sends(schedule: Schedule) -> None:
    meeting = schedule(provider="")
    together = Barrier(WORKERS)

    def work(_number: int) -> None:
        together.wait(10)
        try:
            inviting.work(meeting.invitations.get().pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    assert len(mail.outbox) == 1
    invitation: Invitation = invitation_of(meeting)
    assert (invitation.claim, invitation.told_revision) == (None, 1)


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_a_worker_settles_is_told_at_once(schedule: Schedule, alice: Owner) -> None:
    """The worker waits for the row that is changed, and must not go by what the meeting was before."""
    meeting = schedule(provider="")
    inviting.work(meeting.invitations.get().pk)
    Invitation.objects.update(due_at=timezone.now())
    claim = claims.take(Invitation, meeting.invitations.get().pk, seconds=90)
    assert claim is not None

    def settle() -> None:
        try:
            inviting._settle(claim)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            scheduling.cancel(owner=alice, meeting_id=meeting.pk)
            settling = pool.submit(settle)
            eventually(is_waited_for)
        settling.result(10)
    due_at = invitation_of(meeting).due_at
    assert due_at is not None
    assert due_at <= timezone.now()
