"""When an owner can be met, and whether clients book by themselves: to look at, and to change, by the pages' rules."""

from collections import defaultdict
from datetime import date, time, timedelta
from typing import Annotated

import msgspec
from django.utils import timezone
from django_mcpz.server import ToolError
from msgspec import Meta

from meetings.assistant import answers
from meetings.assistant.answers import Said
from meetings.assistant.calling import Changes, tool
from meetings.booking import settings as booking_settings
from meetings.hours import availability, rules
from meetings.hours.availability import Hours
from meetings.models import DateOverride
from okey.api.models import Scope
from okey.owners.models import Owner

SAVED = "Saved. show_hours says how it stands now."
#: Of the overrides, so many are shown.
DATES_SHOWN = 62

Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="such as 09:00; 00:00 ends the day")]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="such as 2026-12-24")]


class Range(msgspec.Struct):
    starts: Clock
    ends: Clock


class WeekdayRange(Range):
    weekday: Annotated[int, Meta(ge=0, le=6, description="0 is Monday")]


class DateRange(msgspec.Struct):
    date: str
    starts: Annotated[str | None, Meta(description="null: not at all on that day")]
    ends: str | None


class Shown(msgspec.Struct):
    time_zone: Annotated[str, Meta(description="the owner's; all hours are meant in it")]
    weekly: list[WeekdayRange]
    dates: Annotated[list[DateRange], Meta(description="what replaces the weekly hours, the next 62 days")]
    booking_page: Annotated[str, Meta(description="where clients book by themselves")]
    is_page_on: bool
    is_bot_on: bool
    settings: Annotated[str, Meta(description="where the owner changes the hours")]


class SetWeek(msgspec.Struct):
    weekly: Annotated[
        list[WeekdayRange], Meta(max_length=7 * rules.RANGES_MAX, description="a day that is not named is a day off")
    ]


class SetDates(msgspec.Struct):
    first: Day
    last: Annotated[Day | None, Meta(description="the same day, if left out")] = None
    ranges: Annotated[
        list[Range], Meta(max_length=rules.RANGES_MAX, description="what holds on each day; empty: not at all")
    ] = []
    as_usual: Annotated[bool, Meta(description="true: the weekly hours hold again, and ranges stays empty")] = False


class SwitchBooking(msgspec.Struct):
    is_page_on: Annotated[bool | None, Meta(description="as it is, if left out")] = None
    is_bot_on: Annotated[bool | None, Meta(description="as it is, if left out")] = None


settling = Changes(destroys=True, reaches_people=False)


@tool(
    title="Show hours and booking",
    scope=Scope.CONNECT,  # needed for the changes alone: who may not make them need not read about it
    description="The owner's weekly hours, dates that differ from them, and whether clients can book by themselves.",
)
def show_hours(owner: Owner) -> Shown:
    today = timezone.localdate(timezone=owner.timezone)
    booking = booking_settings.of(owner)
    dates = DateOverride.objects.filter(owner=owner, date__range=(today, today + timedelta(days=DATES_SHOWN - 1)))
    return Shown(
        time_zone=str(owner.timezone),
        weekly=[
            WeekdayRange(weekday=weekday, starts=f"{starts:%H:%M}", ends=f"{ends:%H:%M}")
            for weekday, hours in sorted(availability.weekly_hours_of(owner, availability.settings_of(owner)).items())
            for starts, ends in hours
        ],
        dates=[DateRange(one.date.isoformat(), _clock(one.starts), _clock(one.ends)) for one in dates],
        booking_page=booking_settings.page_url(booking),
        is_page_on=booking.is_page_on,
        is_bot_on=booking.is_bot_on,
        settings=answers.address("meeting_times"),
    )


@tool(
    title="Set weekly hours",
    scope=Scope.CONNECT,
    description="Replaces the owner's whole week of hours. Get show_hours first, and keep what the owner does not want "
    "changed. Meetings that are scheduled stay.",
    changes=settling,
)
def set_weekly_hours(owner: Owner, wanted: SetWeek) -> Said:
    weekly: dict[int, list[Hours]] = defaultdict(list)
    for one in wanted.weekly:
        weekly[one.weekday].append(_hours(one))
    rules.set_weekly_hours(owner=owner, weekly=weekly)
    return Said(SAVED)


@tool(
    title="Set hours of dates",
    scope=Scope.CONNECT,
    description="Other hours, or none (days off), on each day from first to last; or the weekly hours again. Meetings "
    "that are scheduled stay.",
    changes=settling,
)
def set_dates(owner: Owner, wanted: SetDates) -> Said:
    first, last = _date(wanted.first, "first"), _date(wanted.last or wanted.first, "last")
    if wanted.as_usual and wanted.ranges:
        raise ToolError("`ranges`: leave them out where `as_usual` is true.")
    if wanted.as_usual and last < first:
        raise ToolError("`last`: it is before `first`.")
    if wanted.as_usual:
        rules.forget_overrides(owner=owner, first=first, last=last)
    else:
        rules.override_dates(owner=owner, first=first, last=last, ranges=[_hours(one) for one in wanted.ranges])
    return Said(SAVED)


@tool(
    title="Switch booking on or off",
    scope=Scope.CONNECT,
    description="Whether clients can book by themselves on the owner's page, and whether the bot answers there. Do it "
    "only if the owner said so.",
    changes=settling,
)
def switch_booking(owner: Owner, wanted: SwitchBooking) -> Said:
    changes = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    booking_settings.change(owner=owner, **changes)
    return Said(SAVED)


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"


def _hours(one: Range) -> Hours:
    return time.fromisoformat(one.starts), time.fromisoformat(one.ends)


def _date(written: str, name: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ToolError(f"`{name}`: there is no such date as {written}.") from error
