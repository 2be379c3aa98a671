"""What an owner decides about their time, by programs. The rules are in meetings.hours.rules, the only writer.

On the router of meetings.api.times: one address has one router.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from meetings.api import times
from meetings.api.times import AvailabilityOut, availability_of
from meetings.hours import rules
from meetings.hours.availability import Hours
from meetings.hours.rules import DAYS_MAX, RANGES_MAX
from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.api.problems import Problem, invalid, of_validation
from okey.api.schemas import Body, Changes, Switch, WholeNumber

router = times.router
settling = needs(Scope.CONNECT)

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Names of the settings that the API has others for.
NAMES = {"minutes": "slot_minutes"}


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError("Write the time of day like 09:00.")
    return text


def _written_out(value: Any) -> Any:
    """pydantic would take a number for a date, too."""
    if not isinstance(value, date) and not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise ValueError("Write the date like 2026-12-24.")
    return value


Clock = Annotated[
    str, AfterValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]
Day = Annotated[date, BeforeValidator(_written_out)]


class RangeIn(Body):
    starts: Clock = Field(examples=["09:00"])
    ends: Clock = Field(description="`00:00` is the end of the day.", examples=["17:00"])

    @property
    def hours(self) -> Hours:
        return time.fromisoformat(self.starts), time.fromisoformat(self.ends)


class WeekdayRangeIn(RangeIn):
    weekday: WholeNumber = Field(ge=0, le=6, description="0 is Monday.", examples=[0])


class WeeklyHoursIn(Body):
    working_hours: list[WeekdayRangeIn] = Field(
        max_length=7 * RANGES_MAX, description="The whole week: a day that is not named is a day off."
    )


class OverrideIn(Body):
    first: Day = Field(examples=["2026-12-24"])
    last: Day | None = Field(None, description="The same day, if left out.", examples=["2026-12-26"])
    ranges: list[RangeIn] = Field(
        [], max_length=RANGES_MAX, description="What holds on each of these days; empty: not at all on them."
    )


class Dates(Schema):
    first: Day = Field(examples=["2026-12-24"])
    last: Day | None = Field(None, description="The same day, if left out.", examples=["2026-12-26"])


class RulesIn(Changes):
    minutes: WholeNumber = Field(30, ge=5, le=480, description="The usual length of a meeting.", examples=[30])
    buffer_before_minutes: WholeNumber = Field(0, ge=0, le=240, examples=[0])
    buffer_after_minutes: WholeNumber = Field(0, ge=0, le=240, examples=[10])
    notice_minutes: WholeNumber = Field(0, ge=0, le=43200, examples=[240])
    horizon_days: WholeNumber = Field(60, ge=1, le=366, examples=[60])
    daily_maximum: Annotated[WholeNumber, Field(ge=1, le=100)] | None = Field(
        None, description="Null for no limit.", examples=[None]
    )
    reminds_day_before: Switch = True
    reminds_hour_before: Switch = True


@router.patch(
    "/availability",
    response=AvailabilityOut,
    auth=settling,
    operation_id="change_availability",
    summary="Change how the owner's time is offered",
    description="What is not sent stays as it is. Meetings that are scheduled stay.",
)
def change_availability(request: ApiRequest, body: RulesIn) -> AvailabilityOut:
    changes = {NAMES.get(name, name): value for name, value in body.given.items()}
    rules.change_rules(owner=request.auth.owner, **changes)
    return availability_of(request.auth.owner)


@router.put(
    "/availability/hours",
    response=AvailabilityOut,
    auth=settling,
    operation_id="put_working_hours",
    summary="Set the owner's weekly hours",
    description="They replace the whole week, in the owner's time zone.",
)
def put_working_hours(request: ApiRequest, body: WeeklyHoursIn) -> AvailabilityOut:
    weekly: dict[int, list[Hours]] = defaultdict(list)
    for one in body.working_hours:
        weekly[one.weekday].append(one.hours)
    with _naming("working_hours"):
        rules.set_weekly_hours(owner=request.auth.owner, weekly=weekly)
    return availability_of(request.auth.owner)


@router.put(
    "/availability/overrides",
    response=AvailabilityOut,
    auth=settling,
    operation_id="put_date_overrides",
    summary="Have other hours, or none, on some dates",
    description=f"On each day from `first` to `last`, {DAYS_MAX} at most, whatever was said of them before.",
)
def put_date_overrides(request: ApiRequest, body: OverrideIn) -> AvailabilityOut:
    with _naming("ranges"):
        rules.override_dates(
            owner=request.auth.owner,
            first=body.first,
            last=body.last or body.first,
            ranges=[one.hours for one in body.ranges],
        )
    return availability_of(request.auth.owner)


@router.delete(
    "/availability/overrides",
    response=AvailabilityOut,
    auth=settling,
    operation_id="delete_date_overrides",
    summary="Let the weekly hours hold again on some dates",
    description="On each day from `first` to `last`. Where they held, nothing happens.",
)
def delete_date_overrides(request: ApiRequest, dates: Query[Dates]) -> AvailabilityOut:
    last = dates.last or dates.first
    if last < dates.first:
        raise invalid("last", _("The last day is before the first."))
    rules.forget_overrides(owner=request.auth.owner, first=dates.first, last=last)
    return availability_of(request.auth.owner)


@contextmanager
def _naming(field: str) -> Iterator[None]:
    """What the rules refuse without saying where, is wrong with this field."""
    try:
        yield
    except ValidationError as error:
        raise _refused(field, error) from error


def _refused(field: str, error: ValidationError) -> Problem:
    return of_validation(error) if hasattr(error, "error_dict") else invalid(field, " ".join(error.messages))
