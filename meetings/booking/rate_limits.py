"""How often strangers may book: so seldom that nobody fills an owner's calendar.


Asked and counted under the owner's lock together with the booking, so that a double click is one try, and what is
refused or taken meanwhile counts for nothing. What one network has used up keeps no other one from booking. Mails are
limited where they are sent (okey.mails.limits), not here.
"""

from dataclasses import dataclass

from django.db import transaction

from meetings import scheduling
from meetings.booking import bookings, confirming
from meetings.booking.bookings import Wish
from meetings.hours import availability
from meetings.models import Invitation, Meeting
from okey.limits import limits
from okey.limits.limits import Verdict
from okey.mails import limits as mail_limits
from okey.mails.models import NotSent
from okey.owners.models import Owner

HOUR, DAY = 3600, 24 * 3600
#: One network, whoever is asked; several people may share it.
FROM_A_NETWORK = 10
#: One network, of one owner: it cannot fill a week.
FROM_A_NETWORK_A_DAY = 20
#: An owner's programs that do not say where their clients are: all of them together.
FROM_PROGRAMS, FROM_PROGRAMS_A_DAY = 30, 60
#: One network for one mailbox, whoever is asked. How many mails a mailbox gets is decided where they are sent.
TO_A_MAILBOX = 5
#: Guests whom one network names, whoever is asked: each of them gets mails.
GUESTS_FROM_A_NETWORK = 20
#: All that one owner gets.
FOR_AN_OWNER = 60


class HeldOff(Exception):
    """Too many bookings lately. Nothing was booked, and no mail was sent."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("There have been too many bookings.")
        self.retry_seconds = verdict.retry_seconds


class NoMail(Exception):
    """The mail by whose link the client would book cannot go out now. `is_owners`: for the owner's limit of the day."""

    def __init__(self, *, is_owners: bool) -> None:
        super().__init__("No mail can go there now.")
        self.is_owners = is_owners


@dataclass(frozen=True)
class Origin:
    """Where somebody books from: a network (limits.address_of), a messenger's sender, an owner's programs."""

    name: str
    an_hour: int = FROM_A_NETWORK
    a_day: int = FROM_A_NETWORK_A_DAY

    @classmethod
    def programs_of(cls, owner: Owner) -> "Origin":
        return cls(f"programs {owner.pk}", FROM_PROGRAMS, FROM_PROGRAMS_A_DAY)


def book(
    owner: Owner,
    wish: Wish,
    *,
    request_key: str,
    origin: Origin,
    source: Meeting.Source = Meeting.Source.BOOKING,
) -> Invitation:
    """Raises HeldOff, scheduling.SlotTaken, bookings.NotOffered and bookings.HasSeat."""
    try:
        return _book(owner, wish, request_key=request_key, origin=origin, source=source)
    except bookings.HasSeat:
        with transaction.atomic():  # so that nobody asks about many addresses
            _count(_counts(owner, wish, origin))
        raise


@transaction.atomic
def _book(owner: Owner, wish: Wish, *, request_key: str, origin: Origin, source: Meeting.Source) -> Invitation:
    owner = Owner.objects.locked(owner.pk)
    done = bookings.earlier(owner, request_key)
    if done is not None:
        return done
    counts = _counts(owner, wish, origin)
    _check(counts)
    invitation = bookings.book(
        owner, wish, request_key=request_key, is_address_confirmed=False, source=source, network=origin.name
    )
    _count(counts)
    return invitation


@transaction.atomic
def ask_to_confirm(owner: Owner, wish: Wish, *, request_key: str, origin: Origin) -> None:
    """Mail the link with which to book. Raises HeldOff, NoMail, and SlotTaken for a time that is gone already."""
    if not availability.is_free(owner, wish.starts_at, **wish.asking()):
        raise scheduling.SlotTaken([])
    owner = Owner.objects.locked(owner.pk)
    if confirming.is_asked(owner, wish, request_key):
        return
    counts = _counts(owner, wish, origin)
    _check(counts)
    held = mail_limits.look(wish.email, account=str(owner.pk))
    if held is not None:
        raise NoMail(is_owners=held.reason is NotSent.OWNER)
    confirming.ask(owner, wish, request_key=request_key)
    _count(counts)


@transaction.atomic
def correct_address(invitation: Invitation, wish: Wish, *, origin: Origin) -> Invitation:
    """Send the invitation to the address in the wish instead. Raises HeldOff and bookings.HasSeat."""
    owner = Owner.objects.locked(invitation.meeting.owner_id)
    if wish.email.lower() != invitation.email.lower():
        counts = _counts(owner, wish, origin)
        _check(counts)
        _count(counts)
    return bookings.correct_address(invitation, wish)


@dataclass(frozen=True)
class _Count:
    what: str
    who: str
    limit: int
    seconds: int
    times: int = 1


def _counts(owner: Owner, wish: Wish, origin: Origin) -> list[_Count]:
    return [
        _Count("booking from", origin.name, origin.an_hour, HOUR),
        _Count("booking from, of", f"{origin.name} {owner.pk}", origin.a_day, DAY),
        _Count("booking to", f"{origin.name} {wish.email.lower()}", TO_A_MAILBOX, DAY),
        _Count("booking for", str(owner.pk), FOR_AN_OWNER, HOUR),
        *(_Count("booking to", f"{origin.name} {one.lower()}", TO_A_MAILBOX, DAY) for one in wish.guests),
        *([_Count("guests from", origin.name, GUESTS_FROM_A_NETWORK, DAY, len(wish.guests))] if wish.guests else []),
    ]


def _check(counts: list[_Count]) -> None:
    for one in counts:
        verdict = limits.look(one.what, one.who, limit=one.limit, seconds=one.seconds)
        if not verdict.allowed or verdict.left < one.times:
            raise HeldOff(verdict)


def _count(counts: list[_Count]) -> None:
    for one in counts:
        for _time in range(one.times):
            limits.hit(one.what, one.who, limit=one.limit, seconds=one.seconds)
