"""Erasing a contact for good: all that O-Key holds of the person among this owner's things, wherever it stands.

Their meetings go as well, because titles, texts and histories name them; a group that others came to stays theirs,
without the person. What O-Key has sent out is out: mails, entries
in calendars, meetings at a provider.
"""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from meetings import groups
from meetings.booking.models import UnconfirmedBooking
from meetings.bot.models import Conversation
from meetings.client.actions import notices
from meetings.models import CalendarEntry, Invitation, LinkJob, Meeting, MeetingEvent, Series
from meetings.personal import deleting
from meetings.personal.finding import Person
from okey.contacts import tagging
from okey.contacts.editing import hold_address_book
from okey.contacts.models import Contact, ContactImport
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks import events
from okey.webhooks.models import Event, EventType

#: Keys of webhook events that say whom or what they are about.
SUBJECTS = ("contact_id", "meeting_id", "conversation_id")
#: Meetings of which events are looked for in one statement.
BATCH = 200


class HasUpcomingMeetings(Exception):
    """The person counts on these: they are cancelled first, so that they hear of it."""


class StillTelling(Exception):
    """A cancellation is on its way: to the person, to the provider or to a calendar. In a minute it is over."""


@transaction.atomic
def erase(*, contact: Contact) -> None:
    """Raises HasUpcomingMeetings or StillTelling, and then nothing is changed."""
    owner = contact.owner
    # A turn of the bot locks its conversation first, then the owner.
    list(_conversations(owner, contact, _addresses(contact)).select_for_update(of=("self",)).order_by("pk"))
    hold_address_book(owner)  # whoever schedules with the contact holds the owner's row as well
    Meeting.objects.all_locked(Q(contact=contact) | Q(invitations__contact=contact))
    meetings = Meeting.objects.filter(owner=owner, contact=contact)
    seats = Invitation.objects.filter(Q(meeting__is_group=True) | Q(is_guest=True), contact=contact)
    coming = {"cancelled_at": None, "ends_at__gt": timezone.now()}
    if meetings.filter(**coming).exists() or seats.filter(left_at=None, meeting__in=_all(owner, **coming)).exists():
        raise HasUpcomingMeetings
    if _is_owed(meetings) or seats.filter(due_at__isnull=False).exists():
        raise StillTelling
    addresses = _addresses(contact)
    person = _person(contact, addresses)
    before = list(contact.merged.values_list("pk", flat=True))
    groups.hand_over(contact, meetings)
    _forget_in_groups(seats, person)
    told = events.note(owner.pk, EventType.CONTACT_DELETED, {"contact_id": str(contact.pk)})
    Event.objects.filter(pk=told.pk).update(whole=None)
    talks = list(_conversations(owner, contact, addresses))
    subjects = [contact.pk, *before, *meetings.values_list("pk", flat=True), *(talk.pk for talk in talks)]
    _forget_events(owner, subjects, but=told)
    _mails(owner, person, addresses).delete()
    for talk in talks:
        talk.delete()
    UnconfirmedBooking.objects.filter(_is_any("email", addresses), owner=owner).delete()
    _forget_as_guest(owner, addresses)
    _forget_uploads(owner, person)
    _forget_log(contact, subjects)
    meetings.delete()
    Series.objects.filter(owner=owner, meetings=None).delete()
    Invitation.objects.filter(contact=contact).delete()
    contact.delete()
    tagging.forget_unused(owner)


def _addresses(contact: Contact) -> set[str]:
    """Theirs, those of whom was merged into them, and those by which they were invited before; in small letters."""
    found = [contact.email, *Invitation.objects.filter(contact=contact).values_list("email", flat=True)]
    for one in contact.merged.all():
        found += [one.email, *one.invited_as]
    return {email.casefold() for email in found if email}


def _is_any(column: str, addresses: Iterable[str]) -> Q:
    found = Q()
    for address in addresses:
        found |= Q(**{f"{column}__iexact": address})
    return found


def _all(owner: Owner, **such: Any) -> "QuerySet[Meeting]":
    return Meeting.objects.filter(owner=owner, **such)


def _forget_in_groups(seats: "QuerySet[Invitation]", person: Person) -> None:
    """What the histories of meetings that others came to say of the person."""
    written = MeetingEvent.objects.filter(meeting__in=seats.values("meeting")).values_list("pk", "text")
    MeetingEvent.objects.filter(pk__in=[pk for pk, text in written if person.is_in(text)]).delete()


def _forget_as_guest(owner: Owner, addresses: Collection[str]) -> None:
    """Where somebody named them and has not confirmed their own address yet."""
    for waiting in UnconfirmedBooking.objects.filter(owner=owner, guests__isnull=False):
        left = [one for one in waiting.guests or [] if one.casefold() not in addresses]
        if len(left) != len(waiting.guests or []):
            UnconfirmedBooking.objects.filter(pk=waiting.pk).update(guests=left)


def _is_owed(meetings: "QuerySet[Meeting]") -> bool:
    return any(
        model._default_manager.filter(meeting__in=meetings, due_at__isnull=False).exists()
        for model in (LinkJob, Invitation, CalendarEntry)
    )


def _conversations(owner: Owner, contact: Contact, addresses: Iterable[str]) -> "QuerySet[Conversation]":
    """With the person: booked for them, or under an address of theirs."""
    mine = Conversation.objects.filter(owner=owner)
    return mine.filter(Q(contact=contact) | _is_any("state__email", addresses))


def _mails(owner: Owner, person: Person, addresses: Iterable[str]) -> "QuerySet[Mail]":
    """To the person about this owner's meetings; and to the owner, whatever their address was, about the person."""
    owners = Mail.objects.filter(Q(to__iexact=owner.email) | Q(account=notices(owner)))
    to_owner = owners.values_list("pk", "calendar", "subject", "text", "reply_to")
    about = [
        pk
        for pk, calendar, *texts in to_owner.iterator(chunk_size=BATCH)
        if person.is_in("\n".join(texts)) or person.is_in_calendar(calendar)
    ]
    return Mail.objects.filter(_is_any("to", addresses) & Q(account=str(owner.pk)) | Q(pk__in=about))


def _person(contact: Contact, addresses: Iterable[str]) -> Person:
    """Told apart from this owner's other contacts."""
    names = [contact.name, *contact.merged.values_list("name", flat=True)]
    longer = reduce(or_, (Q(name__icontains=name) for name in names))
    others = Contact.objects.filter(longer, owner=contact.owner).exclude(pk=contact.pk)
    return Person(names=names, addresses=addresses, others=others.values_list("name", flat=True))


def _forget_events(owner: Owner, subjects: Iterable[UUID], *, but: Event) -> None:
    """With what became of them: a receiver's refusal may quote what it was sent."""
    names = [str(pk) for pk in subjects]
    for start in range(0, len(names), BATCH):
        about = Q()
        for subject in SUBJECTS:
            about |= Q(**{f"data__{subject}__in": names[start : start + BATCH]})
        Event.objects.filter(about, owner=owner).exclude(pk=but.pk).delete()


def _forget_log(contact: Contact, subjects: Iterable[UUID]) -> None:
    """What administrators did with anything of theirs."""
    for model in (Contact, Meeting, Conversation, LinkJob):  # a link job has its meeting's ID
        deleting.forget_log(model, subjects)
    deleting.forget_log(Invitation, Invitation.objects.filter(contact=contact).values_list("pk", flat=True))


def _forget_uploads(owner: Owner, person: Person) -> None:
    """Files of contacts that were uploaded within the last day."""
    for upload in ContactImport.objects.filter(owner=owner):
        if any(person.is_in(str(value)) for line in upload.lines for value in line.values()):
            upload.delete()
