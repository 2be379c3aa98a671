"""Which owner's page an address opens, and which sites may show it in a frame."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings
from meetings.types import single_use
from okey.limits import limits

#: Wrong addresses from one network address; a right one always opens.
WRONG_LIMIT, WRONG_SECONDS = 60, 600

BookingView = Callable[..., HttpResponse]


def for_booking(view: BookingView) -> BookingView:
    """The view gets the settings of the page at this address.

    Whatever comes is kept in no cache, because times are taken by the minute, and in no search engine: an owner
    gives the address to whom they want. No cookie is read or set.
    """

    @wraps(view)
    def opened(request: HttpRequest, public_name: str, **more: Any) -> HttpResponse:
        booking = booking_settings.open_page(public_name)
        response = view(request, booking, **more) if booking else closed(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"
        return response

    return opened


def for_single_use(view: BookingView) -> BookingView:
    """The view gets the settings of the owner whose link this is, and the link, spent or not.

    As a booking page it is kept in no cache and no search engine, and closed while the owner's page is.
    """

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        link = single_use.find(token)
        name = booking_settings.of(link.meeting_type.owner).public_name if link else ""
        booking = booking_settings.open_page(name) if link else None
        response = view(request, booking, link) if booking else closed(request)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"
        return response

    return opened


def framed(view: BookingView) -> BookingView:
    """The owner's own sites may show this in a frame; everybody else's may not."""

    @wraps(view)
    def opened(request: HttpRequest, booking: BookingSettings, **more: Any) -> HttpResponse:
        response = view(request, booking, **more)
        response._csp_replace = {"frame-ancestors": booking.embeds_on or [NONE]}  # type: ignore[attr-defined]
        response.xframe_options_exempt = bool(booking.embeds_on)
        return response

    return opened


def readable_from_owners_sites(view: BookingView) -> BookingView:
    """Scripts on the owner's own sites may read the answer (CORS), without cookies; those on other sites may not."""

    @wraps(view)
    def opened(request: HttpRequest, booking: BookingSettings, **more: Any) -> HttpResponse:
        response = view(request, booking, **more)
        patch_vary_headers(response, ["Origin"])
        origin = request.headers.get("Origin", "")
        if origin in booking.embeds_on:
            response["Access-Control-Allow-Origin"] = origin
        return response

    return opened


def closed(request: HttpRequest) -> HttpResponse:
    """The same page for whatever is not open, in a frame too, so that nobody can tell."""
    verdict = limits.hit("wrong booking name", limits.address_of(request), limit=WRONG_LIMIT, seconds=WRONG_SECONDS)
    if verdict.allowed:
        return render(request, "meetings/booking/closed.html", status=404)
    response = render(request, "meetings/booking/too_many.html", status=429)
    response["Retry-After"] = str(verdict.retry_seconds)
    return response
