"""How often strangers may book: so seldom that nobody floods an owner, or a third person's mailbox through them.

Counted under the owner's lock together with the booking, so that a double click is one try, and what is refused or
taken meanwhile counts for nothing.
"""

from django.db import transaction

from meetings import availability, scheduling
from meetings.booking import bookings, confirming
from meetings.booking.bookings import Wish
from meetings.models import Invitation, Meeting
from okey.limits import limits
from okey.limits.limits import Verdict
from okey.owners.models import Owner

HOUR, DAY = 3600, 24 * 3600
#: One network address; several people may share it.
FROM_AN_ADDRESS = 10
#: Mails to one mailbox, whoever asks for them.
TO_A_MAILBOX = 5
#: All that one owner gets.
FOR_AN_OWNER = 60


class HeldOff(Exception):
    """Too many bookings lately. Nothing was booked, and no mail was sent."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("There have been too many bookings.")
        self.retry_seconds = verdict.retry_seconds


@transaction.atomic
def book(
    owner: Owner,
    wish: Wish,
    *,
    request_key: str,
    address: str,
    source: Meeting.Source = Meeting.Source.BOOKING,
) -> Invitation:
    """Book for somebody at this network address, or in this conversation. Raises HeldOff, and scheduling.SlotTaken."""
    owner = Owner.objects.locked(owner.pk)
    if not bookings.earlier(owner, request_key):
        _count(owner, wish, address)
    return bookings.book(owner, wish, request_key=request_key, is_address_confirmed=False, source=source)


@transaction.atomic
def ask_to_confirm(owner: Owner, wish: Wish, *, request_key: str, address: str) -> None:
    """Mail the link with which to book. Raises HeldOff, and scheduling.SlotTaken for a time that is gone already."""
    if not availability.is_free(owner, wish.starts_at):
        raise scheduling.SlotTaken([])
    owner = Owner.objects.locked(owner.pk)
    if not confirming.is_asked(owner, wish, request_key):
        _count(owner, wish, address)
        confirming.ask(owner, wish, request_key=request_key)


@transaction.atomic
def correct_address(invitation: Invitation, wish: Wish, *, address: str) -> Invitation:
    """Send the invitation to the address in the wish instead. Raises HeldOff."""
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    if wish.email.lower() != invitation.email.lower():
        _count(owner, wish, address)
    return bookings.correct_address(invitation, wish)


def _count(owner: Owner, wish: Wish, address: str) -> None:
    """In this order, so that nobody uses up more of an owner's share than their own."""
    verdict = limits.hit("booking from", address, limit=FROM_AN_ADDRESS, seconds=HOUR)
    if verdict.allowed:
        verdict = limits.hit("booking to", wish.email.lower(), limit=TO_A_MAILBOX, seconds=DAY)
    if verdict.allowed:
        verdict = limits.hit("booking for", str(owner.pk), limit=FOR_AN_OWNER, seconds=HOUR)
    if not verdict.allowed:
        raise HeldOff(verdict)
