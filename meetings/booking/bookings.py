"""Clients take a time by themselves, on the booking page or with the bot: the one rule book for both.

Whoever books is a stranger. An address that they type leads to the contact who has it and gives the typist nothing:
the contact stays as it is, nothing known of it is shown, and mails to it carry none of their words unless the
address is confirmed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import connections
from meetings import diary, groups, scheduling
from meetings.client.actions import notices
from meetings.groups import HasSeat
from meetings.hours import asking, availability
from meetings.invitations import inviting, telling, words
from meetings.links.state import Means, Status, link_state
from meetings.links.words import link_name
from meetings.models import Invitation, Meeting, MeetingType, SingleUseLink
from meetings.scheduling import Plan
from meetings.times import span_words
from meetings.types import offering, single_use
from meetings.types.offering import NotOffered
from meetings.types.questions import Answer
from okey.contacts.editing import add_contact, restore_contact
from okey.contacts.models import Contact
from okey.lib import languages
from okey.limits import limits
from okey.mails import outbox
from okey.owners.models import Owner

__all__ = ["HasSeat", "NotOffered", "Stranger", "Wish", "book", "correct_address", "earlier", "link_for"]

#: Of those that a provider allows an owner a day (of UTC), where it limits them: Zoom makes 100. Later bookings of that
#: day are made without a video link.
LINKS_A_DAY = 30
#: So many of them go to whoever comes; the rest is kept for contacts, and for addresses that are confirmed.
LINKS_FOR_STRANGERS = 20
#: So many to one network, unless the address is confirmed.
LINKS_FOR_A_NETWORK = 5
DAY = 24 * 3600
PUBLIC_SOURCES = (Meeting.Source.BOOKING, Meeting.Source.BOT)


@dataclass(frozen=True)
class Wish:
    """What a client asks for: who they say they are, what, when, and the zone that they think in.

    `meeting_type`: the owner's first one, if left out; `minutes`: its shortest length, if left out. `answers`: to the
    questions of that type.
    """

    name: str
    email: str
    starts_at: datetime  # aware
    zone: ZoneInfo
    note: str = ""
    meeting_type: MeetingType | None = None
    minutes: int | None = None
    answers: tuple[Answer, ...] = ()
    guests: tuple[str, ...] = ()  # addresses, as meetings.guests.checked returns them
    single_use: SingleUseLink | None = None  # by which it is booked

    def asking(self) -> dict[str, Any]:
        """What availability is asked for it."""
        return {"minutes": self.minutes, "meeting_type": self.meeting_type}


@dataclass(frozen=True)
class Stranger:
    """Who books with an address that they only typed, from this network. `is_known`: it is a contact's."""

    network: str
    is_known: bool = False

    def share_of(self, owner: Owner) -> tuple[str, str]:
        """What is counted, and for whom."""
        return "links for strangers", f"{owner.pk} {self.network}"


def book(
    owner: Owner,
    wish: Wish,
    *,
    request_key: str,
    is_address_confirmed: bool,
    source: Meeting.Source = Meeting.Source.BOOKING,
    network: str = "",
) -> Invitation:
    """Take the time for the client, with a link from the owner's default provider, and tell the owner.

    `network`: where they come from, which has its share of the day's links. The same `request_key` again is the same
    booking. Of a type with seats the client comes into the meeting that stands then; whoever has a seat in it and has
    shown that the address is theirs gets their way in once more.
    The client hears of it in the language that is spoken now; what is written down is for the owner.
    Raises scheduling.SlotTaken, NotOffered where the type was switched off or has other lengths now, and groups.HasSeat
    where the address that somebody typed has a seat.
    """
    language = languages.current()
    with transaction.atomic(), translation.override(owner.language):
        owner = Owner.objects.locked(owner.pk)
        done = earlier(owner, request_key)
        if done is not None:
            return done
        stranger = None if is_address_confirmed else Stranger(network, is_known=_is_known(owner, wish.email))
        meeting_type, minutes = _still_offered(owner, wish)
        if wish.guests and not is_address_confirmed:
            raise ValueError("Whoever names guests confirms their own address first.")
        group = groups.standing_at(meeting_type, wish.starts_at, minutes)
        if group and (mine := _seat_of(group, wish.email)):
            return _theirs(mine, is_address_confirmed=is_address_confirmed)
        contact, was_archived = _contact(owner, wish, language)
        provider, no_link = ("", "") if group else link_for(owner, stranger, meeting_type)
        meeting = scheduling.schedule(
            owner=owner,
            contact=contact,
            plan=_plan(owner, contact, wish, provider, minutes, meeting_type),
            source=source,
            request_key=request_key,
            address=wish.email,
            is_address_confirmed=is_address_confirmed,
            must_be_offered=True,
            zone=wish.zone,
            language=language,
            no_link=no_link,
            meeting_type=meeting_type,
            answers=_said(contact, wish) if meeting_type.is_group else wish.answers,
            guests=wish.guests,
            are_guests_known=False,
        )
        single_use.use(wish.single_use, meeting)
        if was_archived:
            text = _("The contact was archived; with this booking they are on your list again.")
            diary.note(meeting.pk, "contact_restored", text)
        if provider and not group and stranger and stranger.network:
            limits.hit(*stranger.share_of(owner), limit=LINKS_FOR_A_NETWORK, seconds=DAY)
        invitation = meeting.invitations.select_related("meeting__owner").get(contact=contact)
        _tell_owner(owner, invitation, wish)
    return invitation


def correct_address(invitation: Invitation, wish: Wish) -> Invitation:
    """The client mistyped their address: the invitation is the new one's from now on, and nobody has confirmed that.

    The contact who has the address is met; the one who was met stays as they are. Raises groups.HasSeat.
    """
    owner, language = invitation.meeting.owner, languages.current()
    with transaction.atomic(), translation.override(owner.language):
        owner = Owner.objects.locked(owner.pk)
        meeting = Meeting.objects.locked(invitation.meeting_id)
        if meeting.is_group and (another := _seat_of(meeting, wish.email)) and another.pk != invitation.pk:
            raise HasSeat(another)
        contact, _was_archived = _contact(owner, wish, language)
        # Of the one who has left, an invitation is in the way.
        meeting.invitations.filter(contact=contact).exclude(pk=invitation.pk).delete()
        Invitation.objects.filter(pk=invitation.pk).update(contact=contact)
        Meeting.objects.filter(pk=meeting.pk, contact=invitation.contact_id).update(contact=contact)
        diary.note(invitation.meeting_id, "address_corrected", _("The client corrected their e-mail address."))
        sent = inviting.send_again(owner=owner, invitation_id=invitation.pk, address=wish.email)
        # Whoever typed it is a stranger, as at the booking.
        Invitation.objects.filter(pk=sent.pk).update(is_address_confirmed=False)
        if meeting.is_requested:  # an invitation is owed once the owner approves it
            telling.asked(meeting)
    return Invitation.objects.select_related("contact", "meeting__owner").get(pk=sent.pk)


def earlier(owner: Owner, request_key: str) -> Invitation | None:
    """What this request has booked already."""
    mine = Invitation.objects.filter(meeting__owner=owner, meeting__request_key=request_key, is_guest=False)
    made = mine.first()
    return made or groups.by_request(owner, request_key)


def link_for(
    owner: Owner, stranger: Stranger | None = None, meeting_type: MeetingType | None = None
) -> tuple[str, str]:
    """The provider that a booking made now gets its link from; or "" and the reason, where that is known here.

    `stranger`: whoever books, unless the address is confirmed.
    """
    provider, why = offering.provider_of(owner, meeting_type or offering.first_of(owner))
    if why:
        return "", why
    if connections.links_a_day(provider) is not None and _are_links_used_up(owner, provider, stranger):
        return "", Meeting.NoLink.PUBLIC_LIMIT
    return provider, ""


def _are_links_used_up(owner: Owner, provider: str, stranger: Stranger | None) -> bool:
    made = _links_today(owner, provider)
    if stranger is None or made >= LINKS_A_DAY:
        return made >= LINKS_A_DAY
    if made >= LINKS_FOR_STRANGERS and not stranger.is_known:
        return True
    share = limits.look(*stranger.share_of(owner), limit=LINKS_FOR_A_NETWORK, seconds=DAY)
    return bool(stranger.network) and not share.allowed


def _links_today(owner: Owner, provider: str) -> int:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    # What was booked today begins later: so an index finds it, without all that is over.
    booked = Meeting.objects.filter(
        owner=owner, source__in=PUBLIC_SOURCES, created_at__gte=midnight, starts_at__gte=midnight
    )
    return booked.filter(provider=provider).count()


def _is_known(owner: Owner, email: str) -> bool:
    """A contact whom the owner added, or met: not one that unconfirmed bookings made."""
    contact = Contact.objects.of(owner).with_address(email).first()
    if contact is None:
        return False
    ways = Invitation.objects.filter(contact=contact)
    return ways.filter(is_address_confirmed=True).exists() or not ways.exists()


def _contact(owner: Owner, wish: Wish, language: str) -> tuple[Contact, bool]:
    """The contact with this address as it is, back from the archive if need be (and whether it was); or a new one."""
    known = Contact.objects.of(owner).with_address(wish.email).first()
    if known is None:
        new = add_contact(owner=owner, name=wish.name, email=wish.email, timezone=wish.zone, language=language)
        return new, False
    if not known.is_archived:
        return known, False
    restore_contact(contact=known)
    known.refresh_from_db()
    return known, True


def _seat_of(group: Meeting, email: str) -> Invitation | None:
    """The invitation by which whoever has this address comes to it."""
    them = Contact.objects.of(group.owner).with_address(email)
    return groups.who_come(group).filter(contact__in=them).first()


def _theirs(seat: Invitation, *, is_address_confirmed: bool) -> Invitation:
    """The same seat again. Raises HasSeat for whoever merely typed the address.

    Was it typed the first time too, the way in gets a new address, which is mailed: whoever typed it is out.
    """
    if not is_address_confirmed:
        raise HasSeat(seat)
    if seat.is_address_confirmed:
        return seat
    Invitation.objects.filter(pk=seat.pk).update(is_address_confirmed=True)
    return inviting.renew(owner=seat.meeting.owner, invitation_id=seat.pk)


def _still_offered(owner: Owner, wish: Wish) -> tuple[MeetingType, int]:
    """The type as it is now, and how long. Raises NotOffered."""
    wanted = wish.meeting_type or offering.all_of(owner)[0]
    settings = availability.settings_of(owner, wanted)
    minutes = wish.minutes or settings.slot_minutes
    current = offering.still(owner, wanted, minutes, settings)
    single_use.check(owner, wish.single_use, current)
    if len(wish.guests) > current.guests:
        raise NotOffered
    return current, minutes


def _plan(owner: Owner, contact: Contact, wish: Wish, provider: str, minutes: int, meeting_type: MeetingType) -> Plan:
    """The title is made of what they typed, never of what is known: providers show it to whoever joins.

    Of a group it names nobody, and nothing that one of them says is in the agenda.
    """
    if meeting_type.is_group:
        return Plan(title=meeting_type.name, starts_at=wish.starts_at, minutes=minutes, provider=provider)
    names = _("%(client)s and %(owner)s") % {"client": wish.name, "owner": owner.name} if owner.name else wish.name
    alias = _alias(contact, wish)
    return Plan(
        title=names[: Meeting.TITLE_MAX],
        starts_at=wish.starts_at,
        minutes=minutes,
        agenda="\n\n".join(part for part in (wish.note, alias) if part),
        provider=provider,
    )


def _seats_words(meeting: Meeting) -> str:
    """How full a group is now; "" for another meeting."""
    if not meeting.is_group or meeting.meeting_type is None:
        return ""
    taken = groups.who_come(meeting).count()
    return _("%(taken)d of %(seats)d seats are taken.") % {"taken": taken, "seats": meeting.meeting_type.seats}


def _alias(contact: Contact, wish: Wish) -> str:
    return "" if wish.name == contact.name else _("Booked under the name %(name)s.") % {"name": wish.name}


def _said(contact: Contact, wish: Wish) -> list[Answer]:
    """All that whoever takes a seat says, for the owner: nobody else of the group reads it."""
    parts = [wish.note, _alias(contact, wish)]
    note = "\n\n".join(part for part in parts if part)
    return [*([Answer(question=_("What they write"), answer=note)] if note else []), *wish.answers]


def _tell_owner(owner: Owner, invitation: Invitation, wish: Wish) -> None:
    meeting = invitation.meeting
    with translation.override(owner.language), timezone.override(owner.timezone):
        state = link_state(meeting, Means.of(owner))
        context = {
            "owner": owner,
            "meeting": meeting,
            "wish": wish,
            "seats": _seats_words(meeting),
            "guests": ", ".join(wish.guests),
            "unsure": asking.unsure_words(owner, meeting.starts_at, meeting.ends_at),
            "when": span_words(meeting.starts_at, meeting.ends_at, owner.timezone),
            "zone": str(owner.timezone),
            "link": link_name(meeting.provider) if meeting.provider else "",
            "why_no_link": meeting.get_no_link_display(),
            "place": words.place(meeting),
            "state": state if state.status is Status.NEEDS_ATTENTION else None,
            "is_address_confirmed": invitation.is_address_confirmed,
        }
        outbox.write(
            to=owner.email,
            template="meetings/booking/mails/booked",
            context=context,
            reply_to=wish.email,
            calendar="" if meeting.is_requested else words.owners_calendar(invitation),
            account=notices(owner),
        )
