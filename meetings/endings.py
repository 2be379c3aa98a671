"""A meeting is over: told once, by whoever finds its end due. Meetings that are over are never looked through."""

from django.db import transaction

from meetings import announcements
from meetings.models import Meeting, MeetingEnd
from okey.lib.claims import Claim

LEASE_SECONDS = 30


def expect(meeting: Meeting) -> None:
    """Its end is to be told, or, while it waits for approval, that the owner did not answer.

    Inside the transaction that schedules or moves it.
    """
    due_at = meeting.approval_until or meeting.ends_at
    if not MeetingEnd.objects.filter(pk=meeting.pk).update(due_at=due_at):
        MeetingEnd.objects.create(meeting=meeting, due_at=due_at)


def forget(meeting: Meeting) -> None:
    """It was cancelled, so it will never be over."""
    MeetingEnd.objects.filter(pk=meeting.pk).delete()


@transaction.atomic
def work_on(claim: Claim[MeetingEnd]) -> None:
    """Tell of it, unless it was cancelled or moved meanwhile."""
    meeting = Meeting.objects.locked(claim.pk)
    if not meeting.is_cancelled and not meeting.is_over:
        claim.release(due_at=meeting.ends_at)
        return
    gone, _by_table = MeetingEnd.objects.filter(pk=claim.pk, claim=claim.token).delete()
    if gone and not meeting.is_cancelled:
        announcements.over(meeting)
