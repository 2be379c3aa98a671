"""When the owner can be met: free times, and the settings that they come from. They are changed by hours.py."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from meetings.api import types
from meetings.api.answers import MEETING_ID, EndsAt, StartsAt
from meetings.hours import availability
from meetings.models import DateOverride, Meeting, MeetingType
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.problems import invalid
from okey.api.schemas import Moment
from okey.owners.models import Owner

router = Router(tags=["Free times"])

LOOKS_AHEAD = timedelta(days=7)
LONGEST = timedelta(days=62)
SLOTS_MAX = 500


class SlotOut(Schema):
    starts_at: StartsAt
    ends_at: EndsAt
    seats_left: int | None = Field(
        None, description="Of a type with seats; null where everybody has a meeting of their own.", examples=[None]
    )


class SlotsOut(Schema):
    items: list[SlotOut] = Field(description="The soonest first.")
    has_more: bool = Field(
        description="There are more than these: ask again with `since` after the last one's start.", examples=[False]
    )
    minutes: int = Field(description="How long each is.", examples=[30])
    timezone: str = Field(description="The owner's, by IANA name.", examples=["Europe/Berlin"])


class SlotFilters(Schema):
    since: Moment | None = Field(None, description="Now, if left out.", examples=["2026-08-03T00:00:00Z"])
    until: Moment | None = Field(
        None,
        description="A week after `since`, if left out; at most 62 days after it.",
        examples=["2026-08-10T00:00:00Z"],
    )
    minutes: int | None = Field(
        None,
        ge=1,
        le=Meeting.MINUTES_MAX,
        description="How long the meeting takes; the owner's usual length, if left out, or the shortest of the type.",
        examples=[30],
    )
    type: str | None = Field(
        None,
        max_length=MeetingType.SLUG_MAX,
        description="A type of meeting, as `/meeting-types` names it: its hours, notice and limits hold. The owner's "
        "own, if left out.",
        examples=[None],
    )
    moving: UUID | None = Field(
        None,
        description="A meeting that is to be moved: its own time is free for it, and the rules of its type hold.",
        examples=[MEETING_ID],
    )
    limit: int = Field(100, ge=1, le=SLOTS_MAX, description="So many at most.", examples=[100])


class HoursOut(Schema):
    weekday: int = Field(description="0 is Monday.", examples=[0])
    starts: str = Field(examples=["09:00"])
    ends: str = Field(description="`00:00` is the end of the day.", examples=["17:00"])


class OverrideOut(Schema):
    date: date
    starts: str | None = Field(description="Null: not at all on that day.", examples=["10:00"])
    ends: str | None = Field(examples=["12:00"])


class AvailabilityOut(Schema):
    timezone: str = Field(
        description="The owner's, by IANA name: the hours are meant in it.", examples=["Europe/Berlin"]
    )
    minutes: int = Field(description="The usual length of a meeting.", examples=[30])
    buffer_before_minutes: int = Field(description="Free time kept before a meeting.", examples=[0])
    buffer_after_minutes: int = Field(description="Free time kept after a meeting.", examples=[10])
    notice_minutes: int = Field(description="A meeting starts no sooner than that from now.", examples=[240])
    horizon_days: int = Field(description="A meeting starts no later than that from now.", examples=[60])
    daily_maximum: int | None = Field(description="Meetings on one day at most; null for no limit.", examples=[None])
    reminds_day_before: bool = Field(description="Clients are reminded by mail 24 hours before.")
    reminds_hour_before: bool = Field(description="Clients are reminded by mail 1 hour before.")
    working_hours: list[HoursOut]
    date_overrides: list[OverrideOut] = Field(
        description="What replaces the working hours on single days, from today on."
    )


@router.get(
    "/slots",
    response=SlotsOut,
    auth=needs(Scope.READ),
    operation_id="list_slots",
    summary="The owner's free times",
    description="Within their working hours, beside no other meeting, with the notice and breaks that they ask for.",
)
def list_slots(request: ApiRequest, filters: Query[SlotFilters]) -> SlotsOut:
    owner = request.auth.owner
    since, until = range_of(filters.since, filters.until)
    moving, meeting_type = _moving(owner, filters.moving), types.named(owner, filters.type)
    if moving is None:
        types.check_length(meeting_type, filters.minutes, owner)
    elif meeting_type is None:
        meeting_type = moving.meeting_type
    found = availability.free_slots(
        owner,
        since=since,
        until=until,
        limit=filters.limit + 1,
        minutes=filters.minutes,
        ignoring=moving.pk if moving else None,
        meeting_type=meeting_type,
    )
    return SlotsOut(
        items=[
            SlotOut(starts_at=slot.starts_at, ends_at=slot.ends_at, seats_left=slot.seats_left)
            for slot in found[: filters.limit]
        ],
        has_more=len(found) > filters.limit,
        minutes=filters.minutes or availability.settings_of(owner, meeting_type).slot_minutes,
        timezone=str(owner.timezone),
    )


@router.get(
    "/availability",
    response=AvailabilityOut,
    auth=needs(Scope.READ),
    operation_id="read_availability",
    summary="Working hours, and how the owner's time is offered",
)
def read_availability(request: ApiRequest) -> AvailabilityOut:
    return availability_of(request.auth.owner)


def availability_of(owner: Owner) -> AvailabilityOut:
    wanted = availability.settings_of(owner)
    today = timezone.localdate(timezone=owner.timezone)
    return AvailabilityOut(
        timezone=str(owner.timezone),
        minutes=wanted.slot_minutes,
        buffer_before_minutes=wanted.buffer_before_minutes,
        buffer_after_minutes=wanted.buffer_after_minutes,
        notice_minutes=wanted.notice_minutes,
        horizon_days=wanted.horizon_days,
        daily_maximum=wanted.daily_maximum,
        reminds_day_before=wanted.reminds_day_before,
        reminds_hour_before=wanted.reminds_hour_before,
        working_hours=[
            HoursOut(weekday=weekday, starts=_clock(starts), ends=_clock(ends))
            for weekday, hours in sorted(availability.weekly_hours_of(owner, wanted).items())
            for starts, ends in hours
        ],
        date_overrides=[
            OverrideOut(
                date=one.date,
                starts=None if one.starts is None else _clock(one.starts),
                ends=None if one.ends is None else _clock(one.ends),
            )
            for one in DateOverride.objects.filter(owner=owner, date__gte=today)
        ],
    )


def range_of(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """From when to when, where one or both may be left out. Raises Problem."""
    now = timezone.now()
    since = since or now
    try:
        until = until or max(since, now) + LOOKS_AHEAD
    except OverflowError:
        raise invalid("since", _("This time is too far away.")) from None
    if until <= since:
        raise invalid("until", _("This is not after `since`."))
    if until - max(since, now) > LONGEST:
        raise invalid("until", _("Ask for 62 days at most at a time."))
    return since, until


def _moving(owner: Owner, meeting_id: UUID | None) -> Meeting | None:
    if meeting_id is None:
        return None
    found = Meeting.objects.select_related("meeting_type").filter(pk=meeting_id, owner=owner).first()
    if found is None:
        raise invalid("moving", _("This is not one of your meetings."))
    return found


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
