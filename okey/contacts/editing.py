"""Adding, changing, archiving, restoring and deleting contacts: the only writers of single contacts."""

from typing import TypedDict, Unpack, cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from okey.contacts import announcements, tagging
from okey.contacts.models import Contact, ContactQuerySet, MergedContact
from okey.owners.models import Owner


class AddressTaken(Exception):
    """Another contact of the same owner, maybe an archived one, has the e-mail address."""

    def __init__(self, holder: Contact) -> None:
        super().__init__("The e-mail address belongs to another contact.")
        self.holder = holder

    @property
    def words(self) -> str:
        """Whose address it is, for the owner."""
        if self.holder.is_archived:
            words = _("%(name)s, in your archive, has this address.")
        else:
            words = _("%(name)s already has this address.")
        return words % {"name": self.holder.name}


class Details(TypedDict, total=False):
    """What an owner may say of a contact."""

    name: str
    email: str
    phone: str
    company: str
    timezone: ZoneInfo | None
    notes: str
    #: As okey.contacts.tagging checks them.
    tags: list[str]
    language: str
    external_id: str
    metadata: dict[str, str]


class HasMeetings(Exception):
    """The contact has meetings, over or cancelled ones too, and those stay."""


@transaction.atomic
def add_contact(*, owner: Owner, **details: Unpack[Details]) -> Contact:
    """A new contact. Raises AddressTaken."""
    hold_address_book(owner)
    tags = details.pop("tags", [])
    contact = Contact(owner=owner, **details)
    _refuse_taken(contact.email, Contact.objects.of(owner))
    contact.save(force_insert=True)
    tagging.tag(contact, tags)
    announcements.created([contact])
    return contact


@transaction.atomic
def change_contact(*, contact: Contact, **details: Unpack[Details]) -> Contact:
    """The contact with other details. Raises AddressTaken."""
    hold_address_book(contact.owner)
    before = Contact.objects.get(pk=contact.pk)  # `contact` may have been read before somebody else changed it
    if "email" in details:
        _refuse_taken(details["email"], Contact.objects.of(contact.owner).exclude(pk=contact.pk))
        # Where it is one that was merged, the two change places: both stay known.
        MergedContact.objects.filter(contact=contact, email__iexact=details["email"]).update(email=before.email)
    tags = details.pop("tags", None)
    for name, value in details.items():
        setattr(contact, name, value)
    contact.save(update_fields=[*details, "searched", "updated_at"])
    others = [name for name in details if (getattr(before, name) or None) != (getattr(contact, name) or None)]
    if tags is not None and tagging.tag(contact, tags):
        others.append("tags")
    if others:
        announcements.changed(contact, others)
    return contact


def note_contacts_language(contact: Contact, language: str) -> None:
    """As they chose it themselves, on a page of theirs. Nothing that the owner wrote is changed."""
    Contact.objects.filter(pk=contact.pk).update(language=language)


@transaction.atomic
def put_contact(*, owner: Owner, **details: Unpack[Details]) -> tuple[Contact, bool]:
    """The contact with this address, with these details, back from the archive if need be; and whether it is new.

    Whoever is found by the address of one that was merged into them keeps their own.
    """
    hold_address_book(owner)
    known = Contact.objects.of(owner).with_address(details["email"]).first()
    if known is None:
        return add_contact(owner=owner, **details), True
    if known.is_archived:
        restore_contact(contact=known)
    kept = {"tags": known.tag_names} if "tags" in details else {}
    changes = {name: value for name, value in details.items() if kept.get(name, getattr(known, name, None)) != value}
    if known.email.casefold() != details["email"].casefold():
        del changes["email"]
    if changes:
        change_contact(contact=known, **cast(Details, changes))
    return Contact.objects.get(pk=known.pk), False


@transaction.atomic
def known_or_new(*, owner: Owner, **details: Unpack[Details]) -> Contact:
    """The contact with this address as it is, back from the archive if need be; or a new one with these details."""
    hold_address_book(owner)
    known = Contact.objects.of(owner).with_address(details["email"]).first()
    if known is None:
        return add_contact(owner=owner, **details)
    if known.is_archived:
        restore_contact(contact=known)
    return Contact.objects.get(pk=known.pk)


@transaction.atomic
def archive_contact(*, contact: Contact) -> None:
    """Take the contact off the list. Their meetings stay, and their address stays theirs."""
    now = timezone.now()
    if Contact.objects.filter(pk=contact.pk, archived_at=None).update(archived_at=now, updated_at=now):
        announcements.archived(contact)


@transaction.atomic
def restore_contact(*, contact: Contact) -> None:
    archived = Contact.objects.filter(pk=contact.pk).exclude(archived_at=None)
    if archived.update(archived_at=None, updated_at=timezone.now()):
        announcements.restored(contact)


@transaction.atomic
def delete_contact(*, contact: Contact) -> None:
    """For good. Raises HasMeetings."""
    hold_address_book(contact.owner)  # whoever schedules with the contact holds the owner's row as well
    announcements.deleted(contact)
    owner = contact.owner
    try:
        contact.delete()
    except ProtectedError as error:
        raise HasMeetings from error
    tagging.forget_unused(owner)


def hold_address_book(owner: Owner) -> None:
    """Until the transaction ends, nobody else adds or changes addresses among this owner's contacts."""
    # NO KEY: rows that merely point to the owner are written as before.
    Owner.objects.locked(owner.pk)


def _refuse_taken(email: str, others: ContactQuerySet) -> None:
    holder = others.with_address(email).first()
    if holder:
        raise AddressTaken(holder)
