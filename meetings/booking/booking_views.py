"""The page on which clients book an owner's time."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meetings.booking import booking_settings


@require_safe
def booking_page(request: HttpRequest, public_name: str) -> HttpResponse:
    booking = booking_settings.open_page(public_name)
    if booking is None:
        return render(request, "meetings/booking/closed.html", status=404)
    return render(request, "meetings/booking/page.html", {"owner": booking.owner})
