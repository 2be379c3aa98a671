"""A client's way into a meeting: made with the meeting, owed mails as it changes, revoked by the owner.

What is owed, meetings.invitations.steps computes; here it is sent and recorded. Each mail is composed from the rows
as they are *after* the mail server is connected, and announced before the server gets it, as calls to providers are:
where its answer is lost, whatever comes next builds on the client perhaps knowing it. A mail may go out twice (with
the same Message-ID), but never an older one after a newer.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet, UUIDField
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings import diary
from meetings.invitations import history, telling
from meetings.invitations import mails as invitation_mails
from meetings.invitations.steps import (
    Mail,
    Step,
    facts,
    is_up_to_date,
    may_know,
    own_step,
    revision_to_tell,
)
from meetings.models import Invitation, Meeting, MeetingSettings, invitation_token
from okey import figures
from okey.contacts.models import Contact
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.patience import insist
from okey.lib.prepared import Change, Given
from okey.mails import limits, outbox, refusals
from okey.mails.limits import Held, Place
from okey.owners.models import Owner

LEASE_SECONDS = outbox.LEASE_SECONDS
GIVE_UP_AFTER = timedelta(days=3)
KIND = "invitation"

#: A new start: whatever was wrong before does not count any more.
FRESH = {"attempts": 0, "failing_since": None, "failed_at": None, "last_error": "", "held": ""}
TELLING = ("mail", "revision", "resends", "title", "starts_at", "minutes", "cancelled")
#: No mail is out of which it is not known whether the server took it.
NOTHING_OPEN: dict[str, Any] = {"telling_mail": ""}
#: Nobody at this address was told anything yet.
UNTOLD: dict[str, Any] = {
    **NOTHING_OPEN,
    "told_revision": None,
    "told_cancelled": False,
    "told_at": None,
    "invited_at": None,
    "day_reminder_for": None,
    "hour_reminder_for": None,
}


# --- Writers ----------------------------------------------------------------------------------------------


def invite(
    meeting: Meeting,
    *,
    contact: Contact | None = None,
    address: str = "",
    by_mail: bool = True,
    is_address_confirmed: bool = True,
    zone: ZoneInfo | None = None,
    language: str = "",
    again: Invitation | None = None,
    **seat: Any,
) -> Invitation:
    """Give the meeting's contact a page of it, and a mail with its address unless `by_mail` is off.

    `contact`: another one, who comes too. `address`: which of theirs, where it is not their first. `zone`, `language`:
    those that the client chose. `again`: the invitation by which they have left; its address opens nothing any more.
    `seat`: of whoever takes one in a group, the columns that say so.

    Called inside the transaction that makes the meeting, or gives the seat.
    """
    contact = contact or meeting.contact
    address = _as_kept(contact, address)
    now = timezone.now()
    values: dict[str, Any] = {
        "email": address,
        "is_mailed": by_mail,
        "is_address_confirmed": is_address_confirmed,
        "timezone": zone,
        "language": language,
        "turn": outbox.turn_of(address),
        "due_at": now if by_mail else None,
        **seat,
    }
    if again is None:
        invitation = Invitation.objects.create(meeting=meeting, contact=contact, **values)
    else:
        anew = {"token": invitation_token(), "revoked_at": None, "left_at": None, "created_at": now}
        # By two: it beats the cancellation in a calendar that has got one.
        fresh = {**UNTOLD, **FRESH, **claims.given_up(Invitation), "resends": F("resends") + 2}
        Invitation.objects.filter(pk=again.pk).update(**fresh, **anew, **values)
        invitation = Invitation.objects.get(pk=again.pk)
    if by_mail:
        Invitation.wake_on_commit()
    return invitation


def _as_kept(contact: Contact, address: str) -> str:
    """In other letters alone, or not said, it is the contact's own."""
    return contact.email if address.casefold() in {"", contact.email.casefold()} else address


def let_go(invitation: Invitation) -> bool:
    """They gave their seat in a group back, or come as no guest any more, and hear that it is off for them.

    False: they had before.
    """
    now = timezone.now()
    coming = Invitation.objects.filter(pk=invitation.pk, left_at=None)
    # Their next mail is another one than the last, though the meeting is what it was.
    changes: dict[str, Any] = {"left_at": now, "changed_at": now, "resends": F("resends") + 1, **FRESH}
    if invitation.is_mailed and invitation.revoked_at is None:
        changes["due_at"] = now
        Invitation.wake_on_commit()
    return bool(coming.update(**changes))


def begin(meeting: Meeting) -> None:
    """The owner has approved it: the invitations are as if they were made now, to the client and to guests."""
    Invitation.objects.filter(meeting=meeting, left_at=None).update(created_at=timezone.now())


def owes_news(meeting: Meeting) -> bool:
    """Whether somebody was not told yet what the meeting is."""
    return any(not is_up_to_date(invitation) for invitation in telling.hearers(meeting))


def owe(meeting: Meeting) -> None:
    """Compare what clients were told with what the meeting is now, soon.

    Called inside every transaction that changes a meeting or its link.
    """
    if _OWE.write(meeting=meeting.pk, now=timezone.now()):
        Invitation.wake_on_commit()


def _owed() -> "tuple[QuerySet[Invitation], dict[str, Any]]":
    mine = Invitation.objects.filter(
        meeting=Given("meeting", UUIDField()), is_mailed=True, revoked_at=None, left_at=None
    )
    now = Given("now", DateTimeField())
    return mine, {"due_at": now, "changed_at": now, **FRESH}


_OWE = Change(_owed)


@transaction.atomic
def send_again(*, owner: Owner, invitation_id: Any, address: str = "") -> Invitation:
    """Send the invitation as it is now, to the contact's present address, also where none was to be sent.

    To one of a contact that was merged into theirs it goes on. `address`: to this one from now on.
    Where that is another one than before, whoever has the old one loses the way in. Raises Invitation.DoesNotExist
    for another owner's.
    """
    invitation = _mine(owner, invitation_id)
    if invitation.revoked_at is not None or invitation.left_at is not None:
        return invitation
    changes: dict[str, Any] = {"is_mailed": True, "due_at": timezone.now(), **FRESH}
    address = _as_kept(invitation.contact, address or _further(invitation))
    if invitation.email.casefold() != address.casefold():
        changes |= _handed_to(invitation, address)
    elif may_know(invitation) and is_up_to_date(invitation):
        changes["resends"] = F("resends") + 1
    return _change(invitation, **changes)


def _further(invitation: Invitation) -> str:
    """Its address, where the contact has it by a merge; else ""."""
    theirs = {one.email.casefold() for one in invitation.contact.merged.all()}
    return invitation.email if invitation.email.casefold() in theirs else ""


def _handed_to(invitation: Invitation, email: str) -> dict[str, Any]:
    """The changes that make it somebody else's: a new token, nothing told. The old address hears that it is off.

    A mail that is on its way to the old one counts for nothing: its claim is gone. Sequence numbers go up by two, so
    that the new invitation beats the cancellation where both addresses lead to one calendar.
    """
    if may_know(invitation) and not invitation.told_cancelled and not invitation.meeting.is_over:
        invitation_mails.withdraw(invitation)
    text = _("The invitation is %(email)s’s now. The page got a new address; the old one opens nothing any more.")
    diary.note(invitation.meeting_id, "page_moved", text % {"email": email})
    taken = claims.given_up(Invitation)
    whose = {"email": email, "turn": outbox.turn_of(email), "is_address_confirmed": True, "token": invitation_token()}
    return {**UNTOLD, **taken, **whose, "resends": F("resends") + 2}


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
        return cls(claim, invitation, own_step(invitation, settings, timezone.now()))


@dataclass(frozen=True)
class Announced:
    """A mail that the server is about to get. `before`: what was open then, in case the server says no."""

    work: Work
    mail: Mail
    place: Place
    before: dict[str, Any]


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
        with get_connection(keep=partial(outbox.keep, claim)) as server:
            _send(claim, server)
    except refusals.SENDING_FAILED as error:
        _failed(claim, error)


def _send(claim: Claim[Invitation], server: BaseEmailBackend) -> None:
    """With the server connected: compare once more, because that may have taken its time, and send."""
    if not outbox.keep(claim):
        return  # somebody has taken over
    announced = _announce(claim)
    if isinstance(announced, Held):
        claim.release(due_at=announced.until, held=announced.reason)
        return
    if announced is not None:
        try:
            invitation_mails.compose(announced.work.invitation, announced.mail, server).send()
        except refusals.NOT_TAKEN:
            announced.place.give_back()
            claim.update(**announced.before)
            raise
        insist(partial(_told, announced))
        invitation = announced.work.invitation
        figures.note(
            figures.MAILS,
            kind=KIND,
            outcome="sent",
            mail=announced.mail.value,
            invitation=claim.pk,
            meeting=invitation.meeting_id,
        )
    _settle(claim)


@transaction.atomic
def _announce(claim: Claim[Invitation]) -> Announced | Held | None:
    """Write down what the client is about to be told, before the server gets it. None: nothing is owed any more."""
    found = Work.read(claim, locked=True)
    invitation, mail = found.invitation, found.step.mail
    if mail is None:
        return None
    is_confirmed = invitation.is_address_confirmed
    place = limits.take(invitation.email, is_confirmed=is_confirmed, account=str(invitation.meeting.owner_id))
    if isinstance(place, Held):
        return place
    before = {f"telling_{name}": getattr(invitation, f"telling_{name}") for name in TELLING}
    if mail.is_reminder:  # a meeting that it tells of is known already
        return Announced(found, mail, place, {})
    values = (mail.value, revision_to_tell(invitation), invitation.resends, *facts(invitation))
    if not claim.update(**{f"telling_{name}": value for name, value in zip(TELLING, values, strict=True)}):
        place.give_back()
        return None
    return Announced(found, mail, place, before)


@transaction.atomic
def _told(sent: Announced) -> None:
    """The mail server has taken it. What it said is in the invitation as it was read for it."""
    invitation, mail, now = sent.work.invitation, sent.mail, timezone.now()
    meeting = invitation.meeting
    done: dict[str, Any] = {**FRESH}
    if mail is Mail.DAY_REMINDER:
        done["day_reminder_for"] = meeting.starts_at
    elif mail is Mail.HOUR_REMINDER:
        done["hour_reminder_for"] = meeting.starts_at
    else:
        values = (revision_to_tell(invitation), invitation.resends, *facts(invitation))
        done |= {f"told_{name}": value for name, value in zip(TELLING[1:], values, strict=True)}
        done |= {**NOTHING_OPEN, "told_at": now, "invited_at": invitation.invited_at or now}
    if sent.work.claim.update(**done):
        with translation.override(meeting.owner.language):
            diary.note(meeting.pk, f"mail_{mail}", history.sent_words(mail) % {"email": invitation.email})


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
        note_failed(found.invitation)


@transaction.atomic
def _failed(claim: Claim[Invitation], error: Exception) -> None:
    """The mail server did not take it, or did not say so: again later, for three days, unless it knows no mailbox."""
    found, now = Work.read(claim, locked=True), timezone.now()
    since = found.invitation.failing_since or now
    changes: dict[str, Any] = {
        "failing_since": since,
        "last_error": refusals.words_of(error)[: outbox.ERROR_MAX],
    }
    is_hopeless = now - since >= GIVE_UP_AFTER or refusals.is_final(error)
    due_at = None if is_hopeless else now + refusals.pause(error, found.invitation.attempts)
    if is_hopeless:
        changes["failed_at"] = now
    if not claim.release(due_at=due_at, **changes):
        return
    known = {"invitation": claim.pk, "meeting": found.invitation.meeting_id, "attempt": found.invitation.attempts}
    outbox.note_failure(KIND, error, is_hopeless=is_hopeless, **known)
    if due_at is None:
        note_failed(found.invitation)


def note_failed(invitation: Invitation) -> None:
    with translation.override(invitation.meeting.owner.language):
        text = _("A mail to %(email)s could not be sent.") % {"email": invitation.email}
        diary.note(invitation.meeting_id, "mail_failed", text)
