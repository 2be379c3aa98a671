"""Contacts in the REST API. The rules are in okey.contacts.editing."""

from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.conf import settings
from ninja import Path, Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field

from okey.api import idempotency
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.paging import PAGE_SIZE, Cursor, Limit, Page, cut
from okey.api.problems import Code, Problem, documents
from okey.api.schemas import Body, Changes, Line, Text, Zone, Zulu
from okey.contacts import editing
from okey.contacts.models import NOTES_LENGTH, Contact, ContactQuerySet

router = Router(tags=["Contacts"])

SEARCH_LENGTH = 200
#: Newest first: a program that looks for what is new finds it on the first page.
ORDER = ("-created_at", "-id")
#: Contacts have names and addresses with something in them; JSON Schema says it so.
NOT_BLANK: dict[str, Any] = {"pattern": r"\S"}
LONGEST = {field.name: field.max_length for field in Contact._meta.concrete_fields}

Status = Literal["active", "archived", "all"]
ContactId = Annotated[UUID, Path(examples=["0b0e5a3c-7d3f-4c0e-9f3b-2f6a1c9e8d7b"])]
Search = Annotated[
    Text,
    Query(
        "",
        description="Words that are all found in name, address, company or phone.",
        max_length=SEARCH_LENGTH,
        examples=["dora example"],
    ),
]


class ContactIn(Body):
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
    notes: Text = Field("", description="Only you see these.", max_length=NOTES_LENGTH, examples=["Likes mornings."])


class ContactChanges(Changes):
    name: Line = Field("", max_length=LONGEST["name"], examples=["Dora Diver"], json_schema_extra=NOT_BLANK)
    email: Line = Field(
        "", max_length=LONGEST["email"], examples=["dora@example.com"], json_schema_extra={"format": "email"}
    )
    phone: Line = Field("", max_length=LONGEST["phone"], examples=["+49 30 901820"])
    company: Line = Field("", max_length=LONGEST["company"], examples=["Diver & Daughters"])
    timezone: Zone | None = Field(None, description="IANA name; null where you don't know it.")
    notes: Text = Field("", max_length=NOTES_LENGTH, examples=["Likes mornings."])


class ContactOut(Schema):
    id: UUID = Field(examples=["0b0e5a3c-7d3f-4c0e-9f3b-2f6a1c9e8d7b"])
    name: str = Field(examples=["Dora Diver"])
    email: str = Field(examples=["dora@example.com"])
    phone: str = Field(examples=["+49 30 901820"])
    company: str = Field(examples=["Diver & Daughters"])
    timezone: str | None = Field(description="IANA name; null where it isn't known.", examples=["Europe/Berlin"])
    notes: str = Field(examples=["Likes mornings."])
    created_at: Zulu = Field(examples=["2026-03-02T09:00:00Z"])
    updated_at: Zulu = Field(examples=["2026-03-02T09:00:00Z"])
    archived_at: Zulu | None = Field(description="Since when off the list; null: on it.")
    page_url: str = Field(
        description="The contact's page in O-Key.",
        examples=["https://okey.example.com/contacts/0b0e5a3c-7d3f-4c0e-9f3b-2f6a1c9e8d7b/"],
    )


@router.get(
    "/contacts",
    response=Page[ContactOut],
    auth=needs(Scope.READ),
    operation_id="list_contacts",
    summary="Your contacts, those added last first",
)
def list_contacts(
    request: ApiRequest, limit: Limit = PAGE_SIZE, cursor: Cursor = "", search: Search = "", status: Status = "active"
) -> Page[ContactOut]:
    found = _of_status(Contact.objects.of(request.auth.owner), status).search(search)
    listing = f"contacts:{status}:{search}"
    page = cut(found, order=ORDER, limit=limit, cursor=cursor, listing=listing)
    return Page[ContactOut](items=[shown(contact) for contact in page.rows], next_cursor=page.next_cursor)


@router.post(
    "/contacts",
    response={201: ContactOut, **documents(409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="add_contact",
    summary="Add a contact",
    description="`address_taken` names the contact that has the address already as `contact_id`.",
)
def add_contact(request: ApiRequest, body: ContactIn, idempotency_key: idempotency.Key = "") -> Answer[ContactOut]:
    details = _checked(body.given)

    def add(_request_key: str) -> UUID:
        try:
            return editing.add_contact(owner=request.auth.owner, **details).pk
        except editing.AddressTaken as taken:
            raise _taken(taken) from taken

    done = idempotency.once(request, idempotency_key, add)
    return Answer(201, shown(_mine(request, done.object_id)))


@router.get(
    "/contacts/{contact_id}",
    response={200: ContactOut, **documents(404)},
    auth=needs(Scope.READ),
    operation_id="read_contact",
    summary="One contact",
)
def read_contact(request: ApiRequest, contact_id: ContactId) -> ContactOut:
    return shown(_mine(request, contact_id))


@router.patch(
    "/contacts/{contact_id}",
    response={200: ContactOut, **documents(404, 409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="change_contact",
    summary="Change a contact",
    description="What is not sent stays as it is.",
)
def change_contact(request: ApiRequest, contact_id: ContactId, body: ContactChanges) -> ContactOut:
    contact = _mine(request, contact_id)
    try:
        editing.change_contact(contact=contact, **_checked(body.given))
    except editing.AddressTaken as taken:
        raise _taken(taken) from taken
    return shown(_mine(request, contact_id))


@router.post(
    "/contacts/{contact_id}/archive",
    response={200: ContactOut, **documents(404)},
    auth=needs(Scope.SCHEDULE),
    operation_id="archive_contact",
    summary="Take a contact off the list",
    description="Their meetings stay, and their address stays theirs. Safe to repeat.",
)
def archive_contact(request: ApiRequest, contact_id: ContactId) -> ContactOut:
    editing.archive_contact(contact=_mine(request, contact_id))
    return shown(_mine(request, contact_id))


@router.post(
    "/contacts/{contact_id}/restore",
    response={200: ContactOut, **documents(404)},
    auth=needs(Scope.SCHEDULE),
    operation_id="restore_contact",
    summary="Put an archived contact back on the list",
    description="Safe to repeat.",
)
def restore_contact(request: ApiRequest, contact_id: ContactId) -> ContactOut:
    editing.restore_contact(contact=_mine(request, contact_id))
    return shown(_mine(request, contact_id))


def shown(contact: Contact) -> ContactOut:
    return ContactOut(
        id=contact.pk,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        company=contact.company,
        timezone=str(contact.timezone) if contact.timezone else None,
        notes=contact.notes,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        archived_at=contact.archived_at,
        page_url=settings.OKEY_BASE_URL + contact.get_absolute_url(),
    )


def _mine(request: ApiRequest, contact_id: UUID | str) -> Contact:
    """Raises Contact.DoesNotExist, which is 404, for anybody else's."""
    return Contact.objects.of(request.auth.owner).get(pk=contact_id)


def _of_status(contacts: ContactQuerySet, status: Status) -> ContactQuerySet:
    match status:
        case "active":
            return contacts.active()
        case "archived":
            return contacts.archived()
    return contacts


def _checked(details: dict[str, Any]) -> editing.Details:
    """The details, which the model's own rules accept. Raises ValidationError by field."""
    ours = {field.name for field in Contact._meta.concrete_fields} - set(details)
    Contact(**details).clean_fields(exclude=ours | {"timezone"})  # the zone was looked up when the body was read
    return cast(editing.Details, details)


def _taken(taken: editing.AddressTaken) -> Problem:
    return Problem(Code.ADDRESS_TAKEN, errors=[("email", taken.words)], contact_id=str(taken.holder.pk))
