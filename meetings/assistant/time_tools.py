"""When an owner can be met."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_mcpz.server import ToolError
from msgspec import Meta

from meetings.assistant import answers, moments
from meetings.assistant.answers import SlotAnswer
from meetings.assistant.arguments import Limit, MeetingTypeName, Minutes, Time
from meetings.assistant.calling import tool
from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.models import MeetingType
from meetings.types import offering
from okey.api.models import Scope
from okey.owners.models import Owner

LOOKS_AHEAD = timedelta(days=7)
LONGEST = timedelta(days=62)


class FindFreeTimes(msgspec.Struct):
    since: Annotated[Time | None, Meta(description="now, if left out")] = None
    until: Annotated[Time | None, Meta(description="a week after since, if left out; at most 62 days after it")] = None
    minutes: Annotated[
        Minutes | None, Meta(description="the owner's usual length, if left out, or the type's shortest")
    ] = None
    type: MeetingTypeName | None = None
    limit: Limit = 10


class FreeTimes(msgspec.Struct, omit_defaults=True):
    slots: list[SlotAnswer]
    minutes: Annotated[int, Meta(description="how long each is")]
    time_zone: Annotated[str, Meta(description="the owner's")]
    more: Annotated[bool, Meta(description="there are more than these: ask again from the last one on")] = False
    note: str = ""


@tool(
    title="Find free times",
    scope=Scope.READ,
    description="The owner's free times: within their working hours, beside no other meeting, with the notice and "
    "breaks that they ask for. Use a starts_utc or starts_local of these for schedule_meeting.",
)
def find_free_times(owner: Owner, wanted: FindFreeTimes) -> FreeTimes:
    since, until = _range(owner, wanted)
    meeting_type = type_of(owner, wanted.type)
    minutes = minutes_of(owner, meeting_type, wanted.minutes)
    found = availability.free_slots(
        owner, since=since, until=until, limit=wanted.limit + 1, minutes=minutes, meeting_type=meeting_type
    )
    return FreeTimes(
        slots=[slot_answer(slot, owner) for slot in found[: wanted.limit]],
        minutes=minutes,
        time_zone=str(owner.timezone),
        more=len(found) > wanted.limit,
        note="" if found else _nothing(owner, since, until),
    )


class Question(msgspec.Struct, omit_defaults=True):
    id: Annotated[str, Meta(description="what the answer is given by")]
    text: str
    kind: Annotated[str, Meta(description="text, choice or phone")]
    required: bool = False
    choices: list[str] = []


class TypeAnswer(msgspec.Struct, omit_defaults=True):
    type: Annotated[str, Meta(description="what other tools take")]
    name: str
    minutes: Annotated[list[int], Meta(description="lengths to choose from, the shortest first")]
    place: str
    seats: Annotated[int, Meta(description="so many who book the same time come into one meeting")] = 1
    needs_approval: Annotated[bool, Meta(description="scheduling it only asks the owner")] = False
    guests: Annotated[int, Meta(description="so many more people may come, by their addresses")] = 0
    description: str = ""
    questions: list[Question] = []


class ListMeetingTypes(msgspec.Struct):
    pass


class MeetingTypes(msgspec.Struct):
    types: Annotated[list[TypeAnswer], Meta(description="those that can be booked, in the owner's order")]


@tool(
    title="List meeting types",
    scope=Scope.READ,
    description="What can be booked with the owner: each type with its lengths, place and questions. Where there are "
    "several, ask the owner which one is meant.",
)
def list_types(owner: Owner, _wanted: ListMeetingTypes) -> MeetingTypes:
    usual = availability.settings_of(owner)
    return MeetingTypes([_type_answer(one, offering.lengths_of(one, usual)) for one in offering.bookable_by(owner)])


def _type_answer(one: MeetingType, lengths: list[int]) -> TypeAnswer:
    return TypeAnswer(
        type=one.slug,
        name=one.name,
        minutes=lengths,
        place=str(one.get_place_display()),
        seats=one.seats,
        guests=one.guests,
        needs_approval=one.needs_approval,
        description=one.description,
        questions=[
            Question(asked["id"], asked["text"], asked["kind"], asked["is_required"], asked["choices"])
            for asked in one.questions
        ],
    )


def type_of(owner: Owner, name: str | None) -> MeetingType | None:
    """Raises ToolError for one that cannot be booked."""
    if name is None:
        return None
    try:
        return offering.by_slug(owner, name)
    except ValidationError as error:
        raise ToolError(f"`type`: {' '.join(error.messages)}") from error


def minutes_of(owner: Owner, meeting_type: MeetingType | None, wanted: int | None) -> int:
    """How long, where the owner or the type decides it if nobody says. Raises ToolError."""
    settings = availability.settings_of(owner, meeting_type)
    if wanted is not None and meeting_type is not None:
        try:
            offering.check_length(meeting_type, wanted, settings)
        except ValidationError as error:
            raise ToolError(f"`minutes`: {' '.join(error.messages)}") from error
    return wanted or settings.slot_minutes


def slot_answer(slot: Slot, owner: Owner) -> SlotAnswer:
    return SlotAnswer(moments.local(slot.starts_at, owner.timezone), moments.utc(slot.starts_at), slot.seats_left)


def _range(owner: Owner, wanted: FindFreeTimes) -> tuple[datetime, datetime]:
    now = timezone.now()
    since = moments.read(wanted.since, "since", owner.timezone) if wanted.since else now
    until = moments.read(wanted.until, "until", owner.timezone) if wanted.until else max(since, now) + LOOKS_AHEAD
    if until <= since:
        raise ToolError("`until` is not after `since`.")
    if until - since > LONGEST:
        raise ToolError("Ask for at most 62 days at a time.")
    return since, until


def _nothing(owner: Owner, since: datetime, until: datetime) -> str:
    zone = owner.timezone
    return (
        f"Nothing is free from {moments.local(since, zone)} to {moments.local(until, zone)}. Try other days. "
        f"The owner sets working hours and notice at {answers.address('meeting_times')}"
    )
