"""A booking page's free times for scripts on the owner's own sites: what the page shows, as JSON, without a token."""

from datetime import UTC

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from ninja import Schema
from pydantic import Field, ValidationError

from meetings.api.times import SLOTS_MAX, range_of
from meetings.booking.access import for_booking, readable_from_owners_sites
from meetings.booking.models import BookingSettings
from meetings.booking.page import MOMENT
from meetings.hours import availability
from meetings.hours.availability import Slot
from okey.api import problems
from okey.api.problems import Problem, invalid
from okey.api.schemas import Moment
from okey.lib.zulu import zulu


class Wanted(Schema):
    """What may stand in the address; everything may be left out."""

    since: Moment | None = None
    until: Moment | None = None
    limit: int = Field(100, ge=1, le=SLOTS_MAX)


@require_safe
@for_booking
@readable_from_owners_sites
def free_times(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    try:
        wanted = _wanted(request)
        since, until = range_of(wanted.since, wanted.until)
    except Problem as problem:
        return problems.answer(problem)
    owner = booking.owner
    found = availability.free_slots(owner, since=since, until=until, limit=wanted.limit + 1)
    return JsonResponse(
        {
            "items": [_shown(booking, slot) for slot in found[: wanted.limit]],
            "has_more": len(found) > wanted.limit,
            "minutes": availability.settings_of(owner).slot_minutes,
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


def _shown(booking: BookingSettings, slot: Slot) -> dict[str, str]:
    at = slot.starts_at.astimezone(UTC).strftime(MOMENT)
    form = reverse("booking_details", args=[booking.public_name])
    return {
        "starts_at": zulu(slot.starts_at),
        "ends_at": zulu(slot.ends_at),
        "book_url": f"{settings.OKEY_BASE_URL}{form}?{urlencode({'at': at})}",
    }
