"""The page behind the link with which a client confirms their address. Its button books."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from meetings import scheduling
from meetings.booking import bookings, confirming, gone_pages
from meetings.booking import settings as booking_settings
from meetings.booking.access import closed
from meetings.booking.models import BookingSettings, UnconfirmedBooking
from meetings.booking.page import Host, moment, times_of
from meetings.client.reader import Reader
from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.times import span_words, zone_words
from meetings.types.single_use import Spent

OFFERED = 6


@csrf_exempt  # whoever has the link may press its button, from wherever; there is no session to abuse
@require_http_methods(["GET", "HEAD", "POST"])
def booking_confirm(request: HttpRequest, token: str) -> HttpResponse:
    response = _answer(request, token)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    waiting = confirming.find(token)
    if waiting is None:
        return closed(request)
    if done := confirming.booked(waiting):
        return redirect("client_meeting", done.token)
    booking = booking_settings.of(waiting.owner)
    if booking_settings.open_page(booking.public_name) is None:
        return closed(request)
    if waiting.is_expired:
        return _page(request, waiting, booking, status=410)
    if request.method != "POST":
        return _page(request, waiting, booking)
    return _confirm(request, waiting, booking)


def _confirm(request: HttpRequest, waiting: UnconfirmedBooking, booking: BookingSettings) -> HttpResponse:
    try:
        invitation = confirming.confirm(waiting, starts_at=moment(request.POST.get("at", "")))
    except confirming.Expired:
        return _page(request, waiting, booking, status=410)
    except scheduling.SlotTaken as taken:
        return _page(request, waiting, booking, status=409, others=taken.next_free)
    except bookings.NotOffered as gone:
        typed = [waiting.note, *(one["answer"] for one in waiting.answers or []), *(waiting.guests or [])]
        return gone_pages.gone(request, booking, said=typed, is_spent=isinstance(gone, Spent))
    return redirect("client_meeting", invitation.token)


def _page(
    request: HttpRequest,
    waiting: UnconfirmedBooking,
    booking: BookingSettings,
    *,
    status: int = 200,
    others: list[Slot] | None = None,
) -> HttpResponse:
    owner, reader = waiting.owner, Reader.of(request, waiting.timezone)
    if status == 409 and not others:
        others = availability.next_free(owner, after=timezone.now(), limit=OFFERED, **confirming.asked_for(waiting))
    minutes = waiting.minutes or availability.settings_of(owner, waiting.meeting_type).slot_minutes
    ends_at = waiting.starts_at + timedelta(minutes=minutes)
    context = {
        "host": Host.of(owner),
        "waiting": waiting,
        "when": span_words(waiting.starts_at, ends_at, reader.zone, reader.clock),
        "zone": zone_words(reader.zone, waiting.starts_at),
        "is_taken": status == 409,
        "others": times_of(others or [], reader),
        "book_url": reverse("booking_page", args=[booking.public_name]) + reader.query(),
    }
    return render(request, "meetings/booking/confirm.html", context, status=status)
