"""When an owner can be met."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from django.utils import timezone
from django_mcpz.server import ToolError
from msgspec import Meta

from meetings.assistant import answers, moments
from meetings.assistant.answers import SlotAnswer
from meetings.assistant.arguments import Limit, Minutes, Time
from meetings.assistant.calling import tool
from meetings.hours import availability
from meetings.hours.availability import Slot
from okey.api.models import Scope
from okey.owners.models import Owner

LOOKS_AHEAD = timedelta(days=7)
LONGEST = timedelta(days=62)


class FindFreeTimes(msgspec.Struct):
    since: Annotated[Time | None, Meta(description="now, if left out")] = None
    until: Annotated[Time | None, Meta(description="a week after since, if left out; at most 62 days after it")] = None
    minutes: Annotated[Minutes | None, Meta(description="the owner's usual length, if left out")] = None
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
    minutes = wanted.minutes or usual_minutes(owner)
    found = availability.free_slots(owner, since=since, until=until, limit=wanted.limit + 1, minutes=minutes)
    return FreeTimes(
        slots=[slot_answer(slot, owner) for slot in found[: wanted.limit]],
        minutes=minutes,
        time_zone=str(owner.timezone),
        more=len(found) > wanted.limit,
        note="" if found else _nothing(owner, since, until),
    )


def usual_minutes(owner: Owner) -> int:
    """How long the owner's meetings are where nobody says otherwise."""
    return availability.settings_of(owner).slot_minutes


def slot_answer(slot: Slot, owner: Owner) -> SlotAnswer:
    return SlotAnswer(moments.local(slot.starts_at, owner.timezone), moments.utc(slot.starts_at))


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
        f"The owner sets working hours and notice at {answers.address('settings')}"
    )
