"""What the tools answer: small, with local and universal time, and always with what is true of the link."""

from typing import Annotated

import msgspec
from django.conf import settings
from django.urls import reverse
from msgspec import Meta

from meetings import groups, guests
from meetings.assistant import moments
from meetings.invitations import words as client_words
from meetings.link_wait import Waited
from meetings.links.state import LinkState
from meetings.models import Meeting
from meetings.reading import MeetingStatus, Row
from okey.contacts.models import Contact
from okey.owners.models import Owner

LinkStatus = Annotated[
    str,
    Meta(
        description="ready: join_url opens it. on_its_way: no link yet. needs_attention: none until the "
        "owner does what link_says. no_link: none was asked for."
    ),
]


class ContactAnswer(msgspec.Struct, omit_defaults=True):
    id: str
    name: str
    email: str
    company: str = ""
    phone: str = ""
    time_zone: Annotated[str, Meta(description="the contact's own, where it is known")] = ""
    archived: bool = False


class SlotAnswer(msgspec.Struct, omit_defaults=True):
    starts_local: str
    starts_utc: str
    seats_left: Annotated[int | None, Meta(description="of a type with seats")] = None


class Said(msgspec.Struct):
    says: str


class MeetingLine(msgspec.Struct):
    id: str
    title: str
    contact: str
    starts_local: str
    starts_utc: str
    minutes: int
    status: Annotated[str, Meta(description="scheduled, requested (not booked), cancelled or over")]
    link_status: LinkStatus


class CancelAnswer(MeetingLine):
    also_cancelled: Annotated[int, Meta(description="so many others of its series")]


class MeetingAnswer(msgspec.Struct, omit_defaults=True):
    id: str
    title: str
    contact: str
    contact_id: str
    starts_local: str
    starts_utc: str
    time_zone: Annotated[str, Meta(description="the owner's")]
    minutes: int
    status: Annotated[str, Meta(description="scheduled, requested (not booked), cancelled or over")]
    link_status: LinkStatus
    link_says: Annotated[str, Meta(description="how the link stands and what to do, for the owner")]
    page: Annotated[str, Meta(description="in O-Key, for the owner only")]
    provider: str = ""
    join_url: Annotated[str, Meta(description="there only where link_status is ready")] = ""
    passcode: str = ""
    client_page: Annotated[str, Meta(description="the contact's own page: it leads to the current link")] = ""
    people: Annotated[list[str], Meta(description="who comes, of a meeting with seats or guests")] = []
    note: str = ""


def contact_answer(contact: Contact) -> ContactAnswer:
    return ContactAnswer(
        id=str(contact.pk),
        name=contact.name,
        email=contact.email,
        company=contact.company,
        phone=contact.phone,
        time_zone=str(contact.timezone or ""),
        archived=contact.is_archived,
    )


def meeting_line(row: Row, owner: Owner) -> MeetingLine:
    meeting = row.meeting
    return MeetingLine(
        id=str(meeting.pk),
        title=meeting.title,
        contact=meeting.contact.name,
        starts_local=moments.local(meeting.starts_at, owner.timezone),
        starts_utc=moments.utc(meeting.starts_at),
        minutes=meeting.minutes,
        status=MeetingStatus.of(meeting).value,
        link_status=row.link.status.value,
    )


def cancel_answer(row: Row, owner: Owner, *, others: int) -> CancelAnswer:
    return CancelAnswer(**msgspec.structs.asdict(meeting_line(row, owner)), also_cancelled=others)


def meeting_answer(row: Row, owner: Owner, *, note: str = "") -> MeetingAnswer:
    meeting, link = row.meeting, row.link
    return MeetingAnswer(
        id=str(meeting.pk),
        title=meeting.title,
        contact=meeting.contact.name,
        contact_id=str(meeting.contact_id),
        starts_local=moments.local(meeting.starts_at, owner.timezone),
        starts_utc=moments.utc(meeting.starts_at),
        time_zone=str(owner.timezone),
        minutes=meeting.minutes,
        status=MeetingStatus.of(meeting).value,
        link_status=link.status.value,
        link_says=_link_says(meeting, link),
        page=_page(meeting),
        provider=meeting.provider,
        join_url=meeting.join_url if link.is_ready else "",
        passcode=meeting.passcode if link.is_ready else "",
        client_page=client_words.contacts_page_url(meeting),
        people=_people(meeting),
        note=note,
    )


def _people(meeting: Meeting) -> list[str]:
    """The names of all who have seats; or the contact's, and the addresses of guests."""
    if meeting.is_group:
        return [one.contact.name for one in groups.who_come(meeting)]
    named = [one.email for one in guests.of(meeting)]
    return [meeting.contact.name, *named] if named else []


def not_waited(waited: Waited, seconds: int) -> str:
    """What a model is told where it was not waited though it asked, and the link is still on its way; else nothing."""
    again = waited.come_again_seconds
    if not seconds or waited.has_waited or again is None:
        return ""
    return f"There was no waiting for the link just now. Call get_join_link in {again} seconds."


def address(name: str) -> str:
    """The full address of a page of the owner's, by its URL name."""
    return settings.OKEY_BASE_URL + reverse(name)


def providers_address() -> str:
    return address("settings") + "#providers"


def _page(meeting: Meeting) -> str:
    return settings.OKEY_BASE_URL + reverse("meeting", args=[meeting.pk])


def _link_says(meeting: Meeting, link: LinkState) -> str:
    """The words that the owner's page has, with the one thing to do and where."""
    words = " ".join(filter(None, [link.text, link.note]))
    if not link.steps:
        return words
    step = link.steps[0]
    where = _page(meeting) if step.is_post else settings.OKEY_BASE_URL + step.url
    return f"{words} The owner can do this: “{step.label}”, at {where}"
