"""What clients are told at once, beside the mails that the meeting owes them (meetings.invitations.steps)."""

from django.db.models import QuerySet

from meetings.invitations import mails
from meetings.models import Invitation, Meeting


def answer(meeting: Meeting, word: str) -> None:
    """The owner has answered the client's wish for another time and leaves the meeting as it is."""
    for invitation in hearers(meeting).filter(is_guest=False):
        mails.tell_answer(invitation, word)


def asked(meeting: Meeting) -> None:
    """The client's wish waits for the owner's approval: they have its page, and nothing is booked."""
    for invitation in hearers(meeting).filter(is_guest=False):
        mails.tell_asked(invitation)


def refused(meeting: Meeting, *, is_late: bool = False) -> None:
    """The owner has declined, or not answered in time (`is_late`)."""
    for invitation in hearers(meeting).filter(is_guest=False):
        mails.tell_refused(invitation, is_late=is_late)


def hearers(meeting: Meeting) -> "QuerySet[Invitation]":
    """Of those who may open the meeting and get mails about it."""
    told = Invitation.objects.filter(meeting=meeting, is_mailed=True, revoked_at=None, left_at=None)
    return told.select_related("meeting__owner", "contact")
