"""How an owner's booking page looks: their picture, and their colour as a stylesheet. For anybody to read."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from meetings.booking import colours
from meetings.booking.models import PagePicture

A_YEAR = 365 * 24 * 3600


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def picture(_request: HttpRequest, public_name: str, digest: str) -> HttpResponse:
    """At an address that only whoever has seen the page knows, and that another picture changes."""
    found = PagePicture.objects.filter(
        booking__public_name=public_name,
        booking__picture=digest,
        booking__owner__is_active=True,
        booking__owner__closed_at=None,
    ).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.image), content_type="image/webp")


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def stylesheet(request: HttpRequest, colour: str) -> HttpResponse:
    """`colour`: six hexadecimal digits. The shades depend on nothing else, so it says nothing of anybody."""
    if not colours.HEX.match(f"#{colour}"):
        raise Http404
    context = {"light": colours.light(f"#{colour}"), "dark": colours.dark(f"#{colour}")}
    return render(request, "meetings/booking/colours.css", context, content_type="text/css; charset=utf-8")
