"""What clients do with their meeting themselves. The owner hears of each by mail and reads it in the diary."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings import diary, scheduling
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from okey.mails import outbox
from okey.owners.models import Owner

MESSAGE_MAX = 1000


@transaction.atomic
def cancel(invitation: Invitation) -> Meeting:
    """Cancel the meeting; twice is once. Raises scheduling.Conflict for one that is over."""
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    was_cancelled = Meeting.objects.get(pk=invitation.meeting_id).is_cancelled
    meeting = scheduling.cancel(owner=owner, meeting_id=invitation.meeting_id, by_client=True)
    if not was_cancelled:
        _tell(invitation, "meetings/mails/client_cancelled")
    return meeting


@transaction.atomic
def move(invitation: Invitation, starts_at: datetime) -> Meeting:
    """To another time on offer, as long as it is. Raises scheduling.SlotTaken and scheduling.Conflict."""
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    before = Meeting.objects.get(pk=invitation.meeting_id)
    plan = Plan(before.title, starts_at, before.minutes, before.agenda, before.provider)
    meeting = scheduling.reschedule(owner=owner, meeting_id=before.pk, plan=plan, must_be_offered=True)
    if meeting.starts_at != before.starts_at:
        diary.note(meeting.pk, "moved_by_client", _("The client moved it."))
        _tell(invitation, "meetings/mails/client_moved", was=before.starts_at, now=meeting.starts_at)
    return meeting


@transaction.atomic
def ask_for_another_time(invitation: Invitation, message: str) -> None:
    """Hand the client's words to the owner, who decides. Raises scheduling.Conflict unless the meeting is coming."""
    Owner.objects.locked(invitation.meeting.owner_id)
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    if meeting.is_cancelled or meeting.is_over:
        raise scheduling.Conflict
    text = _("The client asks for another time: “%(message)s”") % {"message": message}
    diary.note(meeting.pk, "asked_by_client", text)
    _tell(invitation, "meetings/mails/client_asks", message=message)


def _tell(invitation: Invitation, template: str, **more: str | datetime) -> None:
    meeting = invitation.meeting
    owner = meeting.owner
    context = {"owner": owner, "meeting": meeting, "contact": invitation.contact, "zone": str(owner.timezone), **more}
    with translation.override(owner.language), timezone.override(owner.timezone):
        outbox.write(to=owner.email, template=template, context=context)
