"""Several people in one meeting: who has a seat in it, takes one, or gives theirs back.

Written under the owner's lock, so that of two who want the last seat one gets it. How many seats there are, the type
says as it is then: those who are in stay in, whatever becomes of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings import diary
from meetings.hours import seats
from meetings.invitations import inviting
from meetings.models import Invitation, Meeting, MeetingType
from meetings.types.questions import Answer
from okey.contacts.models import Contact
from okey.owners.models import Owner


class HasSeat(ValidationError):
    """The contact comes to this very meeting already. Nothing was changed."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__({"contact": _("This contact has a seat in that meeting already.")})
        self.invitation = invitation


def standing_at(meeting_type: MeetingType | None, starts_at: datetime, minutes: int) -> Meeting | None:
    """The meeting that whoever books the type at this time comes into; None where there is none yet."""
    if meeting_type is None or not meeting_type.is_group:
        return None
    at_that_time = seats.counted(meeting_type).filter(starts_at=starts_at, minutes=minutes)
    found: Meeting | None = at_that_time.order_by("taken", "created_at", "pk").first()
    return found


def check_apart(meeting: Meeting, starts_at: datetime, minutes: int) -> None:
    """Before it takes this time, with its owner locked.

    Raises ValidationError where another group of its type has it: to whoever books, the two would be one, with the
    seats of one.
    """
    if not meeting.is_group or meeting.meeting_type is None:
        return
    others = seats.standing(meeting.meeting_type).filter(starts_at=starts_at, minutes=minutes)
    if others.exclude(pk=meeting.pk).exists():
        raise ValidationError(
            {"starts_at": _("Another group of this type meets at that time already. Choose another time.")}
        )


def who_come(meeting: Meeting) -> "QuerySet[Invitation]":
    """Their invitations, whoever came first first."""
    return meeting.invitations.filter(left_at=None).select_related("contact").order_by("created_at", "pk")


def coming(meeting: Meeting) -> list[Invitation]:
    """The same, by what was read with the meeting (meetings.reading.with_people)."""
    come = [one for one in meeting.invitations.all() if one.left_at is None]
    return sorted(come, key=lambda one: (one.created_at, one.pk))


def earlier(owner: Owner, request_key: str) -> Meeting | None:
    """What this request has scheduled already, or come into."""
    made = Meeting.objects.filter(owner=owner, request_key=request_key).first()
    seat = None if made else by_request(owner, request_key)
    return made or (seat.meeting if seat else None)


def by_request(owner: Owner, request_key: str) -> Invitation | None:
    """The seat that this request has taken already."""
    return Invitation.objects.filter(request_key=request_key, meeting__owner=owner).select_related("meeting").first()


#: Those who left come last, on every database.
COME_FIRST = F("left_at").asc(nulls_first=True)


def join(
    meeting: Meeting,
    contact: Contact,
    *,
    request_key: str,
    answers: Sequence[Answer],
    address: str,
    by_mail: bool,
    is_address_confirmed: bool,
    zone: ZoneInfo | None,
    language: str,
) -> Invitation:
    """Raises HasSeat. Whoever left comes in like anybody new: by another address, with nothing told yet."""
    Meeting.objects.locked(meeting.pk)
    earlier = Invitation.objects.filter(meeting=meeting, contact=contact).first()
    if earlier is not None and earlier.left_at is None:
        raise HasSeat(earlier)
    taken = inviting.invite(
        meeting,
        contact=contact,
        address=address,
        by_mail=by_mail,
        is_address_confirmed=is_address_confirmed,
        zone=zone,
        language=language,
        again=earlier,
        request_key=request_key or None,
        answers=list(answers) or None,
    )
    _note(meeting, "joined", _("%(name)s took a seat.") % {"name": contact.name})
    return taken


def leave(invitation: Invitation, *, reason: str = "") -> Meeting | None:
    """Give their seat back; the others' meeting stays. None where no other has one: then it is to be cancelled.

    `reason`: the client's. Twice is once.
    """
    meeting = Meeting.objects.locked(invitation.meeting_id)
    contact = invitation.contact
    others = who_come(meeting).exclude(pk=invitation.pk)
    first = others.first()
    if not meeting.is_group or first is None:
        return None
    if not inviting.let_go(invitation):
        return meeting
    text = _("%(name)s gave their seat back: “%(reason)s”") if reason else _("%(name)s gave their seat back.")
    whose: dict[str, Any] = {"contact": first.contact} if meeting.contact_id == contact.pk else {}
    _note(meeting, "left", text % {"name": contact.name, "reason": reason}, **whose)
    return Meeting.objects.get(pk=meeting.pk)


def hand_over(contact: Contact, meetings: "QuerySet[Meeting]") -> None:
    """Those of the contact's groups that others come to, or came, become theirs."""
    for meeting in meetings.filter(is_group=True):
        other = meeting.invitations.exclude(contact=contact).order_by(COME_FIRST, "created_at", "pk").first()
        if other is not None:
            Meeting.objects.filter(pk=meeting.pk).update(contact=other.contact_id)


def _note(meeting: Meeting, kind: str, text: str, **changes: Any) -> None:
    Meeting.objects.filter(pk=meeting.pk).update(updated_at=timezone.now(), **changes)
    diary.note(meeting.pk, kind, text)
