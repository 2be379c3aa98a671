"""A booking page's free times for scripts on the owner's own sites: what the page shows, as JSON, without a token."""

from datetime import UTC
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from ninja import Schema
from pydantic import Field, ValidationError

from meetings.api.times import SLOTS_MAX, range_of
from meetings.api.types import check_length
from meetings.booking.access import closed, for_booking, readable_from_owners_sites
from meetings.booking.asked import Door
from meetings.booking.models import BookingSettings
from meetings.booking.page import MOMENT, Sort
from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.types import offering
from meetings.types.offering import NotOffered
from okey.api import problems
from okey.api.problems import Problem, invalid
from okey.api.schemas import Moment
from okey.lib.zulu import zulu
from okey.owners.models import Owner


class Wanted(Schema):
    """What may stand in the address; everything may be left out."""

    since: Moment | None = None
    until: Moment | None = None
    limit: int = Field(100, ge=1, le=SLOTS_MAX)
    minutes: int | None = None


@require_safe
@for_booking
@readable_from_owners_sites
def free_times(request: HttpRequest, booking: BookingSettings, slug: str = "") -> HttpResponse:
    """Of the type at this address; of the first in the list at the owner's own."""
    owner = booking.owner
    try:
        wanted = _wanted(request)
        since, until = range_of(wanted.since, wanted.until)
        door, sort = _opened(owner, slug, wanted.minutes)
    except Problem as problem:
        return problems.answer(problem)
    except NotOffered:
        return closed(request)
    found = availability.free_slots(owner, since=since, until=until, limit=wanted.limit + 1, **sort.asking())
    form = settings.OKEY_BASE_URL + door.url(booking, "details")
    chosen = {"minutes": str(sort.minutes)} if sort.minutes != sort.lengths[0] else {}
    return JsonResponse(
        {
            "items": [_shown(form, chosen, slot) for slot in found[: wanted.limit]],
            "has_more": len(found) > wanted.limit,
            "minutes": sort.minutes,
            "timezone": str(owner.timezone),
        }
    )


def _wanted(request: HttpRequest) -> Wanted:
    try:
        return Wanted.model_validate(request.GET.dict())
    except ValidationError as error:
        first = error.errors()[0]
        words = first["msg"].removeprefix("Value error, ")
        raise invalid(".".join(str(part) for part in first["loc"]), words) from None


def _opened(owner: Owner, slug: str, minutes: int | None) -> tuple[Door, Sort]:
    """What is booked, and by which door. Raises NotOffered, and Problem for a length that it does not have."""
    listed = offering.listed_by(owner)
    found = listed[0] if listed and not slug else offering.find(owner, slug)
    check_length(found, minutes, owner)
    sort = Sort.of(owner, found, minutes)
    return Door(slug if slug or len(listed) == 1 else found.slug), sort


def _shown(form: str, chosen: dict[str, str], slot: Slot) -> dict[str, Any]:
    at = slot.starts_at.astimezone(UTC).strftime(MOMENT)
    return {
        "starts_at": zulu(slot.starts_at),
        "ends_at": zulu(slot.ends_at),
        "book_url": f"{form}?{urlencode({'at': at, **chosen})}",
        **({} if slot.seats_left is None else {"seats_left": slot.seats_left}),
    }
