"""What owners' webhooks are told of their contacts: which one, for whoever then reads it. Neither names nor addresses.

Called inside the transaction that makes the change.
"""

from collections.abc import Iterable

from okey.contacts.models import Contact
from okey.webhooks import events
from okey.webhooks.models import EventType


def created(contacts: Iterable[Contact]) -> None:
    """All of one owner."""
    those = list(contacts)
    if those:
        events.note_all(those[0].owner_id, EventType.CONTACT_CREATED, [{"contact_id": str(one.pk)} for one in those])


def changed(contact: Contact, fields: Iterable[str]) -> None:
    data = {"contact_id": str(contact.pk), "changed": sorted(fields)}
    events.note(contact.owner_id, EventType.CONTACT_CHANGED, data)


def archived(contact: Contact) -> None:
    events.note(contact.owner_id, EventType.CONTACT_ARCHIVED, {"contact_id": str(contact.pk)})


def restored(contact: Contact) -> None:
    events.note(contact.owner_id, EventType.CONTACT_RESTORED, {"contact_id": str(contact.pk)})


def deleted(contact: Contact, *, into: Contact | None = None) -> None:
    """Before it is. `into`: the one that it is merged into."""
    data = {"contact_id": str(contact.pk)} | ({"merged_into": str(into.pk)} if into else {})
    events.note(contact.owner_id, EventType.CONTACT_DELETED, data)
