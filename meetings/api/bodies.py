"""What callers send to make and change meetings."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from meetings.api.answers import CONTACT_ID
from meetings.models import Meeting, MeetingType, Series
from meetings.types.questions import ANSWER_MAX, QUESTIONS_MAX
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
    minutes: Minutes | None = Field(
        None, description="The owner's usual length, if left out, or the shortest of the type.", examples=[30]
    )
    agenda: Agenda = ""
    type: Annotated[Text, Field(max_length=MeetingType.SLUG_MAX)] | None = Field(
        None,
        description="A type of meeting, as `/meeting-types` names it: its lengths, hours, limits and place hold, and "
        "what it asks must be answered.",
        examples=[None],
    )
    answers: dict[str, Annotated[Text, Field(max_length=ANSWER_MAX)]] = Field(
        {}, max_length=QUESTIONS_MAX, description="To the questions of the type, by their IDs.", examples=[{}]
    )
    guests: list[Annotated[Text, Field(max_length=254)]] = Field(
        [],
        max_length=MeetingType.GUESTS_MAX,
        description="Addresses of those who come too, as many as the type allows. Each is invited by themselves.",
        examples=[[]],
    )
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


class RepeatIn(Body):
    every_weeks: Annotated[WholeNumber, Field(ge=1, le=Series.WEEKS_MAX, description="1: every week.", examples=[1])]
    count: Annotated[
        WholeNumber,
        Field(ge=Series.TIMES_MIN, le=Series.TIMES_MAX, description="How many meetings, the first too.", examples=[10]),
    ]


class SeriesIn(ScheduleIn):
    """`starts_at` is the first; the others are as late by the clocks of the owner's zone."""

    repeat: RepeatIn


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
