"""Guests: people whom whoever books names by their addresses. They come too, and change nothing for others.

Each has an invitation of their own, and is a contact of the owner's as whoever books is.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetings import diary
from meetings.invitations import inviting
from meetings.models import Invitation, Meeting, MeetingType
from okey.contacts.editing import add_contact
from okey.contacts.models import Contact
from okey.mails.addresses import mailbox_of, strangers_address
from okey.owners.models import Owner

#: What stands between addresses that somebody types.
BETWEEN = re.compile(r"[\s,;]+")
TYPED_MAX = 3000


def split(text: str) -> list[str]:
    """The addresses in what was typed into one field."""
    return [part for part in BETWEEN.split(text) if part]


def checked(meeting_type: MeetingType | None, given: Sequence[str], *, owner: Owner, client: str) -> tuple[str, ...]:
    """The addresses as mails to them will be addressed. `client`: whoever books.

    Raises ValidationError that says which address is wrong, and how many the type allows.
    """
    most = meeting_type.guests if meeting_type else 0
    if given and not most:
        raise ValidationError(_("This meeting is booked without guests."))
    if len(given) > most:
        words = ngettext("Name at most %(max)d guest.", "Name at most %(max)d guests.", most)
        raise ValidationError(words % {"max": most})
    found: dict[str, str] = {}
    known = {
        mailbox_of(client): _("“%(address)s” is the address of whoever books."),
        mailbox_of(owner.email): _("“%(address)s” comes anyway."),
    }
    for text in given:
        named = {"address": text[:100]}
        try:
            address = strangers_address(text)
        except ValidationError:
            raise ValidationError(_("“%(address)s” is no e-mail address.") % named) from None
        mailbox = mailbox_of(address)
        if mailbox in found:
            raise ValidationError(_("“%(address)s” is named twice.") % named)
        if mailbox in known:
            raise ValidationError(known[mailbox] % named)
        found[mailbox] = address
    return tuple(found.values())


def invite(meeting: Meeting, addresses: Sequence[str], *, by_mail: bool, is_address_confirmed: bool) -> None:
    """Inside the transaction that makes the meeting. Whoever is known as a contact stays as they are.

    Two addresses of one contact are one guest, at the first of them.
    """
    come = {meeting.contact_id}
    for address in addresses:
        known = Contact.objects.of(meeting.owner).with_address(address).first()
        contact = known or add_contact(owner=meeting.owner, name=address[:100], email=address)
        if contact.pk in come:
            continue
        come.add(contact.pk)
        inviting.invite(
            meeting,
            contact=contact,
            address=address,
            by_mail=by_mail,
            is_address_confirmed=is_address_confirmed,
            is_guest=True,
        )


def of(meeting: Meeting) -> "QuerySet[Invitation]":
    """Those who come, in the order in which they were named."""
    coming = meeting.invitations.filter(is_guest=True, left_at=None)
    return coming.select_related("contact").order_by("created_at", "email")


def decline(invitation: Invitation, *, reason: str = "") -> Meeting:
    """The guest does not come; the meeting stays as it is. Of an owner whose row is locked; twice is once."""
    Meeting.objects.locked(invitation.meeting_id)
    if inviting.let_go(invitation):
        said = _("The guest %(email)s does not come: “%(reason)s”") if reason else _("The guest %(email)s declined.")
        _note(invitation, "declined", said % {"email": invitation.email, "reason": reason})
    return Meeting.objects.get(pk=invitation.meeting_id)


@transaction.atomic
def remove(*, owner: Owner, invitation_id: Any) -> Invitation:
    """By the owner; the guest hears of it. Twice is once. Raises Invitation.DoesNotExist for no guest of theirs."""
    Owner.objects.locked(owner.pk)
    mine = Invitation.objects.filter(meeting__owner=owner, is_guest=True)
    invitation = mine.select_related("meeting", "contact").get(pk=invitation_id)
    meeting = Meeting.objects.locked(invitation.meeting_id)
    if not meeting.is_cancelled and inviting.let_go(invitation):
        _note(invitation, "guest_removed", _("You removed the guest %(email)s.") % {"email": invitation.email})
    return invitation


def _note(invitation: Invitation, kind: str, text: str) -> None:
    Meeting.objects.filter(pk=invitation.meeting_id).update(updated_at=timezone.now())
    diary.note(invitation.meeting_id, kind, text)
