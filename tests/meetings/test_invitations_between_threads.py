"""Two workers that really run at once, on one invitation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection

from meetings import invitations
from meetings.models import Invitation
from tests.meetings.inviting import invitation_of
from tests.meetings.linking import Schedule

WORKERS = 6


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_sends(schedule: Schedule) -> None:
    meeting = schedule(provider="")
    together = Barrier(WORKERS)

    def work(_number: int) -> None:
        together.wait(10)
        try:
            invitations.work(meeting.invitations.get().pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    assert len(mail.outbox) == 1
    invitation: Invitation = invitation_of(meeting)
    assert (invitation.claim, invitation.told_revision) == (None, 1)
