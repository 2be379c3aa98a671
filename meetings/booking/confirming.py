"""Bookings that wait until the client has shown that the address is theirs, by a link that is mailed there.

The link holds no slot: the time is taken when the client presses the button behind it. Opening it changes nothing,
because mail scanners open every link.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from meetings.booking import bookings
from meetings.booking.bookings import Wish
from meetings.booking.models import UnconfirmedBooking
from meetings.hours import asking
from meetings.invitations import calendars
from meetings.models import Invitation
from meetings.times import zone_words
from meetings.types import single_use
from okey.lib import claims, languages
from okey.lib.claims import Claim
from okey.mails import outbox, unasked
from okey.mails.messages import sent_for
from okey.owners.models import Owner

SALT = "meetings.booking.confirming"
FORGET_SECONDS = 30


class Expired(Exception):
    """The link was followed too late. Nothing was booked."""


def is_asked(owner: Owner, wish: Wish, request_key: str) -> bool:
    """Whether the mail for just this is on its way already."""
    return _asked(owner, request_key).filter(**_kept(wish)).exists()


@transaction.atomic
def ask(owner: Owner, wish: Wish, *, request_key: str) -> UnconfirmedBooking:
    """Keep what the client wishes, and mail them the link; twice the same request is one mail.

    A request that was put right, such as a mistyped address, replaces the earlier one: that link books nothing more.
    """
    owner = Owner.objects.locked(owner.pk)
    asked = _asked(owner, request_key)
    if same := asked.filter(**_kept(wish)).first():
        return same
    asked.delete()
    waiting = UnconfirmedBooking.objects.create(owner=owner, request_key=request_key, **_kept(wish))
    _mail(waiting, owner)
    return waiting


def _asked(owner: Owner, request_key: str) -> QuerySet[UnconfirmedBooking]:
    return UnconfirmedBooking.objects.filter(owner=owner, request_key=request_key)


def _kept(wish: Wish) -> dict[str, Any]:
    return {
        "name": wish.name,
        "email": wish.email,
        "note": wish.note,
        "starts_at": wish.starts_at,
        "timezone": wish.zone,
        "meeting_type": wish.meeting_type if wish.meeting_type and wish.meeting_type.is_saved else None,
        "minutes": wish.minutes,
        "answers": list(wish.answers),
        "guests": list(wish.guests),
        "single_use": wish.single_use,
        "is_single_use": wish.single_use is not None,
    }


def find(token: str) -> UnconfirmedBooking | None:
    """What this link is for. None: it is no link of ours, or so old that everything about it is forgotten."""
    try:
        pk = UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    return UnconfirmedBooking.objects.select_related("owner", "meeting_type").filter(pk=pk).first()


def confirm(waiting: UnconfirmedBooking, *, starts_at: datetime | None = None) -> Invitation:
    """Book, for an address that is now confirmed; `starts_at`: another time, where the wished one was gone.

    Twice is once, also after the link has expired. Raises Expired, scheduling.SlotTaken and bookings.NotOffered.
    """
    if not waiting.is_expired:
        asking.ask(waiting.owner, starts_at or waiting.starts_at, **asked_for(waiting))
    with transaction.atomic():
        owner = Owner.objects.locked(waiting.owner_id)
        done = booked(waiting)
        if done is not None:
            return done
        if waiting.is_expired:
            raise Expired
        if waiting.is_single_use and waiting.single_use is None:
            raise single_use.Spent  # forgotten, with its type say
        wish = Wish(
            name=waiting.name,
            email=waiting.email,
            note=waiting.note,
            starts_at=starts_at or waiting.starts_at,
            zone=waiting.timezone,
            answers=tuple(waiting.answers or ()),
            guests=tuple(waiting.guests or ()),
            single_use=waiting.single_use,
            **asked_for(waiting),
        )
        invitation = bookings.book(owner, wish, request_key=waiting.request_key, is_address_confirmed=True)
        UnconfirmedBooking.objects.filter(pk=waiting.pk).update(meeting=invitation.meeting)
    return invitation


def asked_for(waiting: UnconfirmedBooking) -> dict[str, Any]:
    """What availability is asked for it."""
    return {"minutes": waiting.minutes, "meeting_type": waiting.meeting_type}


def booked(waiting: UnconfirmedBooking) -> Invitation | None:
    """What came of it, if it was confirmed."""
    return bookings.earlier(waiting.owner, waiting.request_key)


def forget(booking_id: Any) -> None:
    """Delete this one if it is due."""
    claim = claims.take(UnconfirmedBooking, booking_id, seconds=FORGET_SECONDS)
    if claim is not None:
        forget_claimed(claim)


def forget_claimed(claim: Claim[UnconfirmedBooking]) -> None:
    UnconfirmedBooking.objects.filter(pk=claim.pk, claim=claim.token).delete()


def _mail(waiting: UnconfirmedBooking, owner: Owner) -> None:
    """To an address that nobody has confirmed: so without a word of what was typed. In the language they booked in."""
    url = settings.OKEY_BASE_URL + reverse("booking_confirm", args=[signing.dumps(waiting.pk.hex, salt=SALT)])
    with translation.override(languages.current()):
        context = {
            "owner": calendars.plain(owner.name) or "O-Key",
            "begins": date_format(waiting.starts_at.astimezone(waiting.timezone), "D j M Y, H:i"),
            "zone": zone_words(waiting.timezone, waiting.starts_at),
            "url": url,
        }
        outbox.write(
            to=waiting.email,
            template="meetings/booking/mails/confirm",
            context=context,
            from_name=sent_for(owner.name),
            unasked_url=unasked.url("booking", waiting.pk, waiting.email),
            account=str(owner.pk),
        )
