"""What a client only asked for: its owner approves or declines it, or it is given back."""

from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import connections
from meetings import announcements, checks, diary, endings, scheduling, writing
from meetings.invitations import inviting, telling
from meetings.models import Meeting, MeetingEnd
from meetings.writing import Conflict
from okey.lib.claims import Claim
from okey.owners.models import Owner


def approve(*, owner: Owner, meeting_id: Any, word: str = "") -> Meeting:
    """What a client asked for is a meeting from now on, with its link; twice is once.

    Raises Conflict for one that was declined, withdrawn or answered too late; Meeting.DoesNotExist.
    """
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if meeting.is_cancelled:
            raise Conflict
        if meeting.approval_until is None:
            return meeting
        if meeting.approval_until <= timezone.now():
            raise Conflict
        provider = meeting.approved_provider
        is_there = connections.active(meeting.owner).filter(provider=provider).exists() if provider else False
        gone = checks.why_no_link(meeting.owner) if provider else meeting.no_link
        changes: dict[str, Any] = {"provider": provider if is_there else "", "no_link": "" if is_there else gone}
        Meeting.objects.filter(pk=meeting.pk).update(approval_until=None, word=word.strip())
        meeting.approval_until = None
        inviting.begin(meeting)
        writing.revise(meeting, **changes)
        diary.note_news(meeting.pk, "approved", _("You approved it."))
        writing.note_word(meeting, word)
        approved = Meeting.objects.get(pk=meeting_id)
        endings.expect(approved)
        announcements.scheduled(approved)
    return approved


def decline(*, owner: Owner, meeting_id: Any, word: str = "") -> Meeting:
    """Nothing is booked, and the client hears of it; twice is once.

    Raises Conflict for one that does not wait for its owner any more; Meeting.DoesNotExist.
    """
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if meeting.was_refused:
            return meeting
        if not meeting.is_requested:  # a page that lay open declines nothing that was approved meanwhile
            raise Conflict
        return scheduling.cancel(owner=owner, meeting_id=meeting_id, word=word)


def expire(*, owner: Owner, meeting_id: Any) -> None:
    """The owner has not answered in time: the time is free again, and the client hears of it. Twice is once."""
    with transaction.atomic():
        meeting = writing.locked(owner, meeting_id)
        if not meeting.is_requested or (meeting.approval_until and meeting.approval_until > timezone.now()):
            return
        writing.revise(meeting, cancelled_at=timezone.now(), **writing.ANSWERED)
        diary.note(meeting.pk, "cancelled", _("You have not answered in time, so it is off."))
        endings.forget(meeting)
        telling.refused(Meeting.objects.get(pk=meeting_id), is_late=True)


def work_on(claim: Claim[MeetingEnd]) -> None:
    """A meeting's end is due: that of the time in which its owner could approve it, or its own."""
    meeting = Meeting.objects.select_related("owner").get(pk=claim.pk)
    if not meeting.is_requested:
        endings.work_on(claim)
    elif meeting.approval_until is not None and meeting.approval_until > timezone.now():
        claim.release(due_at=meeting.approval_until)
    else:
        with translation.override(meeting.owner.language):
            expire(owner=meeting.owner, meeting_id=meeting.pk)
