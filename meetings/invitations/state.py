"""What an owner reads of a client's invitation: whether it went out, the page's address, and what can be done."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings.invitations import words as client_words
from meetings.invitations.steps import is_up_to_date, link_is_settled
from meetings.models import Invitation, Meeting
from okey.mails.models import NotSent


@dataclass(frozen=True)
class InvitationState:
    label: str
    tone: str
    text: str
    note: str = ""
    #: A stranger typed the address, and nobody has shown that it is theirs.
    is_unconfirmed: bool = False
    #: The client's page; "" where it is closed.
    page_url: str = ""
    #: What the button that sends a mail says; "" for none.
    send_label: str = ""
    can_close: bool = False
    can_open_again: bool = False
    #: How often to look again; 0 where nothing changes by itself.
    poll_seconds: int = 0


def invitation_state(meeting: Meeting) -> InvitationState | None:
    """The state of the invitation of the meeting's contact; None where there is none."""
    invitation = meeting.invitations.filter(contact=meeting.contact_id).first()
    if invitation is None:
        return None
    invitation.meeting, invitation.contact = meeting, meeting.contact
    return state_of(invitation)


@dataclass(frozen=True)
class Seat:
    """One who comes, as the owner reads of them. `said`: what they answered when they took it."""

    pk: UUID
    name: str
    email: str
    url: str
    invitation: InvitationState
    said: list[dict[str, str]]


@dataclass(frozen=True)
class GroupState:
    """Who comes to a meeting with seats, or as a guest. `seats`: None where its type is gone, or has none."""

    people: list[Seat]
    seats: int | None
    poll_seconds: int


def group_state(meeting: Meeting) -> GroupState | None:
    """None where it is no group."""
    if not meeting.is_group:
        return None
    seats = meeting.meeting_type.seats if meeting.meeting_type else None
    return _who_come(meeting, seats, is_guest=False)


def guest_state(meeting: Meeting) -> GroupState | None:
    """None where nobody comes as a guest."""
    found = _who_come(meeting, None, is_guest=True)
    return found if found.people else None


def _who_come(meeting: Meeting, seats: int | None, **which: bool) -> GroupState:
    people = []
    coming = meeting.invitations.filter(left_at=None, **which).select_related("contact")
    for invitation in coming.order_by("created_at", "email", "pk"):
        invitation.meeting, contact = meeting, invitation.contact
        state, url = state_of(invitation), contact.get_absolute_url()
        people.append(Seat(invitation.pk, contact.name, invitation.email, url, state, invitation.answers or []))
    polls = [one.invitation.poll_seconds for one in people if one.invitation.poll_seconds]
    return GroupState(people, seats, min(polls, default=0))


def state_of(invitation: Invitation) -> InvitationState:
    """The first that holds, in this order."""
    if invitation.revoked_at is not None:
        return _closed(invitation)
    if invitation.meeting.is_requested:
        return _waits(invitation)
    if invitation.held:
        return _held(invitation)
    if invitation.failed_at is not None:
        return _failed(invitation)
    if invitation.told_revision is not None and is_up_to_date(invitation):
        return _sent(invitation)
    if not invitation.is_mailed or invitation.due_at is None:
        return _not_sent(invitation)
    return _being_sent(invitation)


def _closed(invitation: Invitation) -> InvitationState:
    text = _("The client’s page of this meeting is closed, and they get no mails about it.")
    return InvitationState(_("Closed"), "muted", text, can_open_again=_is_coming(invitation))


def _waits(invitation: Invitation) -> InvitationState:
    text = _("We’ll e-mail %(email)s the invitation once you have approved the meeting.")
    return _open(invitation, _("Waits for you"), "wait", text)


def _failed(invitation: Invitation) -> InvitationState:
    text = _("The mail to %(email)s could not be sent. Send it again, or copy the page’s address and send it yourself.")
    note = _("What the mail server said: ") + invitation.last_error if invitation.last_error else ""
    return _open(invitation, _("Not sent"), "bad", text, note=note, send_label=_("Send again"))


def _held(invitation: Invitation) -> InvitationState:
    """O-Key itself does not send it (okey.mails.limits)."""
    text = NotSent(invitation.held).label
    note = ""
    if invitation.due_at is not None:
        note = _(
            "What is owed to %(email)s goes out on %(date)s, as the meeting is then. Their page is right all along."
        )
        note %= {"email": invitation.email, "date": _date(invitation.due_at)}
    return _open(invitation, _("Not sent"), "bad", str(text), note=note)


def _sent(invitation: Invitation) -> InvitationState:
    if invitation.told_cancelled:
        text = _("The cancellation was sent to %(email)s on %(date)s.")
    elif invitation.told_at == invitation.invited_at:
        text = _("The invitation was sent to %(email)s on %(date)s.")
    else:
        text = _("The latest mail about it was sent to %(email)s on %(date)s.")
    label = "" if invitation.told_cancelled else _("Send again")
    return _open(invitation, _("Sent"), "good", text, send_label=label)


def _not_sent(invitation: Invitation) -> InvitationState:
    if invitation.is_off:
        text = _("The meeting was cancelled before an invitation was sent.")
    elif invitation.is_mailed:
        text = _("No mail was sent before the meeting began.")
    else:
        text = _("No invitation was sent. Send the page’s address yourself, or have it sent to %(email)s.")
    label = _("Send again") if invitation.told_revision is not None else _("Send invitation")
    return _open(invitation, _("Not sent"), "muted", text, send_label=label)


def _being_sent(invitation: Invitation) -> InvitationState:
    if invitation.failing_since is not None:
        text = _("The mail server does not take the mail to %(email)s at the moment. O-Key keeps trying.")
        note = _("What the mail server said: ") + invitation.last_error
        return _open(invitation, _("Being sent"), "wait", text, note=note, poll_seconds=15)
    if invitation.told_revision is None and not link_is_settled(invitation.meeting):
        text = _("We’ll e-mail %(email)s when the link is ready, or in two minutes without it.")
    elif invitation.told_revision is None:
        text = _("The invitation is being sent to %(email)s.")
    elif invitation.is_off:
        text = _("The cancellation is being sent to %(email)s.")
    else:
        text = _("An update is being sent to %(email)s.")
    return _open(invitation, _("Being sent"), "wait", text, poll_seconds=3)


def _open(
    invitation: Invitation,
    label: str,
    tone: str,
    text: str,
    *,
    note: str = "",
    send_label: str = "",
    poll_seconds: int = 0,
) -> InvitationState:
    """One whose page is open. Nothing can be sent, and nothing need be closed, once the meeting is over."""
    is_coming = _is_coming(invitation)
    words = {"email": invitation.email, "date": _date(invitation.told_at)}
    return InvitationState(
        label,
        tone,
        text % words,
        note,
        is_unconfirmed=not invitation.is_address_confirmed,
        page_url=client_words.page_url(invitation),
        send_label=send_label if is_coming else "",
        can_close=is_coming,
        poll_seconds=poll_seconds,
    )


def _is_coming(invitation: Invitation) -> bool:
    return not invitation.meeting.is_over and not (invitation.meeting.is_cancelled and invitation.failed_at is None)


def _date(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "D j M Y, H:i") if moment else ""
