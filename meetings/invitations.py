"""A client's way into a meeting: made with the meeting, owed mails as it changes, revoked by the owner."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings import diary
from meetings.models import Invitation, Meeting
from okey.lib import claims
from okey.owners.models import Owner

LEASE_SECONDS = 90


def invite(meeting: Meeting, *, by_mail: bool = True, is_address_confirmed: bool = True) -> Invitation:
    """Give the meeting's contact a page of it, and a mail with its address unless `by_mail` is off.

    Called inside the transaction that makes the meeting.
    """
    invitation = Invitation.objects.create(
        meeting=meeting,
        contact=meeting.contact,
        email=meeting.contact.email,
        is_mailed=by_mail,
        is_address_confirmed=is_address_confirmed,
        due_at=timezone.now() if by_mail else None,
    )
    if by_mail:
        transaction.on_commit(invitation.wake)
    return invitation


def owe(meeting: Meeting) -> None:
    """Compare what clients were told with what the meeting is now, soon.

    Called inside every transaction that changes a meeting or its link, with the meeting's row locked.
    """
    now = timezone.now()
    for invitation in Invitation.objects.filter(meeting=meeting, is_mailed=True, revoked_at=None):
        Invitation.objects.filter(pk=invitation.pk).update(
            due_at=now, changed_at=now, attempts=0, failing_since=None, failed_at=None
        )
        transaction.on_commit(invitation.wake)


@transaction.atomic
def revoke(*, owner: Owner, invitation_id: Any) -> Invitation:
    """Close the page for good and send no more mails. Raises Invitation.DoesNotExist for another owner’s."""
    Owner.objects.locked(owner.pk)
    invitation = Invitation.objects.get(pk=invitation_id, meeting__owner=owner)
    if invitation.revoked_at is None:
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now(), due_at=None)
        diary.note(invitation.meeting_id, "revoked", _("The client’s page of this meeting was closed."))
    return Invitation.objects.get(pk=invitation_id)


def work(invitation_id: Any) -> None:
    """Send what is owed, if it is due."""
    claim = claims.take(Invitation, invitation_id, seconds=LEASE_SECONDS)
    if claim is not None:
        claim.release(due_at=None)
