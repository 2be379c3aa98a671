"""What the API answers of a meeting: the record, how its link stands, and what can be done."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.urls import reverse
from ninja import Path, Schema
from pydantic import Field

from integrations import connections
from meetings import groups, reading
from meetings.invitations import words as client_words
from meetings.links.state import Action, LinkState, Status, Step
from meetings.models import Meeting
from meetings.reading import MeetingStatus, Row
from okey.api.schemas import Zulu
from okey.contacts.models import Contact
from okey.owners.models import Owner

#: The addresses in this API of what a step asks for. The others are pages, for the owner to open.
CALLS = {
    Action.RETRY_LINK: "api:meeting_retry_link",
    Action.NEW_LINK: "api:meeting_new_link",
    Action.ADD_LINK: "api:meeting_add_link",
}

MEETING_ID = "0b7c2c5e-5b0e-4d0e-9f3a-2f6a1c9d8e7f"
SERIES_ID = "5d0c7a1e-64a5-4c0e-8a6b-1f3f1e2b7c90"
CONTACT_ID = "7d4f1a52-0c1b-4f52-8b1e-3a9c5d2e6f10"
BASE_URL = "https://okey.example.com"

MeetingId = Annotated[UUID, Path(examples=[MEETING_ID])]


StartsAt = Annotated[Zulu, Field(description="UTC.", examples=["2026-08-03T12:00:00Z"])]
EndsAt = Annotated[Zulu, Field(description="UTC.", examples=["2026-08-03T12:30:00Z"])]


class MeetingContact(Schema):
    id: UUID = Field(examples=[CONTACT_ID])
    name: str = Field(examples=["Ann Lee"])
    email: str = Field(examples=["ann@example.com"])


class NextStep(Schema):
    """What gets the meeting its link."""

    action: Action = Field(
        description="`open_settings` is for the owner, in a browser; the others are calls of this API.",
        examples=["retry_link"],
    )
    label: str = Field(description="In the owner's language.", examples=["Try again now"])
    method: str = Field(description="POST: call `url`. GET: the owner opens it.", examples=["POST"])
    url: str = Field(examples=[f"{BASE_URL}/api/v1/meetings/{MEETING_ID}/retry-link"])
    provider: str = Field(description="What to send to `add_link`; else empty.", examples=[""])


class Link(Schema):
    """How the meeting's video link stands."""

    status: Status = Field(
        description="`ready`: `join_url` opens the meeting. `on_its_way`: O-Key is making the link, by itself. "
        "`needs_attention`: there is none until somebody takes the next step. `no_link`: none is wanted.",
        examples=["ready"],
    )
    label: str = Field(description="The same word in the owner's language.", examples=["Ready"])
    text: str = Field(
        description="What happened and what happens next, in the owner's language.",
        examples=["You and your contact join with this link."],
    )
    note: str = Field(description="More of the same, or nothing.", examples=[""])
    join_url: str | None = Field(
        description="Only while the status is `ready`.", examples=["https://zoom.us/j/91234567890?pwd=x"]
    )
    passcode: str = Field(description="Where people are asked for one; else empty.", examples=["493201"])
    next_steps: list[NextStep] = Field(
        description="The first is the one to take.",
        examples=[[]],
    )


class AnswerOut(Schema):
    question: str = Field(description="In the words of then.", examples=["Which number can we call?"])
    answer: str = Field(examples=["+49 30 1234567"])


class SeatOut(Schema):
    contact: MeetingContact
    client_page: str | None = Field(
        description="Their own page of the meeting; null where the owner has closed it.",
        examples=[f"{BASE_URL}/m/Zk3v…/"],
    )
    answers: list[AnswerOut] = Field(description="What they said when they took the seat.", examples=[[]])


class MeetingOut(Schema):
    id: UUID = Field(examples=[MEETING_ID])
    revision: int = Field(description="Rises with every change of the meeting itself.", examples=[1])
    status: MeetingStatus = Field(
        description="`requested`: the time is held, and nothing is booked before the owner approves it.",
        examples=["scheduled"],
    )
    approval_until: Zulu | None = Field(
        description="Until when the owner can approve what was asked for; null where there is nothing to approve.",
        examples=[None],
    )
    title: str = Field(examples=["Kick-off"])
    agenda: str = Field(examples=["What we want from the project"])
    contact: MeetingContact
    starts_at: StartsAt
    ends_at: EndsAt
    minutes: int = Field(examples=[30])
    timezone: str = Field(description="IANA name: the owner's when it was scheduled.", examples=["Europe/Berlin"])
    source: Meeting.Source = Field(
        description="Who scheduled it: `automation` for this API, `assistant` for MCP.", examples=["automation"]
    )
    provider: str = Field(description="What makes its link; empty where none is wanted.", examples=["zoom"])
    provider_name: str = Field(examples=["Zoom"])
    link: Link
    client_page: str | None = Field(
        description="The contact's own page of the meeting. It always leads to the current link, so pass this on "
        "rather than `join_url`. Null where the owner has closed it.",
        examples=[f"{BASE_URL}/m/Zk3v…/"],
    )
    page: str = Field(
        description="The meeting in O-Key, for the owner.", examples=[f"{BASE_URL}/meetings/{MEETING_ID}/"]
    )
    cancelled_at: Zulu | None = Field(examples=[None])
    moved_from: Zulu | None = Field(description="When it would have started before it was last moved.", examples=[None])
    type_name: str = Field(description="The type that was booked; empty where none was.", examples=[""])
    place: str = Field(description="Where they meet, if by phone or in person, as far as the type says.", examples=[""])
    answers: list[AnswerOut] = Field(description="What the client said to the questions of the type.", examples=[[]])
    is_group: bool = Field(
        description="Booked as a type with seats: more people may come into it. `contact` is one of them.",
        examples=[False],
    )
    people: list[SeatOut] = Field(description="Of a group, who comes; else nobody.", examples=[[]])
    guests: list[str] = Field(description="Addresses of those who come too, named by whoever booked.", examples=[[]])
    series_id: UUID | None = Field(
        description="With which it was scheduled; null where it was scheduled alone.", examples=[None]
    )
    external_id: str = Field(description="Yours; empty where you gave none.", examples=["deal-42"])
    metadata: dict[str, str] = Field(description="Yours.", examples=[{"pipeline": "sales"}])
    created_at: Zulu = Field(examples=["2026-07-28T09:12:44Z"])
    updated_at: Zulu = Field(
        description="When the meeting, its link or what you keep with it last changed.",
        examples=["2026-07-28T09:12:45Z"],
    )


def meeting_out(row: Row) -> MeetingOut:
    meeting = row.meeting
    prefetch_related_objects([meeting], reading.people())  # nothing where a list has read them for all
    return MeetingOut(
        id=meeting.pk,
        revision=meeting.revision,
        status=MeetingStatus.of(meeting),
        approval_until=meeting.approval_until if meeting.is_requested else None,
        title=meeting.title,
        agenda=meeting.agenda,
        contact=_contact(meeting.contact),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        minutes=meeting.minutes,
        timezone=meeting.timezone,
        source=Meeting.Source(meeting.source),
        provider=meeting.provider,
        provider_name=connections.provider_name(meeting.provider),
        link=_link(meeting, row.link),
        client_page=client_words.contacts_page_url(meeting) or None,
        page=settings.OKEY_BASE_URL + reverse("meeting", args=[meeting.pk]),
        cancelled_at=meeting.cancelled_at,
        moved_from=meeting.moved_from,
        type_name=meeting.type_name,
        place=client_words.place(meeting),
        answers=[AnswerOut(**one) for one in meeting.answers or []],
        is_group=meeting.is_group,
        people=_people(meeting),
        guests=_guests(meeting),
        series_id=meeting.series_id,
        external_id=meeting.external_id,
        metadata=meeting.metadata or {},
        created_at=meeting.created_at,
        updated_at=meeting.updated_at,
    )


def meetings_by_id(owner_id: UUID, ids: Iterable[str]) -> dict[str, MeetingOut]:
    """Those of them that are the owner's, as they are now."""
    owner = Owner.objects.get(pk=owner_id)
    mine = reading.with_people(reading.meetings_of(owner)).filter(pk__in=list(ids))
    return {str(row.meeting.pk): meeting_out(row) for row in reading.rows(mine, owner)}


def _contact(contact: Contact) -> MeetingContact:
    return MeetingContact(id=contact.pk, name=contact.name, email=contact.email)


def _guests(meeting: Meeting) -> list[str]:
    coming = [one for one in meeting.invitations.all() if one.is_guest and one.left_at is None]
    return [one.email for one in sorted(coming, key=lambda one: (one.created_at, one.email))]


def _people(meeting: Meeting) -> list[SeatOut]:
    if not meeting.is_group:
        return []
    return [
        SeatOut(
            contact=_contact(one.contact),
            client_page=None if one.revoked_at else client_words.page_url(one),
            answers=[AnswerOut(**said) for said in one.answers or []],
        )
        for one in groups.coming(meeting)
    ]


def _link(meeting: Meeting, state: LinkState) -> Link:
    return Link(
        status=state.status,
        label=state.label,
        text=state.text,
        note=state.note,
        join_url=meeting.join_url if state.is_ready else None,
        passcode=meeting.passcode if state.is_ready else "",
        next_steps=[_step(meeting, step) for step in state.steps],
    )


def _step(meeting: Meeting, step: Step) -> NextStep:
    call = CALLS.get(step.action)
    return NextStep(
        action=step.action,
        label=step.label,
        method="POST" if call else "GET",
        url=settings.OKEY_BASE_URL + (reverse(call, args=[meeting.pk]) if call else step.url),
        provider=step.provider,
    )
