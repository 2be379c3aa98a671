"""The owner's pages about their booking page: what is switched on, its address, and how clients see it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from integrations import connections
from meetings.booking import page, pictures
from meetings.booking import settings as booking_settings
from meetings.booking.embed_views import snippets
from meetings.booking.link_notice import link_notice
from meetings.booking.page import Host, day_in
from meetings.booking.settings_forms import BookingSettingsForm
from meetings.client import reader as readers
from meetings.client.reader import Reader
from okey.owners.http import OwnerRequest
from okey.owners.zones import known_zone, typed_zone


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def booking_settings_page(request: OwnerRequest) -> HttpResponse:
    booking = booking_settings.of(request.user)
    is_sent = request.method == "POST"
    form = BookingSettingsForm(request.POST, request.FILES) if is_sent else BookingSettingsForm.showing(booking)
    if form.is_bound and form.is_valid():
        try:
            changed = booking_settings.change(owner=request.user, **form.changes())
        except ValidationError as error:
            form.refuse(error)
        else:
            if form.cleaned_data["picture"]:
                pictures.keep(request.user, form.cleaned_data["picture"])
            elif form.cleaned_data["takes_picture_away"]:
                pictures.remove(request.user)
            messages.success(request, _said(changed.public_name != booking.public_name, changed.is_page_on))
            return redirect("booking_settings")
    default = connections.default_of(request.user) if request.user.meeting_providers_enabled else None
    context = {
        "form": form,
        "booking": booking,
        "url": booking_settings.page_url(booking),
        "snippets": snippets(booking, request.user.name) if booking.embeds_on else [],
        "no_links": link_notice(request.user),
        "provider": connections.provider_name(default.provider) if default else "",
    }
    return render(request, "meetings/booking/settings/page.html", context)


@require_safe
@login_required
def booking_preview(request: OwnerRequest) -> HttpResponse:
    """What clients see, switched on or not. Nothing can be booked here."""
    booking, owner = booking_settings.of(request.user), request.user
    reader = Reader.of(request, known_zone(typed_zone(request.GET)) or owner.timezone)
    day, month = day_in(request.GET.get("day", "")), day_in(request.GET.get("month", ""), "%Y-%m")
    context = {
        "booking": booking,
        "host": Host.of(owner),
        "page": page.booking_page(owner, reader, day=day, month=month),
        "reader": reader,
        "clocks": readers.clocks(request),
        "has_zone": True,
        "day": day or "",
        "shown_month": month or "",
        "page_url": reverse("booking_preview"),
        "details_url": "",
        "back_url": reverse("booking_settings"),
        "is_preview": True,
        "preview_words": _("Clients see this.")
        if booking.is_page_on
        else _("Clients see this once it is switched on."),
    }
    response = render(request, "meetings/booking/page.html", context)
    readers.remember(response, request)
    return response


def _said(has_new_name: bool, is_on: bool) -> str:
    if has_new_name and is_on:
        return _("Saved. The page has its new address; the old one does not work any more.")
    return _("Saved. Clients can book now.") if is_on else _("Saved. The page is switched off.")
