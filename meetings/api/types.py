"""What can be booked with the owner."""

from uuid import UUID

from django.core.exceptions import ValidationError
from ninja import Router, Schema
from pydantic import Field

from meetings.hours import availability
from meetings.models import MeetingType
from meetings.types import offering
from meetings.types.questions import Kind
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.problems import Problem, invalid
from okey.owners.models import Owner

router = Router(tags=["Free times"])


class QuestionOut(Schema):
    id: str = Field(description="What an answer is sent by.", examples=["5f2a91c4"])
    text: str = Field(examples=["Which number can we call?"])
    kind: Kind = Field(examples=["phone"])
    is_required: bool
    choices: list[str] = Field(description="What can be answered, where it is a choice.", examples=[[]])


class MeetingTypeOut(Schema):
    id: UUID | None = Field(
        description="Null: the owner's one type, which they have never looked at.",
        examples=["4a1d0f5e-3f0b-4e62-9a55-0d9d4f0c7b21"],
    )
    type: str = Field(description="The end of its address, by which calls name it.", examples=["first-talk"])
    name: str = Field(examples=["First talk"])
    description: str = Field(examples=[""])
    minutes: list[int] = Field(description="Lengths to choose from, the shortest first.", examples=[[30, 60]])
    place: MeetingType.Place = Field(examples=["default"])
    place_words: str = Field(description="The number or the address, where there is one.", examples=[""])
    seats: int = Field(
        description="So many people who book the same time come into one meeting; 1: everybody has one of their own.",
        examples=[1],
    )
    guests: int = Field(description="So many more people may whoever books name, each by an address.", examples=[0])
    change_notice_minutes: int | None = Field(
        description="So many minutes before it begins, clients cannot move or cancel it by themselves any more; null: "
        "until it begins.",
        examples=[None],
    )
    needs_approval: bool = Field(description="The owner approves each: until then a meeting is `requested`.")
    is_on: bool = Field(description="Whether it can be booked.")
    is_hidden: bool = Field(description="Not in the list on the booking page.")
    questions: list[QuestionOut] = Field(examples=[[]])


class MeetingTypesOut(Schema):
    items: list[MeetingTypeOut] = Field(description="In the owner's order.")


@router.get(
    "/meeting-types",
    response=MeetingTypesOut,
    auth=needs(Scope.READ),
    operation_id="list_meeting_types",
    summary="The types of meeting that can be booked",
    description="There is always one. `type` of a call to `/slots` or `/meetings` names one that is on.",
)
def list_meeting_types(request: ApiRequest) -> MeetingTypesOut:
    owner = request.auth.owner
    usual = availability.settings_of(owner)
    return MeetingTypesOut(items=[_shown(one, offering.lengths_of(one, usual)) for one in offering.all_of(owner)])


def named(owner: Owner, slug: str | None) -> MeetingType | None:
    """The one that a call names. Raises Problem."""
    if slug is None:
        return None
    try:
        return offering.by_slug(owner, slug)
    except ValidationError as error:
        raise invalid("type", " ".join(error.messages)) from error


def check_length(meeting_type: MeetingType | None, minutes: int | None, owner: Owner) -> None:
    """Raises Problem for a length that the type does not have."""
    if meeting_type is None or minutes is None:
        return
    try:
        offering.check_length(meeting_type, minutes, availability.settings_of(owner))
    except ValidationError as error:
        raise invalid("minutes", " ".join(error.messages)) from error


def of_answers(error: ValidationError) -> Problem:
    """Questions whose answers are missing or wrong, by ID."""
    named_ones = [(f"answers.{key}", " ".join(lines)) for key, lines in error.message_dict.items()]
    problem = invalid(*named_ones[0])
    problem.errors = list(named_ones)
    return problem


def _shown(one: MeetingType, lengths: list[int]) -> MeetingTypeOut:
    return MeetingTypeOut(
        id=one.pk if one.is_saved else None,
        type=one.slug,
        name=one.name,
        description=one.description,
        minutes=lengths,
        place=MeetingType.Place(one.place),
        place_words=one.place_words,
        seats=one.seats,
        guests=one.guests,
        change_notice_minutes=one.change_notice_minutes,
        needs_approval=one.needs_approval,
        is_on=one.is_on,
        is_hidden=one.is_hidden,
        questions=[QuestionOut(**{**question, "kind": Kind(question["kind"])}) for question in one.questions],
    )
