"""The people an owner meets."""

from typing import Annotated

import msgspec
from django.core.exceptions import ValidationError
from msgspec import Meta

from meetings.assistant import answers
from meetings.assistant.answers import ContactAnswer
from meetings.assistant.arguments import ContactID, Limit
from meetings.assistant.calling import Changes, tool
from meetings.assistant.finding import contact_of
from okey.api.models import Scope
from okey.contacts import editing
from okey.contacts.forms import ContactForm
from okey.contacts.models import Contact
from okey.owners.models import Owner

NOBODY = "Nobody fits. Try fewer or other words, or archived true; if it is somebody new, use add_contact."
NOBODY_ARCHIVED = "Nobody in the archive fits. Try fewer or other words."


class FindContacts(msgspec.Struct):
    query: Annotated[str, Meta(max_length=200, description="part of a name, e-mail address, company or phone")] = ""
    archived: Annotated[bool, Meta(description="true: only archived ones")] = False
    limit: Limit = 10


class Contacts(msgspec.Struct, omit_defaults=True):
    contacts: list[ContactAnswer]
    more: Annotated[bool, Meta(description="there are more than these: ask more narrowly")] = False
    note: str = ""


class NewContact(msgspec.Struct):
    name: Annotated[str, Meta(max_length=150)]
    email: Annotated[str, Meta(max_length=254, description="invitations go there")]
    company: Annotated[str, Meta(max_length=150)] = ""
    phone: Annotated[str, Meta(max_length=50)] = ""
    time_zone: Annotated[str, Meta(max_length=64, description="IANA name, such as Europe/Madrid, where known")] = ""


class RestoreContact(msgspec.Struct):
    contact_id: ContactID


class RestoredContact(msgspec.Struct):
    id: str
    name: str


class AddedContact(msgspec.Struct):
    contact: ContactAnswer
    is_new: Annotated[
        bool, Meta(description="false: there was one with this address already, maybe archived; nothing was changed")
    ]


@tool(
    title="Find contacts",
    scope=Scope.READ,
    description="Find the owner's contacts by name, e-mail address, company or phone. Gives the contact_id that "
    "schedule_meeting needs. If several fit, ask the owner which one is meant.",
)
def find_contacts(owner: Owner, wanted: FindContacts) -> Contacts:
    mine = Contact.objects.of(owner)
    there = mine.archived() if wanted.archived else mine.active()
    found = list(there.search(wanted.query)[: wanted.limit + 1])
    note = "" if found else NOBODY_ARCHIVED if wanted.archived else NOBODY
    shown = [answers.contact_answer(one) for one in found[: wanted.limit]]
    return Contacts(contacts=shown, more=len(found) > wanted.limit, note=note)


@tool(
    title="Add a contact",
    scope=Scope.SCHEDULE,
    changes=Changes(reaches_people=False),
    description="Add a person to the owner's contacts. Look with find_contacts first. Never make up an e-mail address: "
    "O-Key mails invitations there.",
)
def add_contact(owner: Owner, wanted: NewContact) -> AddedContact:
    form = ContactForm({**msgspec.structs.asdict(wanted), "timezone": wanted.time_zone})
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    try:
        contact = editing.add_contact(owner=owner, **form.cleaned_data)
    except editing.AddressTaken as taken:
        return AddedContact(contact=answers.contact_answer(taken.holder), is_new=False)
    return AddedContact(contact=answers.contact_answer(contact), is_new=True)


@tool(
    title="Restore a contact",
    scope=Scope.SCHEDULE,
    changes=Changes(reaches_people=False),
    description="Put an archived contact back on the list, so that meetings can be scheduled with them.",
)
def restore_contact(owner: Owner, wanted: RestoreContact) -> RestoredContact:
    contact = contact_of(owner, wanted.contact_id)
    editing.restore_contact(contact=contact)
    return RestoredContact(id=str(contact.pk), name=contact.name)
