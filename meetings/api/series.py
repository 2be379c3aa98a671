"""Series: meetings that are scheduled together. Each is then looked at, changed and cancelled as any other one."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from ninja import Path, Router, Schema, Status
from pydantic import Field

from meetings import reading, series
from meetings.api import meetings, refusals, types
from meetings.api.answers import BASE_URL, SERIES_ID, MeetingOut, meeting_out
from meetings.api.bodies import SeriesIn
from meetings.hours import availability
from meetings.hours.repeating import Repeat
from meetings.models import Meeting, Series
from okey.api.auth import ApiRequest, needs
from okey.api.idempotency import Key, once
from okey.api.limiting import count_mail
from okey.api.models import Scope
from okey.api.problems import Problem, documents
from okey.api.schemas import Zulu
from okey.owners.models import Owner

router = Router(tags=["Meetings"])

SeriesId = Annotated[UUID, Path(examples=[SERIES_ID])]


class SeriesOut(Schema):
    id: UUID = Field(examples=[SERIES_ID])
    every_weeks: int = Field(examples=[1])
    created_at: Zulu = Field(examples=["2026-07-28T09:12:44Z"])
    page: str = Field(
        description="The series in O-Key, for the owner.", examples=[f"{BASE_URL}/meetings/series/{SERIES_ID}/"]
    )
    meetings: list[MeetingOut] = Field(description="All of it, the soonest first.", examples=[[]])


@router.post(
    "/series",
    response={201: SeriesOut, **documents(409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="schedule_series",
    summary="Schedule a series of meetings",
    description="Meetings at the same time by the owner’s clocks, each with a video link of its own, which a worker "
    "then makes: all of them or none. A time that the clocks skip is as much later. One of them that is not on offer "
    "(409 `slot_taken`) refuses all, also one later than the owner can be booked: send `any_time`. O-Key mails the "
    "contact one invitation for all. With an `Idempotency-Key`, the same request again answers 201 with the same "
    "series. Each is changed and cancelled as any meeting.",
    openapi_extra={"responses": refusals.SLOT_TAKEN},
)
def schedule_series(
    request: ApiRequest, response: HttpResponse, payload: SeriesIn, idempotency_key: Key = ""
) -> Status[SeriesOut]:
    owner = request.auth.owner
    if payload.invite_by_mail:
        count_mail(request.auth)
    repeat = Repeat(payload.repeat.every_weeks, payload.repeat.count)
    _ask_calendars(owner, payload, repeat)
    with refusals.as_problems():
        done = once(request, idempotency_key, lambda key: meetings.schedule(owner, payload, key, repeat).series_id)
    response["Location"] = settings.OKEY_BASE_URL + reverse("api:series", args=[done.object_id])
    return Status(201, _series(owner, UUID(done.object_id)))


@router.get(
    "/series/{series_id}",
    response={200: SeriesOut, **documents(404)},
    auth=needs(Scope.READ),
    operation_id="read_series",
    url_name="series",
    summary="One series, with its meetings as they stand",
)
def read_series(request: ApiRequest, series_id: SeriesId) -> SeriesOut:
    return _series(request.auth.owner, series_id)


def _ask_calendars(owner: Owner, wanted: SeriesIn, repeat: Repeat) -> None:
    """Not where the owner's program takes the times whatever they have then."""
    if wanted.any_time:
        return
    with suppress(Problem):  # a type that is not there: said below, but not to who has scheduled it already
        meeting_type = types.named(owner, wanted.type)
        minutes = wanted.minutes or availability.settings_of(owner, meeting_type).slot_minutes
        series.ask_calendars(owner, wanted.starts_at, repeat, minutes=minutes, meeting_type=meeting_type)


def _series(owner: Owner, series_id: UUID) -> SeriesOut:
    """Raises Meeting.DoesNotExist, as every call does for what is not the owner's."""
    mine = Series.objects.filter(pk=series_id, owner=owner).first()
    if mine is None:
        raise Meeting.DoesNotExist
    found = reading.with_people(reading.meetings_of(owner)).filter(series=mine)
    return SeriesOut(
        id=mine.pk,
        every_weeks=mine.every_weeks,
        created_at=mine.created_at,
        page=settings.OKEY_BASE_URL + reverse("series", args=[mine.pk]),
        meetings=[meeting_out(row) for row in reading.rows(found, owner)],
    )
