"""A client's way into a meeting: made with the meeting, owed mails as it changes, revoked by the owner.

What is owed, meetings.invitation_steps computes; here it is sent and recorded. Each mail is composed from the rows
as they are *after* the mail server is connected, and its outcome is written while the claim is held: a mail may go
out twice (with the same Message-ID), but never an older one after a newer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings import diary, invitation_mails
from meetings.invitation_steps import Mail, Step, is_up_to_date, next_step, title_of
from meetings.models import Invitation, Meeting, MeetingSettings, invitation_token
from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails import outbox
from okey.owners.models import Owner

#: Longer than EMAIL_TIMEOUT, which limits each step of the mail server's dialogue.
LEASE_SECONDS = 90
GIVE_UP_AFTER = timedelta(days=3)
ERROR_MAX = 300

#: A new start: whatever was wrong before does not count any more.
FRESH = {"attempts": 0, "failing_since": None, "failed_at": None, "last_error": ""}


# --- Writers ----------------------------------------------------------------------------------------------


def invite(
    meeting: Meeting, *, by_mail: bool = True, is_address_confirmed: bool = True, zone: ZoneInfo | None = None
) -> Invitation:
    """Give the meeting's contact a page of it, and a mail with its address unless `by_mail` is off.

    `zone`: the one that the client chose.

    Called inside the transaction that makes the meeting.
    """
    invitation = Invitation.objects.create(
        meeting=meeting,
        contact=meeting.contact,
        email=meeting.contact.email,
        is_mailed=by_mail,
        is_address_confirmed=is_address_confirmed,
        timezone=zone,
        turn=outbox.turn_of(meeting.contact.email),
        due_at=timezone.now() if by_mail else None,
    )
    if by_mail:
        Invitation.wake_on_commit()
    return invitation


def owe(meeting: Meeting) -> None:
    """Compare what clients were told with what the meeting is now, soon.

    Called inside every transaction that changes a meeting or its link.
    """
    now = timezone.now()
    owed = Invitation.objects.filter(meeting=meeting, is_mailed=True, revoked_at=None)
    if owed.update(due_at=now, changed_at=now, **FRESH):
        Invitation.wake_on_commit()


@transaction.atomic
def send_again(*, owner: Owner, invitation_id: Any) -> Invitation:
    """Send the invitation as it is now, to the contact's present address, also where none was to be sent.

    Raises Invitation.DoesNotExist for another owner's.
    """
    invitation = _mine(owner, invitation_id)
    if invitation.revoked_at is not None:
        return invitation
    contact = invitation.contact
    changes: dict[str, Any] = {"is_mailed": True, "due_at": timezone.now(), **FRESH}
    if invitation.told_revision is not None and is_up_to_date(invitation):
        changes["resends"] = F("resends") + 1
    if invitation.email != contact.email:
        changes |= {
            "email": contact.email,
            "turn": outbox.turn_of(contact.email),
            "is_address_confirmed": True,
        }  # the owner typed this one
    return _change(invitation, **changes)


@transaction.atomic
def revoke(*, owner: Owner, invitation_id: Any) -> Invitation:
    """Close the page and send no more mails. Raises Invitation.DoesNotExist for another owner's."""
    invitation = _mine(owner, invitation_id)
    if invitation.revoked_at is not None:
        return invitation
    diary.note(invitation.meeting_id, "page_closed", _("The client’s page of this meeting was closed."))
    return _change(invitation, revoked_at=timezone.now(), due_at=None)


@transaction.atomic
def renew(*, owner: Owner, invitation_id: Any) -> Invitation:
    """Another address for the page: the old one stops working, and who was sent it is sent the new one.

    Raises Invitation.DoesNotExist for another owner's.
    """
    invitation = _mine(owner, invitation_id)
    diary.note(invitation.meeting_id, "page_moved", _("The client’s page got a new address."))
    return _change(
        invitation,
        token=invitation_token(),
        revoked_at=None,
        resends=F("resends") + 1,
        due_at=timezone.now() if invitation.is_mailed else None,
        **FRESH,
    )


def _mine(owner: Owner, invitation_id: Any) -> Invitation:
    Owner.objects.locked(owner.pk)
    mine = Invitation.objects.filter(meeting__owner=owner)
    return mine.select_related("meeting__owner", "contact").get(pk=invitation_id)


def _change(invitation: Invitation, **changes: Any) -> Invitation:
    Invitation.objects.filter(pk=invitation.pk).update(**changes)
    if changes.get("due_at"):
        Invitation.wake_on_commit()
    return Invitation.objects.get(pk=invitation.pk)


# --- Sending ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A claimed invitation with its meeting as read now, and what is owed."""

    claim: Claim[Invitation]
    invitation: Invitation
    step: Step

    @classmethod
    def read(cls, claim: Claim[Invitation], *, locked: bool = False) -> "Work":
        if locked:
            # By itself: where PostgreSQL waits for a row, what is joined to it would be as it was before the wait.
            Invitation.objects.select_for_update(no_key=True).get(pk=claim.pk)
        rows = Invitation.objects.select_related("meeting__owner", "meeting__link_job", "contact")
        invitation = rows.get(pk=claim.pk)
        settings = MeetingSettings.objects.filter(owner=invitation.meeting.owner).first() or MeetingSettings()
        return cls(claim, invitation, next_step(invitation, settings, timezone.now()))


def work(invitation_id: Any) -> None:
    """Work on this invitation, if it is due."""
    claim = claims.take(Invitation, invitation_id, seconds=LEASE_SECONDS)
    if claim is not None:
        work_on(claim)


def work_on(claim: Claim[Invitation]) -> None:
    """Send what is owed to the client, if anything is, and note when to look again."""
    if Work.read(claim).step.mail is None:
        _settle(claim)
        return
    try:
        with get_connection() as server:
            _send(claim, server)
    except outbox.SENDING_FAILED as error:
        _failed(claim, error)


def _send(claim: Claim[Invitation], server: BaseEmailBackend) -> None:
    """With the server connected: compare once more, because that may have taken its time, and send."""
    if not claim.update(claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS)):
        return  # somebody has taken over
    now = Work.read(claim)
    if now.step.mail is not None:
        invitation_mails.compose(now.invitation, now.step.mail, server).send()
        _told(now, now.step.mail)
    _settle(claim)


@transaction.atomic
def _told(sent: Work, mail: Mail) -> None:
    """The mail server has taken it."""
    invitation, meeting, now = sent.invitation, sent.invitation.meeting, timezone.now()
    done: dict[str, Any] = {**FRESH}
    if mail is Mail.DAY_REMINDER:
        done["day_reminder_for"] = meeting.starts_at
    elif mail is Mail.HOUR_REMINDER:
        done["hour_reminder_for"] = meeting.starts_at
    else:
        done |= {
            "told_revision": meeting.revision,
            "told_resends": invitation.resends,
            "told_title": title_of(invitation),
            "told_starts_at": meeting.starts_at,
            "told_minutes": meeting.minutes,
            "told_cancelled": meeting.is_cancelled,
            "told_at": now,
            "invited_at": invitation.invited_at or now,
        }
    if sent.claim.update(**done):
        diary.note(meeting.pk, f"mail_{mail}", _sent_words(mail) % {"email": invitation.email})


@transaction.atomic
def _settle(claim: Claim[Invitation]) -> None:
    """Give the claim up, due again when there is something to look at.

    With the row locked: whoever changes the meeting makes its invitations due in the same transaction, so a change
    is seen here or makes the row due again after this.
    """
    found = Work.read(claim, locked=True)
    due_at = timezone.now() if found.step.mail else found.step.at
    changes: dict[str, Any] = {"attempts": 0, "failing_since": None}
    has_lapsed = found.step == Step() and found.invitation.failing_since is not None
    if has_lapsed and not is_up_to_date(found.invitation):
        changes["failed_at"] = timezone.now()
    if claim.release(due_at=due_at, **changes) and changes.get("failed_at"):
        _note_failed(found.invitation)


@transaction.atomic
def _failed(claim: Claim[Invitation], error: Exception) -> None:
    """The mail server did not take it: again later, for three days, unless it knows no such address."""
    found, now = Work.read(claim, locked=True), timezone.now()
    since = found.invitation.failing_since or now
    changes: dict[str, Any] = {
        "failing_since": since,
        "last_error": f"{type(error).__name__}: {error}".replace("\0", "")[:ERROR_MAX],
    }
    if now - since < GIVE_UP_AFTER and not outbox.is_refused(error):
        due_at: datetime | None = now + claims.backoff(found.invitation.attempts, first=10, longest=900)
    else:
        due_at = None
        changes["failed_at"] = now
    if claim.release(due_at=due_at, **changes) and due_at is None:
        _note_failed(found.invitation)


def _note_failed(invitation: Invitation) -> None:
    text = _("A mail to %(email)s could not be sent.") % {"email": invitation.email}
    diary.note(invitation.meeting_id, "mail_failed", text)


def _sent_words(mail: Mail) -> str:
    return {
        Mail.INVITATION: _("The invitation was sent to %(email)s."),
        Mail.CHANGE: _("The change was sent to %(email)s."),
        Mail.CANCELLATION: _("The cancellation was sent to %(email)s."),
        Mail.DAY_REMINDER: _("The reminder of the day before was sent to %(email)s."),
        Mail.HOUR_REMINDER: _("The reminder of the last hour was sent to %(email)s."),
    }[mail]
