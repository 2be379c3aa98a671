"""Clients take a time by themselves, on the booking page or with the bot: the one rule book for both.

Whoever books is a stranger. An address that they type leads to the contact who has it and gives the typist nothing:
the contact stays as it is, nothing known of it is shown, and mails to it carry none of their words unless the
address is confirmed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations import connections
from meetings import diary, scheduling
from meetings.client.actions import notices
from meetings.hours import asking, availability
from meetings.invitations import inviting, words
from meetings.links.state import Means, Status, link_state
from meetings.links.words import link_name
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from meetings.times import span_words
from okey.contacts.editing import add_contact, restore_contact
from okey.contacts.models import Contact
from okey.limits import limits
from okey.mails import outbox
from okey.owners.models import Owner

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
    """What a client asks for: who they say they are, when, and the zone that they think in."""

    name: str
    email: str
    starts_at: datetime  # aware
    zone: ZoneInfo
    note: str = ""


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
    booking. Raises scheduling.SlotTaken.
    """
    with transaction.atomic():
        owner = Owner.objects.locked(owner.pk)
        done = earlier(owner, request_key)
        if done is not None:
            return done
        stranger = None if is_address_confirmed else Stranger(network, is_known=_is_known(owner, wish.email))
        contact, was_archived = _contact(owner, wish)
        provider, no_link = link_for(owner, stranger)
        meeting = scheduling.schedule(
            owner=owner,
            contact=contact,
            plan=_plan(owner, contact, wish, provider),
            source=source,
            request_key=request_key,
            is_address_confirmed=is_address_confirmed,
            must_be_offered=True,
            zone=wish.zone,
            no_link=no_link,
        )
        if was_archived:
            text = _("The contact was archived; with this booking they are on your list again.")
            diary.note(meeting.pk, "contact_restored", text)
        if provider and stranger and stranger.network:
            limits.hit(*stranger.share_of(owner), limit=LINKS_FOR_A_NETWORK, seconds=DAY)
        invitation = meeting.invitations.get()
        _tell_owner(owner, invitation, wish)
    return invitation


def correct_address(invitation: Invitation, wish: Wish) -> Invitation:
    """The client mistyped their address: the invitation is the new one's from now on, and nobody has confirmed that.

    The contact who has the address is met; the one who was met stays as they are.
    """
    with transaction.atomic():
        owner = Owner.objects.locked(invitation.meeting.owner_id)
        contact, _was_archived = _contact(owner, wish)
        Invitation.objects.filter(pk=invitation.pk).update(contact=contact)
        Meeting.objects.filter(pk=invitation.meeting_id).update(contact=contact)
        diary.note(invitation.meeting_id, "address_corrected", _("The client corrected their e-mail address."))
        sent = inviting.send_again(owner=owner, invitation_id=invitation.pk)
        # Whoever typed it is a stranger, as at the booking.
        Invitation.objects.filter(pk=sent.pk).update(is_address_confirmed=False)
    return Invitation.objects.select_related("contact", "meeting__owner").get(pk=sent.pk)


def earlier(owner: Owner, request_key: str) -> Invitation | None:
    """What this request has booked already."""
    return Invitation.objects.filter(meeting__owner=owner, meeting__request_key=request_key).first()


def link_for(owner: Owner, stranger: Stranger | None = None) -> tuple[str, str]:
    """The provider that a booking made now gets its link from; or "" and the reason, where that is the day's limit.

    `stranger`: whoever books, unless the address is confirmed.
    """
    provider = connections.default_provider(owner)
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
    contact = Contact.objects.of(owner).alias(address=Lower("email")).filter(address=Lower(Value(email))).first()
    if contact is None:
        return False
    ways = Invitation.objects.filter(contact=contact)
    return ways.filter(is_address_confirmed=True).exists() or not ways.exists()


def _contact(owner: Owner, wish: Wish) -> tuple[Contact, bool]:
    """The contact with this address as it is, back from the archive if need be (and whether it was); or a new one."""
    known = Contact.objects.of(owner).alias(address=Lower("email")).filter(address=Lower(Value(wish.email))).first()
    if known is None:
        return add_contact(owner=owner, name=wish.name, email=wish.email, timezone=wish.zone), False
    if not known.is_archived:
        return known, False
    restore_contact(contact=known)
    known.refresh_from_db()
    return known, True


def _plan(owner: Owner, contact: Contact, wish: Wish, provider: str) -> Plan:
    """The title is made of what they typed, never of what is known: providers show it to whoever joins."""
    names = _("%(client)s and %(owner)s") % {"client": wish.name, "owner": owner.name} if owner.name else wish.name
    alias = "" if wish.name == contact.name else _("Booked under the name %(name)s.") % {"name": wish.name}
    return Plan(
        title=names[: Meeting.TITLE_MAX],
        starts_at=wish.starts_at,
        minutes=availability.settings_of(owner).slot_minutes,
        agenda="\n\n".join(part for part in (wish.note, alias) if part),
        provider=provider,
    )


def _tell_owner(owner: Owner, invitation: Invitation, wish: Wish) -> None:
    meeting = invitation.meeting
    with translation.override(owner.language), timezone.override(owner.timezone):
        state = link_state(meeting, Means.of(owner))
        context = {
            "owner": owner,
            "meeting": meeting,
            "wish": wish,
            "unsure": asking.unsure_words(owner, meeting.starts_at, meeting.ends_at),
            "when": span_words(meeting.starts_at, meeting.ends_at, owner.timezone),
            "zone": str(owner.timezone),
            "link": link_name(meeting.provider) if meeting.provider else "",
            "why_no_link": meeting.get_no_link_display(),
            "state": state if state.status is Status.NEEDS_ATTENTION else None,
            "is_address_confirmed": invitation.is_address_confirmed,
        }
        outbox.write(
            to=owner.email,
            template="meetings/booking/mails/booked",
            context=context,
            reply_to=wish.email,
            calendar=words.owners_calendar(invitation),
            account=notices(owner),
        )
