"""The owner's meetings: look, schedule, change, cancel."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from meetings import guests, reading, scheduling, series
from meetings.api import answering, refusals, types
from meetings.api.answers import MeetingId, MeetingOut, meeting_out
from meetings.api.bodies import ChangeIn, ScheduleIn
from meetings.api.conditions import IfMatch, IfNoneMatch, Prefer, matches, unchanged
from meetings.api.filters import MeetingFilters
from meetings.hours import asking, availability
from meetings.hours.repeating import Repeat
from meetings.links.words import NO_VIDEO_LINK
from meetings.models import Meeting, MeetingType
from meetings.scheduling import Plan
from meetings.series import Reach
from meetings.types import offering, questions
from meetings.types.questions import Answer
from okey.api import paging
from okey.api.auth import ApiRequest, needs, not_entitled
from okey.api.idempotency import Key, once
from okey.api.limiting import count_mail
from okey.api.models import Scope
from okey.api.paging import Cursor, Limit, Page
from okey.api.problems import Problem, documents, invalid
from okey.contacts import editing
from okey.contacts.api_schemas import checked
from okey.contacts.models import Contact
from okey.owners.models import Owner

router = Router(tags=["Meetings"])

WHICH = "Of a series: this meeting alone, those that follow it too"
MoveReach = Annotated[Literal["one", "following"], Query(description=f"{WHICH}, as much.", examples=["one"])]
CancelReach = Annotated[
    Literal["one", "following", "all"], Query(description=f"{WHICH}, or all that are to come.", examples=["one"])
]


@router.get(
    "/meetings",
    response=Page[MeetingOut],
    auth=needs(Scope.READ),
    operation_id="list_meetings",
    summary="The owner's meetings",
)
def list_meetings(
    request: ApiRequest, filters: Query[MeetingFilters], limit: Limit = 25, cursor: Cursor = ""
) -> Page[MeetingOut]:
    owner = request.auth.owner
    found = filters.apply(reading.with_people(reading.meetings_of(owner)), owner)
    page = paging.cut(found, order=filters.columns, limit=limit, cursor=cursor, listing=f"meetings {filters!r}")
    items = [meeting_out(row) for row in reading.rows(page.rows, owner)]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "/meetings",
    response={201: MeetingOut, **documents(409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="schedule_meeting",
    summary="Schedule a meeting",
    description="The record is there at once; a worker then makes the video link, which `Prefer: wait=10` waits for. "
    "O-Key mails the contact an invitation. With an `Idempotency-Key`, the same request again answers 201 with the "
    "same meeting, as it is by then, and makes nothing new.",
    openapi_extra=answering.documented(201, refusals.SLOT_TAKEN),
)
def schedule_meeting(
    request: ApiRequest, response: HttpResponse, payload: ScheduleIn, idempotency_key: Key = "", prefer: Prefer = ""
) -> Status[MeetingOut]:
    owner = request.auth.owner
    if payload.invite_by_mail:
        for _mail in range(1 + len(payload.guests)):
            count_mail(request.auth)
    with suppress(Problem):  # a type that is not there: said below, but not to who has scheduled it already
        meeting_type = types.named(owner, payload.type)
        ask_calendars(owner, payload.starts_at, payload.minutes, any_time=payload.any_time, meeting_type=meeting_type)
    with refusals.as_problems():
        done = once(request, idempotency_key, lambda request_key: schedule(owner, payload, request_key).pk)
    response["Location"] = answering.address_of(done.object_id)
    return Status(201, answering.meeting_now(request, response, done.object_id, prefer))


@router.get(
    "/meetings/{meeting_id}",
    response={200: MeetingOut, 304: None, **documents(404)},
    auth=needs(Scope.READ),
    operation_id="read_meeting",
    url_name="meeting",
    summary="One meeting, with its video link as it stands",
    openapi_extra=answering.documented(),
)
def read_meeting(
    request: ApiRequest,
    response: HttpResponse,
    meeting_id: MeetingId,
    prefer: Prefer = "",
    if_none_match: IfNoneMatch = "",
) -> MeetingOut | Status[None]:
    answer = answering.meeting_now(request, response, meeting_id, prefer)
    return Status(304, None) if matches(response["ETag"], if_none_match) else answer


@router.patch(
    "/meetings/{meeting_id}",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE),
    operation_id="change_meeting",
    summary="Move or change a meeting",
    description="What is left out stays as it is. The video link stays the same, and O-Key mails the contact.",
    openapi_extra=answering.documented(more=refusals.SLOT_TAKEN),
)
def change_meeting(
    request: ApiRequest,
    response: HttpResponse,
    meeting_id: MeetingId,
    payload: ChangeIn,
    if_match: IfMatch = "",
    reach: MoveReach = "one",
) -> MeetingOut:
    owner = request.auth.owner
    count_mail(request.auth)
    if {"starts_at", "minutes"} & set(payload.given) and not payload.any_time:
        _ask_calendars_to_move(Meeting.objects.get(pk=meeting_id, owner=owner), payload, reach)
    with refusals.as_problems(), unchanged(owner, meeting_id, if_match) as meeting:
        _change(owner, meeting, payload, reach)
    return answering.meeting_now(request, response, meeting_id)


@router.post(
    "/meetings/{meeting_id}/cancel",
    response={200: MeetingOut, **documents(404, 409, 412)},
    auth=needs(Scope.SCHEDULE),
    operation_id="cancel_meeting",
    summary="Cancel a meeting",
    description="For good; twice is once. O-Key mails the contact.",
    openapi_extra=answering.documented(),
)
def cancel_meeting(
    request: ApiRequest,
    response: HttpResponse,
    meeting_id: MeetingId,
    if_match: IfMatch = "",
    reach: CancelReach = "one",
) -> MeetingOut:
    owner = request.auth.owner
    count_mail(request.auth)
    with refusals.as_problems(), unchanged(owner, meeting_id, if_match):
        series.cancel(owner=owner, meeting_id=meeting_id, reach=Reach(reach))
    return answering.meeting_now(request, response, meeting_id)


def _ask_calendars_to_move(meeting: Meeting, wanted: ChangeIn, reach: str) -> None:
    """Before anything is locked."""
    owner, plan = meeting.owner, _plan(meeting, wanted.given)
    if reach == Reach.FOLLOWING:
        series.ask_calendars_to_move(owner, meeting, plan)
    else:
        minutes, meeting_type = plan.minutes, meeting.meeting_type
        asking.ask(owner, plan.starts_at, minutes=minutes, ignoring=meeting.pk, meeting_type=meeting_type)


def _plan(meeting: Meeting, sent: dict[str, Any]) -> Plan:
    return Plan(
        title=sent.get("title", meeting.title),
        starts_at=sent.get("starts_at", meeting.starts_at),
        minutes=sent.get("minutes", meeting.minutes),
        agenda=sent.get("agenda", meeting.agenda),
    )


def ask_calendars(
    owner: Owner,
    starts_at: datetime,
    minutes: int | None,
    *,
    any_time: bool,
    meeting_type: MeetingType | None = None,
) -> None:
    """Before anything is locked; not where the owner's program takes the time whatever they have then."""
    if not any_time:
        asking.ask(owner, starts_at, minutes=minutes, meeting_type=meeting_type)


@transaction.atomic  # a contact that is new is there only if the meeting is
def schedule(owner: Owner, wanted: ScheduleIn, request_key: str, repeat: Repeat | None = None) -> Meeting:
    """With `repeat` a series: the first of its meetings."""
    if wanted.type is not None:  # it stays what it is until the meeting is there
        owner = Owner.objects.locked(owner.pk)
    meeting_type = types.named(owner, wanted.type)
    types.check_length(meeting_type, wanted.minutes, owner)
    provider, no_link = _provider(owner, wanted.provider, meeting_type)
    plan = Plan(
        title=wanted.title,
        starts_at=wanted.starts_at,
        minutes=wanted.minutes or availability.settings_of(owner, meeting_type).slot_minutes,
        agenda=wanted.agenda,
        provider=provider,
    )
    with refusals.wrong_before_taken(plan):
        contact = _contact(owner, wanted)
        address = wanted.contact.email if wanted.contact else contact.email
        return _by(repeat)(
            owner=owner,
            contact=contact,
            plan=plan,
            source=Meeting.Source.AUTOMATION,
            request_key=request_key,
            address=address,
            by_mail=wanted.invite_by_mail,
            must_be_offered=not wanted.any_time,
            no_link=no_link,
            kept={"external_id": wanted.external_id, "metadata": wanted.metadata},
            meeting_type=meeting_type,
            answers=_answers(meeting_type, wanted.answers),
            guests=_guests(owner, meeting_type, wanted.guests, address),
        )


def _guests(owner: Owner, meeting_type: MeetingType | None, given: list[str], client: str) -> tuple[str, ...]:
    """Raises Problem."""
    try:
        return guests.checked(meeting_type, given, owner=owner, client=client)
    except ValidationError as error:
        raise invalid("guests", " ".join(error.messages)) from error


def _by(repeat: Repeat | None) -> Callable[..., Meeting]:
    return scheduling.schedule if repeat is None else partial(series.schedule, repeat=repeat)


def _answers(meeting_type: MeetingType | None, given: dict[str, str]) -> list[Answer]:
    """Raises Problem with each question whose answer is missing or wrong."""
    asked = meeting_type.questions if meeting_type else []
    unknown = set(given) - {one["id"] for one in asked}
    if unknown:
        raise invalid(f"answers.{min(unknown)}", _("The type does not ask this."))
    try:
        return questions.answers(asked, given)
    except ValidationError as error:
        raise types.of_answers(error) from error


def _change(owner: Owner, meeting: Meeting, wanted: ChangeIn, reach: str) -> None:
    """With the meeting locked, so that two callers who change different things both get what they want."""
    sent = wanted.given
    kept: scheduling.Kept = {}
    if "external_id" in sent:
        kept["external_id"] = sent.pop("external_id")
    if "metadata" in sent:
        kept["metadata"] = sent.pop("metadata")
    if kept:
        scheduling.keep(owner=owner, meeting_id=meeting.pk, kept=kept)
    if kept and not sent:
        return
    plan = _plan(meeting, sent)
    move = series.reschedule if reach == Reach.FOLLOWING else scheduling.reschedule
    with refusals.wrong_before_taken(plan):
        move(owner=owner, meeting_id=meeting.pk, plan=plan, must_be_offered=not wanted.any_time)


def _contact(owner: Owner, wanted: ScheduleIn) -> Contact:
    """An unknown one and another owner's are refused in the same words."""
    if wanted.contact is not None and wanted.contact_id is None:
        with refusals.of_part("contact"):
            return editing.known_or_new(owner=owner, **checked(wanted.contact.given))
    if wanted.contact_id is None or wanted.contact is not None:
        raise invalid("contact_id", _("Send either contact_id, or contact with a name and an address."))
    contact = Contact.objects.of(owner).filter(pk=wanted.contact_id).first()
    if contact is None:
        raise invalid("contact_id", _("This is not one of your contacts."))
    return contact


def _provider(owner: Owner, wanted: str | None, meeting_type: MeetingType | None) -> tuple[str, str]:
    """The provider's slug, "" for none, and why there is none. Whether it is connected, scheduling asks."""
    if wanted == NO_VIDEO_LINK:
        return "", ""
    if wanted is None:
        return offering.provider_of(owner, meeting_type or offering.first_of(owner))
    if not owner.meeting_providers_enabled:
        raise not_entitled()
    return wanted, ""
