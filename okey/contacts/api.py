"""Contacts in the REST API. The rules are in okey.contacts.editing."""

from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from ninja import Status as Answer

from okey.api import idempotency
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.paging import PAGE_SIZE, Cursor, Limit, Page, cut
from okey.api.problems import Code, Problem, documents
from okey.contacts import editing
from okey.contacts.api_schemas import CONTACT_ID, ContactChanges, ContactFilters, ContactIn, ContactOut, checked, shown
from okey.contacts.models import Contact

router = Router(tags=["Contacts"])

#: Newest first: a program that looks for what is new finds it on the first page.
ORDER = ("-created_at", "-id")

ContactId = Annotated[UUID, Path(examples=[CONTACT_ID])]


@router.get(
    "/contacts",
    response=Page[ContactOut],
    auth=needs(Scope.READ),
    operation_id="list_contacts",
    summary="Your contacts, those added last first",
)
def list_contacts(
    request: ApiRequest, filters: Query[ContactFilters], limit: Limit = PAGE_SIZE, cursor: Cursor = ""
) -> Page[ContactOut]:
    found = filters.of(request.auth.owner)
    page = cut(found.with_tags(), order=ORDER, limit=limit, cursor=cursor, listing=f"contacts {filters!r}")
    return Page[ContactOut](items=[shown(contact) for contact in page.rows], next_cursor=page.next_cursor)


@router.post(
    "/contacts",
    response={201: ContactOut, **documents(409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="add_contact",
    summary="Add a contact",
    description="`address_taken` names the contact that has the address already as `contact_id`, and says in "
    "`contact_archived` whether it has to be restored first. To have it either way, use PUT.",
)
def add_contact(request: ApiRequest, body: ContactIn, idempotency_key: idempotency.Key = "") -> Answer[ContactOut]:
    details = checked(body.given)

    def add(_request_key: str) -> UUID:
        try:
            return editing.add_contact(owner=request.auth.owner, **details).pk
        except editing.AddressTaken as taken:
            raise _taken(taken) from taken

    done = idempotency.once(request, idempotency_key, add)
    return Answer(201, shown(_mine(request, done.object_id)))


@router.put(
    "/contacts",
    response={200: ContactOut, 201: ContactOut},
    auth=needs(Scope.SCHEDULE),
    operation_id="put_contact",
    summary="Have a contact with this address",
    description="Adds it (201), or changes the one that has the address, in whatever case (200): what is not sent "
    "stays as it is. One from the archive is on the list again. Safe to repeat.",
)
def put_contact(request: ApiRequest, body: ContactIn) -> Answer[ContactOut]:
    contact, is_new = editing.put_contact(owner=request.auth.owner, **checked(body.given))
    return Answer(201 if is_new else 200, shown(contact))


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
        editing.change_contact(contact=contact, **checked(body.given))
    except editing.AddressTaken as taken:
        raise _taken(taken) from taken
    return shown(_mine(request, contact_id))


@router.delete(
    "/contacts/{contact_id}",
    response={204: None, **documents(404, 409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="delete_contact",
    summary="Delete a contact without meetings",
    description="For good. One with meetings, over and cancelled ones too, can only be archived (409).",
)
def delete_contact(request: ApiRequest, contact_id: ContactId) -> Answer[None]:
    try:
        editing.delete_contact(contact=_mine(request, contact_id))
    except editing.HasMeetings as error:
        words = _("This contact has meetings, and those stay. Archive the contact instead.")
        raise Problem(Code.CONFLICT, words) from error
    return Answer(204, None)


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


def _mine(request: ApiRequest, contact_id: UUID | str) -> Contact:
    """Raises Contact.DoesNotExist, which is 404, for anybody else's."""
    return Contact.objects.of(request.auth.owner).get(pk=contact_id)


def _taken(taken: editing.AddressTaken) -> Problem:
    holder = taken.holder
    return Problem(
        Code.ADDRESS_TAKEN,
        errors=[("email", taken.words)],
        contact_id=str(holder.pk),
        contact_archived=holder.is_archived,
    )
