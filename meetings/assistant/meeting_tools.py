"""Scheduling, moving and cancelling. The rules are in meetings.scheduling."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Literal

import msgspec
from django.core.exceptions import ValidationError
from django_mcpz.server import ToolError
from msgspec import Meta

from integrations import connections
from meetings import approving, guests, scheduling, series
from meetings.assistant import answers, moments
from meetings.assistant.answers import CancelAnswer, MeetingAnswer, Said
from meetings.assistant.arguments import (
    Agenda,
    AnyTime,
    ContactID,
    MeetingID,
    MeetingTypeName,
    Minutes,
    ProviderName,
    Time,
    Title,
    WaitSeconds,
)
from meetings.assistant.calling import Changes, tool
from meetings.assistant.connection_tools import without_link
from meetings.assistant.finding import contact_of, meeting_of
from meetings.assistant.time_tools import minutes_of, type_of
from meetings.hours import asking
from meetings.hours.repeating import Repeat
from meetings.link_wait import look, wait_for_link
from meetings.links.words import NO_VIDEO_LINK
from meetings.models import Meeting, MeetingType, Series
from meetings.scheduling import Plan
from meetings.series import Reach
from meetings.types import offering, questions
from meetings.types.questions import Answer
from okey.api.models import Scope
from okey.contacts.models import Contact
from okey.owners.models import Owner

ASKED = "Asked, not booked: the owner has to approve it first. Do not say that it is booked."
SERIES = "The first of its series, whose last is on %s. Each has a link of its own: list_meetings, get_join_link."
USED_KEY = "This request_key had been used for this meeting, so nothing new was scheduled."


class ScheduleMeeting(msgspec.Struct):
    contact_id: ContactID
    title: Title
    starts_at: Time
    minutes: Annotated[Minutes | None, Meta(description="the usual length, if left out")] = None
    type: MeetingTypeName | None = None
    answers: Annotated[dict[str, str], Meta(description="by question id")] = {}
    guests: Annotated[list[str], Meta(description="addresses, of a type with guests")] = []
    agenda: Agenda = ""
    provider: Annotated[
        ProviderName | None,
        Meta(description="as list_connections says it, or none; the owner's default if left out"),
    ] = None
    any_time: AnyTime = False
    repeat_times: Annotated[
        int, Meta(ge=1, le=Series.TIMES_MAX, description="above 1: a series, so many at the same time of day")
    ] = 1
    repeat_weeks: Annotated[int, Meta(ge=1, le=Series.WEEKS_MAX, description="of a series: weeks between two")] = 1
    wait_seconds: WaitSeconds = 5
    request_key: Annotated[
        str,
        Meta(
            max_length=80,
            description="any text of your own: called again with it, after a lost answer, you get the same meeting, "
            "not a second one",
        ),
    ] = ""


class RescheduleMeeting(msgspec.Struct):
    meeting_id: MeetingID
    starts_at: Time | None = None
    minutes: Minutes | None = None
    title: Title | None = None
    agenda: Agenda | None = None
    any_time: AnyTime = False
    and_following: Annotated[bool, Meta(description="of a series: those after it, as much")] = False


class CancelMeeting(msgspec.Struct):
    meeting_id: MeetingID
    which: Annotated[
        Literal["one", "following", "all"], Meta(description="of a series; following: it and those after it")
    ] = "one"


class AnswerRequest(msgspec.Struct):
    meeting_id: MeetingID
    approve: Annotated[bool, Meta(description="false declines it")]
    word: Annotated[str, Meta(max_length=Meeting.WORD_MAX, description="the owner's, to the client")] = ""


@tool(
    title="Schedule a meeting",
    scope=Scope.SCHEDULE,
    changes=Changes(same_again=False),
    description="Schedule a meeting with a contact. O-Key mails the contact an invitation. Agree on contact and time "
    "with the owner first. If the time is not free you get the next free ones. Say that there is a video link only if "
    "link_status is ready; if it is on_its_way, ask get_join_link a little later.",
)
def schedule_meeting(owner: Owner, wanted: ScheduleMeeting) -> MeetingAnswer:
    contact = contact_of(owner, wanted.contact_id)
    meeting_type = type_of(owner, wanted.type)
    provider, no_link = _provider(owner, wanted.provider, meeting_type)
    plan = Plan(
        title=wanted.title,
        starts_at=moments.read(wanted.starts_at, "starts_at", owner.timezone),
        minutes=minutes_of(owner, meeting_type, wanted.minutes),
        agenda=wanted.agenda,
        provider=provider,
    )
    said = _answers(meeting_type, wanted.answers)
    repeat = Repeat(wanted.repeat_weeks, wanted.repeat_times) if wanted.repeat_times > 1 else None
    if not wanted.any_time:
        _ask_calendars(owner, plan, repeat, meeting_type)
    with _refusals_in_words(owner):
        meeting = _by(repeat)(
            owner=owner,
            contact=contact,
            plan=plan,
            source=Meeting.Source.ASSISTANT,
            request_key=f"assistant:{wanted.request_key}" if wanted.request_key else "",
            must_be_offered=not wanted.any_time,
            no_link=no_link,
            meeting_type=meeting_type,
            answers=said,
            guests=_guests(owner, meeting_type, wanted.guests, contact),
        )
    waited = wait_for_link(owner, meeting.pk, seconds=wanted.wait_seconds)
    note = _note(owner, meeting, contact, plan, wanted) or answers.not_waited(waited, wanted.wait_seconds)
    return answers.meeting_answer(waited.row, owner, note=note)


@tool(
    title="Change a meeting",
    scope=Scope.SCHEDULE,
    changes=Changes(destroys=True),
    description="Change a meeting's time, length, title or agenda; what you leave out stays. The video link stays the "
    "same, and O-Key mails the contact. If the new time is not free you get the next free ones.",
)
def reschedule_meeting(owner: Owner, wanted: RescheduleMeeting) -> MeetingAnswer:
    meeting = meeting_of(owner, wanted.meeting_id)
    if (wanted.starts_at, wanted.minutes, wanted.title, wanted.agenda) == (None, None, None, None):
        raise ToolError("Say what to change: `starts_at`, `minutes`, `title` or `agenda`.")
    moves = wanted.starts_at is not None or wanted.minutes is not None
    plan, must_be_offered = _changed(owner, meeting, wanted), moves and not wanted.any_time
    if must_be_offered and wanted.and_following:
        series.ask_calendars_to_move(owner, meeting, plan)
    elif must_be_offered:
        asking.ask(
            owner,
            plan.starts_at,
            minutes=plan.minutes,
            ignoring=meeting.pk,
            meeting_type=meeting.meeting_type,
        )
    with _refusals_in_words(owner):
        move = series.reschedule if wanted.and_following else scheduling.reschedule
        move(owner=owner, meeting_id=meeting.pk, plan=plan, must_be_offered=must_be_offered)
    return answers.meeting_answer(look(owner, meeting.pk), owner)


@tool(
    title="Cancel a meeting",
    scope=Scope.SCHEDULE,
    changes=Changes(destroys=True),
    description="Cancel a meeting, for good. O-Key mails the contact. Ask the owner before you do this.",
)
def cancel_meeting(owner: Owner, wanted: CancelMeeting) -> CancelAnswer:
    meeting = meeting_of(owner, wanted.meeting_id)
    with _refusals_in_words(owner):
        count = series.cancel(owner=owner, meeting_id=meeting.pk, reach=Reach(wanted.which))
    return answers.cancel_answer(look(owner, meeting.pk), owner, others=max(0, count - (not meeting.is_cancelled)))


@tool(
    title="Approve or decline",
    scope=Scope.SCHEDULE,
    changes=Changes(destroys=True),
    description="Answer for the owner a meeting whose status is requested. O-Key mails the client. Only on the "
    "owner's own word.",
)
def answer_request(owner: Owner, wanted: AnswerRequest) -> Said:
    meeting = meeting_of(owner, wanted.meeting_id)
    answer = approving.approve if wanted.approve else approving.decline
    try:
        answer(owner=owner, meeting_id=meeting.pk, word=wanted.word)
    except scheduling.Conflict as conflict:
        raise ToolError("It does not wait for approval any more; list_meetings says how it stands.") from conflict
    return Said("It is booked; get_join_link gives its link." if wanted.approve else "Declined: nothing is booked.")


def _by(repeat: Repeat | None) -> Callable[..., Meeting]:
    return scheduling.schedule if repeat is None else partial(series.schedule, repeat=repeat)


def _ask_calendars(owner: Owner, plan: Plan, repeat: Repeat | None, meeting_type: MeetingType | None) -> None:
    if repeat is None:
        asking.ask(owner, plan.starts_at, minutes=plan.minutes, meeting_type=meeting_type)
    else:
        series.ask_calendars(owner, plan.starts_at, repeat, minutes=plan.minutes, meeting_type=meeting_type)


def _changed(owner: Owner, meeting: Meeting, wanted: RescheduleMeeting) -> Plan:
    starts_at = meeting.starts_at
    if wanted.starts_at is not None:
        starts_at = moments.read(wanted.starts_at, "starts_at", owner.timezone)
    return Plan(
        title=meeting.title if wanted.title is None else wanted.title,
        starts_at=starts_at,
        minutes=wanted.minutes or meeting.minutes,
        agenda=meeting.agenda if wanted.agenda is None else wanted.agenda,
    )


def _answers(meeting_type: MeetingType | None, given: dict[str, str]) -> list[Answer]:
    """Raises ToolError that says what each missing or wrong answer is to."""
    asked = {one["id"]: one["text"] for one in meeting_type.questions} if meeting_type else {}
    if unknown := sorted(set(given) - set(asked)):
        raise ToolError(f"`answers`: there is no question “{unknown[0]}”; list_types names them.")
    try:
        return questions.answers(meeting_type.questions if meeting_type else [], given)
    except ValidationError as error:
        wrong = "; ".join(f"{key} (“{asked[key]}”): {' '.join(why)}" for key, why in error.message_dict.items())
        raise ToolError(f"`answers`: {wrong} Ask the owner; list_types names the questions.") from error


def _guests(owner: Owner, meeting_type: MeetingType | None, given: list[str], contact: Contact) -> tuple[str, ...]:
    try:
        return guests.checked(meeting_type, given, owner=owner, client=contact.email)
    except ValidationError as error:
        raise ToolError(f"`guests`: {' '.join(error.messages)}") from error


def _provider(owner: Owner, wanted: str | None, meeting_type: MeetingType | None) -> tuple[str, str]:
    """The provider's slug, "" for none, and why there is none. Raises ToolError for one that is not connected."""
    if wanted == NO_VIDEO_LINK or not owner.meeting_providers_enabled:
        return "", ""
    if wanted is None:
        return offering.provider_of(owner, meeting_type or offering.first_of(owner))
    if not connections.active(owner).filter(provider=wanted).exists():
        where = answers.providers_address()
        raise ToolError(
            f"`provider`: “{wanted}” is not connected; list_connections says what is. Leave `provider` out for the "
            f"owner’s default. The owner can connect it at {where}"
        )
    return wanted, ""


def _note(owner: Owner, meeting: Meeting, contact: Contact, plan: Plan, wanted: ScheduleMeeting) -> str:
    """What the assistant would otherwise not notice."""
    made = (meeting.contact_id, meeting.title, meeting.starts_at, meeting.series_id is not None)
    if not meeting.is_group and made != (contact.pk, plan.one_line_title, plan.starts_at, wanted.repeat_times > 1):
        return USED_KEY
    if meeting.is_requested:
        return ASKED
    if meeting.series_id is not None:
        last = series.coming(meeting, Reach.FOLLOWING).last()
        return SERIES % moments.local((last or meeting).starts_at, owner.timezone)
    return without_link(owner) if not meeting.provider and wanted.provider != NO_VIDEO_LINK else ""


@contextmanager
def _refusals_in_words(owner: Owner) -> Iterator[None]:
    """What scheduling refuses, with what to do next."""
    try:
        yield
    except scheduling.SlotTaken as taken:
        raise ToolError(_not_free(taken, owner)) from taken
    except scheduling.Conflict as conflict:
        raise ToolError(
            "This meeting was cancelled or is over, so it stays as it is. list_meetings shows the others; "
            "schedule_meeting makes a new one."
        ) from conflict


def _not_free(taken: scheduling.SlotTaken, owner: Owner) -> str:
    free = ", ".join(moments.local(slot.starts_at, owner.timezone) for slot in taken.next_free)
    then = f"The next free times are {free}." if free else "find_free_times looks for others."
    return (
        f"`starts_at`: the owner is not free then. {then} Nothing was changed. "
        f"Only if the owner wants that very time, call again with any_time true."
    )
