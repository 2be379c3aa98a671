"""What callers send to make and change meetings."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from meetings.api.answers import CONTACT_ID
from meetings.models import Meeting
from okey.api.schemas import Body, Changes, ExternalId, Line, Metadata, Moment, Switch, Text, WholeNumber
from okey.contacts.api_schemas import NewContact

Title = Annotated[
    Line,
    Field(
        min_length=1,
        max_length=Meeting.TITLE_MAX,
        description="One line; the contact reads it.",
        examples=["Kick-off"],
        json_schema_extra={"pattern": r"\S"},
    ),
]
Agenda = Annotated[
    Text,
    Field(
        max_length=Meeting.AGENDA_MAX,
        description="What it is about; the contact reads it.",
        examples=["What we want from the project"],
    ),
]
StartsAt = Annotated[
    Moment,
    Field(description="With an offset from UTC.", examples=["2026-08-03T14:00:00+02:00"]),
]
Minutes = Annotated[WholeNumber, Field(ge=1, le=Meeting.MINUTES_MAX, description="How long.", examples=[30])]
AnyTime = Annotated[
    Switch,
    Field(
        description="False: only a time at which the owner can be met, as `/slots` offers them; another one is refused "
        "(409 `slot_taken`) with the next free ones. True: also outside the owner's working hours, at short notice or "
        "beside another meeting.",
        examples=[False],
    ),
]


class ScheduleIn(Body):
    contact_id: UUID | None = Field(None, description="One of the owner's contacts.", examples=[CONTACT_ID])
    contact: NewContact | None = Field(
        None,
        description="In place of `contact_id`: a name and an address. The contact that has the address is taken as it "
        "is, from the archive too; else there is a new one.",
    )
    title: Title
    starts_at: StartsAt
    minutes: Minutes | None = Field(None, description="The owner's usual length, if left out.", examples=[30])
    agenda: Agenda = ""
    provider: Annotated[Text, Field(max_length=30)] | None = Field(
        None,
        description="What makes the video link: a provider that the owner has connected, or `none`. The owner's "
        "default, if left out; no link where there is none.",
        examples=["zoom"],
    )
    any_time: AnyTime = False
    invite_by_mail: Switch = Field(
        True, description="Whether O-Key mails the contact: invitation, changes, reminders.", examples=[True]
    )
    external_id: ExternalId = ""
    metadata: Metadata = Field({})


#: Stands where nothing was sent; nobody looks at it.
_NEVER = datetime.max.replace(tzinfo=UTC)


class ChangeIn(Changes):
    title: Title = ""
    starts_at: StartsAt = _NEVER
    minutes: Minutes = 0
    agenda: Agenda = ""
    any_time: AnyTime = False
    external_id: ExternalId = ""
    metadata: Metadata = Field({})


class AddLinkIn(Body):
    provider: Annotated[Text, Field(min_length=1, max_length=30)] = Field(
        description="One that the owner has connected: `next_steps` names them.", examples=["zoom"]
    )
