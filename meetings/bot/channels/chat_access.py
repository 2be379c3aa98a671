"""Whose bot can be talked to: an owner's whose page is open and whose bot is on."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from meetings.booking import settings as booking_settings
from meetings.booking.models import BookingSettings

ChatView = Callable[..., HttpResponse]


def for_chat(view: ChatView) -> ChatView:
    """The view gets the settings of an owner whose page is open and whose bot is on; kept in no cache and no index."""

    @wraps(view)
    def opened(request: HttpRequest, public_name: str, **more: Any) -> HttpResponse:
        booking = booking_settings.open_page(public_name)
        if booking is None or not booking.is_bot_on:
            response = render(request, "meetings/booking/closed.html", status=404)
        else:
            response = view(request, booking, **more)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "same-origin"
        return response

    return opened


def url_about(booking: BookingSettings) -> str:
    """Where a meeting's page leads to, to move it by talking with this open page's bot; "" where that is off."""
    return reverse("booking_chat_about", args=[booking.public_name]) if booking.is_bot_on else ""
