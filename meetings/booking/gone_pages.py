"""The pages on which clients choose what to book, also where what they wanted to book is not offered any more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from meetings.booking.asked import Door, prefilled
from meetings.booking.models import NOTE_MAX, BookingSettings
from meetings.booking.page import Host
from meetings.hours import availability
from meetings.hours.words import minutes_words
from meetings.types import offering
from meetings.types.questions import ANSWER_PREFIX, QUESTIONS_MAX, plain

#: All but the answers.
FIELDS = ("name", "email", "note", "guests")


@dataclass(frozen=True)
class Entry:
    """A type as the list shows it."""

    name: str
    description: str
    lengths: str
    place: str
    url: str


def choose(request: HttpRequest, booking: BookingSettings, *, is_framed: bool = False) -> HttpResponse:
    """The owner's page where there are several types, or none."""
    return _page(request, booking, is_framed=is_framed)


def gone(
    request: HttpRequest,
    booking: BookingSettings,
    *,
    said: Iterable[str] = (),
    is_framed: bool = False,
    is_spent: bool = False,
) -> HttpResponse:
    """What was to be booked cannot be, or not any more. `said`: what was typed, so that it is not lost.

    `is_spent`: it was to be booked by a link that books once.
    """
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.NOT_FOUND
    kept = [text for one in said if (text := plain(one)[:NOTE_MAX])]
    return _page(request, booking, is_gone=True, is_spent=is_spent, said=kept, is_framed=is_framed, status=status)


def typed(data: Mapping[str, str]) -> list[str]:
    """What a form of the booking page says in its client's own words, whichever questions it asked."""
    answers = [name for name in data if name.startswith(ANSWER_PREFIX)]
    return [data.get(name, "") for name in (*FIELDS, *answers[:QUESTIONS_MAX])]


def _page(
    request: HttpRequest,
    booking: BookingSettings,
    *,
    is_framed: bool,
    is_gone: bool = False,
    is_spent: bool = False,
    said: Iterable[str] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "booking": booking,
        "host": Host.of(booking.owner),
        "types": _entries(request, booking, is_framed=is_framed),
        "is_framed": is_framed,
        "is_gone": is_gone,
        "is_spent": is_spent,
        "was_sent": request.method == "POST",
        "said": said,
    }
    return render(request, "meetings/booking/types.html", context, status=status)


def _entries(request: HttpRequest, booking: BookingSettings, *, is_framed: bool) -> list[Entry]:
    owner = booking.owner
    usual = availability.settings_of(owner)
    listed = offering.listed_by(owner)
    kept = {**prefilled(request), **({"zone": zone} if (zone := request.GET.get("zone", "")[:80]) else {})}
    query = f"?{urlencode(kept)}" if kept else ""
    return [
        Entry(
            name=one.name,
            description=one.description,
            lengths=" · ".join(minutes_words(minutes) for minutes in offering.lengths_of(one, usual)),
            place=one.get_place_display() if not one.is_by_video and one.place != one.Place.NONE else "",
            url=Door(one.slug if len(listed) > 1 else "", is_framed).url(booking, "page") + query,
        )
        for one in listed
    ]
