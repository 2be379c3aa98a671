"""The contact or meeting that an argument means: of this owner, or none."""

from uuid import UUID

from django_mcpz.server import ToolError

from meetings import reading
from meetings.models import Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner


def contact_of(owner: Owner, text: str) -> Contact:
    """Raises ToolError for an ID that is none, or none of this owner's."""
    pk = _uuid(text)
    contact = Contact.objects.of(owner).filter(pk=pk).first() if pk else None
    if contact is None:
        raise ToolError("`contact_id`: no contact of the owner’s has this ID. Use find_contacts, which gives the IDs.")
    return contact


def meeting_of(owner: Owner, text: str) -> Meeting:
    """Raises ToolError for an ID that is none, or none of this owner's."""
    pk = _uuid(text)
    meeting = reading.meetings_of(owner).filter(pk=pk).first() if pk else None
    if meeting is None:
        raise ToolError("`meeting_id`: no meeting of the owner’s has this ID. Use list_meetings, which gives the IDs.")
    return meeting


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
