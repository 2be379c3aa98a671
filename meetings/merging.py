"""Two contacts that are one person become one contact, for good.

All that points at one of them points at the other from then on, whichever room it is in. No client hears of it:
invitations go on to the addresses that they went to.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings import diary
from meetings.invitations import mails
from meetings.invitations.steps import may_know
from meetings.models import Invitation, Meeting
from okey.contacts import announcements
from okey.contacts.editing import hold_address_book
from okey.contacts.models import Contact, ContactNote, MergedContact, Tagging
from okey.owners.models import Owner
from okey.webhooks import endpoints

#: What the one that stays takes over where it has nothing there.
TAKEN = ("phone", "company", "timezone", "language", "notes", "external_id", "metadata")

#: Two invitations to one meeting: the one that is kept, and the other.
Pair = tuple[Invitation, Invitation]


class ThemselvesAgain(ValueError):
    """Both are the same contact."""


@transaction.atomic
def merge(*, owner: Owner, contact_id: UUID, into_id: UUID) -> Contact:
    """The contact `into_id`, with all that `contact_id` had; that one is no more. Twice is once.

    Raises Contact.DoesNotExist where one is not the owner's or was erased, and ThemselvesAgain.
    """
    # A turn of the bot locks its conversation first, then the owner.
    talks = Contact(pk=contact_id).conversations.all() | Contact(pk=into_id).conversations.all()
    talked = list(talks.filter(owner=owner).select_for_update(no_key=True, of=("self",)).order_by("pk"))
    hold_address_book(owner)  # whoever schedules, books or erases holds the owner's row as well
    if (now := merged_into(owner, contact_id)) is not None and now.pk == into_id:
        return now
    if contact_id == into_id:
        raise ThemselvesAgain
    # Not even a note may point at one that is about to go.
    both = Contact.objects.of(owner).select_for_update().filter(pk__in=[contact_id, into_id]).order_by("pk").in_bulk()
    if len(both) < 2:
        raise Contact.DoesNotExist
    gone, stays = both[contact_id], both[into_id]
    dropped = _merge_invitations(gone, stays)
    announcements.deleted(gone, into=stays)
    endpoints.follow_contact(owner=owner, was=gone.pk, now=stays.pk)
    kept = MergedContact(
        pk=gone.pk,
        contact=stays,
        name=gone.name,
        email=gone.email,
        external_id=gone.external_id,
        metadata=gone.metadata,
        invited_as=[other.email for _first, other in dropped],
    )
    _go_on_talking(talked, dropped)
    _hand_over(gone, stays)
    changed = _take_over(gone, stays)
    gone.delete()
    kept.save(force_insert=True)
    stays.save(update_fields=[*TAKEN, "archived_at", "searched", "updated_at"])
    if changed:
        announcements.changed(stays, changed)
    return stays


def merged_into(owner: Owner, contact_id: UUID) -> Contact | None:
    """The contact that this one is now; None where it was not merged."""
    return Contact.objects.of(owner).filter(merged=contact_id).first()


def meetings_of_both(one: Contact, other: Contact) -> "QuerySet[Meeting]":
    """Coming ones in which both have a place: one of the two is withdrawn where they become one."""
    coming = Meeting.objects.filter(cancelled_at=None, ends_at__gt=timezone.now())
    for contact in (one, other):
        coming = coming.filter(invitations__contact=contact, invitations__left_at=None)
    return coming.order_by("starts_at", "pk")


def _merge_invitations(gone: Contact, stays: Contact) -> list[Pair]:
    """Where both were invited to one meeting, one invitation is kept. Returns these, each with that which is not."""
    meetings = Meeting.objects.all_locked(Q(contact=gone) | Q(invitations__contact=gone))
    meetings.update(updated_at=timezone.now())
    twice = Invitation.objects.filter(contact=gone, meeting__invitations__contact=stays).values("meeting")
    pairs = []
    for meeting in Meeting.objects.filter(pk__in=list(twice.values_list("meeting", flat=True))).order_by("pk"):
        first, other = _better_first(meeting, meeting.invitations.filter(contact__in=[gone, stays]))
        pairs.append((first, other))
        has_another_mailbox = other.email.casefold() != first.email.casefold()
        if has_another_mailbox and may_know(other) and not (other.told_cancelled or meeting.is_over):
            mails.withdraw(other)
        if other.left_at is None:
            _note(first, other)
        Invitation.objects.filter(pk=other.pk).delete()
        answers = [*(first.answers or []), *(other.answers or [])] or None
        Invitation.objects.filter(pk=first.pk).update(answers=answers)
    return pairs


def _note(first: Invitation, other: Invitation) -> None:
    with translation.override(other.contact.owner.language):  # of the diary
        said = _("You merged two contacts: their invitation is the one to %(email)s; the one to %(other)s is gone.")
    kind = "guest_removed" if other.is_guest else "left"
    diary.note(other.meeting_id, kind, said % {"email": first.email, "other": other.email})


def _go_on_talking(talks: Iterable[Any], pairs: Iterable[Pair]) -> None:
    """Conversations about an invitation that is not kept go on about the other one, of the same meeting.

    Not those of somebody who merely typed the address: the other one is not theirs.
    """
    now = {other.token: first.token for first, other in pairs if other.is_address_confirmed}
    for talk in talks:
        tokens = list(dict.fromkeys(now.get(token, token) for token in talk.invitation_tokens))
        if tokens != talk.invitation_tokens:
            talk.invitation_tokens = tokens
            talk.save(update_fields=["invitation_tokens"])


def _better_first(meeting: Meeting, two: "QuerySet[Invitation]") -> list[Invitation]:
    """Who comes before who has left, and whom the meeting is with before who comes too."""
    found = two.select_for_update(no_key=True, of=("self",)).select_related("contact", "meeting__owner").order_by("pk")
    return sorted(found, key=lambda one: (one.left_at is not None, one.is_guest, one.contact_id != meeting.contact_id))


def _hand_over(gone: Contact, stays: Contact) -> None:
    """Whatever points at a contact: of rooms above, too."""
    known = set(Tagging.objects.filter(contact=stays).values_list("tag", flat=True))
    Tagging.objects.filter(contact=gone, tag__in=known).delete()
    for relation in Contact._meta.related_objects:
        model: Any = relation.related_model
        pointing = model._default_manager.filter(**{relation.field.name: gone})
        pointing.update(**{relation.field.name: stays})


def _take_over(gone: Contact, stays: Contact) -> list[str]:
    """What is said of one, where nothing is of the other; the rest is a note. Returns the fields that changed."""
    taken = [name for name in TAKEN if getattr(gone, name) and not getattr(stays, name)]
    for name in taken:
        setattr(stays, name, getattr(gone, name))
    if stays.is_archived and not gone.is_archived:
        stays.archived_at = None
        announcements.restored(stays)
    left = [name for name in TAKEN if getattr(gone, name) not in ("", None, getattr(stays, name))]
    with translation.override(stays.owner.language):
        ContactNote.objects.create(contact=stays, text=_said_of(gone, left))
    if "notes" in left:
        ContactNote.objects.create(contact=stays, text=gone.notes)
    return taken


def _said_of(gone: Contact, left: Iterable[str]) -> str:
    lines = [_("Merged: %(name)s, %(email)s") % {"name": gone.name, "email": gone.email}]
    shown = {"phone": gone.phone, "company": gone.company, "timezone": gone.zone_name}
    labels = {name: str(Contact._meta.get_field(name).verbose_name) for name in shown}  # type: ignore[union-attr]
    lines += [f"{labels[name]}: {value}" for name, value in shown.items() if name in left]
    return "\n".join(lines)
