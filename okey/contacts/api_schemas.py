"""What the REST API takes and says of contacts, and which ones a list holds."""

from collections.abc import Iterable
from typing import Any, Literal, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from ninja import Schema
from pydantic import Field

from okey.api.paging import IDS_MAX
from okey.api.schemas import Body, Changes, ExternalId, Line, Metadata, Moment, Text, Zone, Zulu
from okey.contacts import editing, tagging
from okey.contacts.models import NOTES_LENGTH, TAG_MAX, Contact, ContactQuerySet
from okey.owners.models import Owner

SEARCH_LENGTH = 200
#: Contacts have names and addresses with something in them; JSON Schema says it so.
NOT_BLANK: dict[str, Any] = {"pattern": r"\S"}
LONGEST = {field.name: field.max_length for field in Contact._meta.concrete_fields}
TAGS = "Words of yours to find them by, each of at most 40 characters and without a comma. Sent, they replace all."
CONTACT_ID = "0b0e5a3c-7d3f-4c0e-9f3b-2f6a1c9e8d7b"

#: Looked up or looked through when the body was read.
READ_WITH_THE_BODY = {"timezone", "metadata"}

Status = Literal["active", "archived", "all"]


class NewContact(Body):
    name: Line = Field(max_length=LONGEST["name"], examples=["Dora Diver"], json_schema_extra=NOT_BLANK)
    email: Line = Field(
        description="At most one of your contacts has it.",
        max_length=LONGEST["email"],
        examples=["dora@example.com"],
        json_schema_extra={"format": "email"},
    )
    phone: Line = Field("", max_length=LONGEST["phone"], examples=["+49 30 901820"])
    company: Line = Field("", max_length=LONGEST["company"], examples=["Diver & Daughters"])
    timezone: Zone | None = Field(None, description="IANA name; null where you don't know it.")


class ContactIn(NewContact):
    notes: Text = Field("", description="Only you see these.", max_length=NOTES_LENGTH, examples=["Likes mornings."])
    tags: list[Line] = Field([], max_length=tagging.TAGS_MAX, description=TAGS, examples=[["customer"]])
    external_id: ExternalId = ""
    metadata: Metadata = Field({})


class ContactChanges(Changes):
    name: Line = Field("", max_length=LONGEST["name"], examples=["Dora Diver"], json_schema_extra=NOT_BLANK)
    email: Line = Field(
        "", max_length=LONGEST["email"], examples=["dora@example.com"], json_schema_extra={"format": "email"}
    )
    phone: Line = Field("", max_length=LONGEST["phone"], examples=["+49 30 901820"])
    company: Line = Field("", max_length=LONGEST["company"], examples=["Diver & Daughters"])
    timezone: Zone | None = Field(None, description="IANA name; null where you don't know it.")
    notes: Text = Field("", max_length=NOTES_LENGTH, examples=["Likes mornings."])
    tags: list[Line] = Field([], max_length=tagging.TAGS_MAX, description=TAGS, examples=[["customer"]])
    external_id: ExternalId = ""
    metadata: Metadata = Field({})


class ContactOut(Schema):
    id: UUID = Field(examples=[CONTACT_ID])
    name: str = Field(examples=["Dora Diver"])
    email: str = Field(examples=["dora@example.com"])
    phone: str = Field(examples=["+49 30 901820"])
    company: str = Field(examples=["Diver & Daughters"])
    timezone: str | None = Field(description="IANA name; null where it isn't known.", examples=["Europe/Berlin"])
    notes: str = Field(examples=["Likes mornings."])
    tags: list[str] = Field(examples=[["customer"]])
    external_id: str = Field(description="Yours; empty where you gave none.", examples=["customer-4711"])
    metadata: dict[str, str] = Field(description="Yours.", examples=[{"plan": "gold"}])
    created_at: Zulu = Field(examples=["2026-03-02T09:00:00Z"])
    updated_at: Zulu = Field(examples=["2026-03-02T09:00:00Z"])
    archived_at: Zulu | None = Field(description="Since when off the list; null: on it.")
    page_url: str = Field(
        description="The contact's page in O-Key.",
        examples=[f"https://okey.example.com/contacts/{CONTACT_ID}/"],
    )


class ContactFilters(Schema):
    search: Text = Field(
        "",
        description="Words that are all found in name, address, company or phone.",
        max_length=SEARCH_LENGTH,
        examples=["dora example"],
    )
    email: Text = Field(
        "",
        description="The one with exactly this address, in whatever case.",
        max_length=LONGEST["email"],
        examples=["dora@example.com"],
    )
    tag: Text = Field("", description="Those that have it.", max_length=TAG_MAX, examples=["customer"])
    external_id: ExternalId = ""
    ids: list[UUID] = Field(
        [], max_length=IDS_MAX, description="These, as far as they are yours.", examples=[[CONTACT_ID]]
    )
    updated_since: Moment | None = Field(
        None,
        description="Those that were added, changed, archived or restored then or later.",
        examples=["2026-03-02T00:00:00Z"],
    )
    status: Status | None = Field(
        None,
        description="If left out: `active`; with `email`, `external_id`, `ids` or `updated_since` it is `all`.",
        examples=["active"],
    )

    def of(self, owner: Owner) -> ContactQuerySet:
        found = Contact.objects.of(owner).search(self.search)
        if self.email:
            found = found.with_address(self.email)
        if self.tag:
            found = found.tagged(self.tag)
        if self.external_id:
            found = found.filter(external_id=self.external_id)
        if self.ids:
            found = found.filter(pk__in=self.ids)
        if self.updated_since is not None:
            found = found.filter(updated_at__gte=self.updated_since)
        return self._of_status(found)

    def _of_status(self, contacts: ContactQuerySet) -> ContactQuerySet:
        is_exact = bool(self.email or self.external_id or self.ids or self.updated_since)
        match self.status or ("all" if is_exact else "active"):
            case "active":
                return contacts.active()
            case "archived":
                return contacts.archived()
        return contacts


def shown(contact: Contact) -> ContactOut:
    return ContactOut(
        id=contact.pk,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        company=contact.company,
        timezone=str(contact.timezone) if contact.timezone else None,
        notes=contact.notes,
        tags=contact.tag_names,
        external_id=contact.external_id,
        metadata=contact.metadata or {},
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        archived_at=contact.archived_at,
        page_url=settings.OKEY_BASE_URL + contact.get_absolute_url(),
    )


def shown_by_id(owner_id: UUID, ids: Iterable[str]) -> dict[str, ContactOut]:
    """Those of them that are the owner's."""
    mine = Contact.objects.filter(owner=owner_id, pk__in=list(ids)).with_tags()
    return {str(one.pk): shown(one) for one in mine}


def checked(details: dict[str, Any]) -> editing.Details:
    """The details, which the model's own rules accept. Raises ValidationError by field."""
    own = {name: value for name, value in details.items() if name != "tags"}
    ours = {field.name for field in Contact._meta.concrete_fields} - set(own)
    Contact(**own).clean_fields(exclude=ours | READ_WITH_THE_BODY)
    if "tags" in details:
        own["tags"] = _tags(details["tags"])
    return cast(editing.Details, own)


def _tags(names: list[str]) -> list[str]:
    try:
        return tagging.checked(names)
    except ValidationError as error:
        raise ValidationError({"tags": error.messages}) from error
