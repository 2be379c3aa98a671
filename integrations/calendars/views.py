"""The pages of an owner's calendars. The rules are in integrations.calendars.choosing."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from integrations.calendars import choosing
from integrations.calendars.forms import AddressForm, CalendarForm, EntriesForm
from integrations.calendars.models import Calendar, CalendarAccount
from okey.owners.http import OwnerRequest


@require_http_methods(["GET", "POST"])
@login_required
def calendar_list(request: OwnerRequest) -> HttpResponse:
    """What there is, how each is doing, and the form for a new one."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            choosing.add_address(owner=request.user, **form.cleaned_data)
        except ValidationError as error:
            for name, words in error.message_dict.items():
                form.add_error(name, words)
        else:
            messages.success(request, _("Added. O-Key reads it now; that may take a minute."))
            return redirect("calendars")
    calendars = Calendar.objects.filter(owner=request.user).defer("secret")
    servers = CalendarAccount.objects.filter(owner=request.user).defer("password")
    can_write = any(one.can_write for one in calendars)
    entries = EntriesForm(calendars) if can_write else None
    shown = {"form": form, "calendars": calendars, "servers": servers, "entries": entries}
    return render(request, "integrations/calendars/list.html", shown)


@require_POST
@login_required
def calendar_entries(request: OwnerRequest) -> HttpResponse:
    """Which calendar O-Key's meetings are entered in: one, or none."""
    form = EntriesForm(Calendar.objects.filter(owner=request.user).defer("secret"), request.POST)
    if not form.is_valid():
        raise Http404  # another's, or one that was taken away meanwhile
    chosen = form.cleaned_data["calendar"]
    choosing.enter_meetings_in(owner=request.user, calendar_id=chosen or None)
    said = _("Saved. Your coming meetings are entered there now; that may take a minute.")
    messages.success(request, said if chosen else _("Saved. Your meetings are entered in no calendar."))
    return redirect("calendars")


@require_http_methods(["GET", "POST"])
@login_required
def calendar_edit(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    """How it counts, and taking it away."""
    calendar = get_object_or_404(Calendar.objects.defer("secret"), pk=calendar_id, owner=request.user)
    shown = {name: getattr(calendar, name) for name in ("name", "all_day", "tentative", "addresses")}
    form = CalendarForm(request.POST if request.method == "POST" else None, initial=shown)
    if form.is_valid():
        choosing.change(owner=request.user, calendar_id=calendar_id, **form.cleaned_data)
        messages.success(request, _("Saved. O-Key reads the calendar anew; that may take a minute."))
        return redirect("calendars")
    return render(request, "integrations/calendars/edit.html", {"form": form, "calendar": calendar})


@require_POST
@login_required
def calendar_again(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    get_object_or_404(Calendar, pk=calendar_id, owner=request.user)
    choosing.try_again(owner=request.user, calendar_id=calendar_id)
    messages.success(request, _("O-Key tries again now. Look again in a minute."))
    return redirect("calendars")


@require_POST
@login_required
def calendar_remove(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    get_object_or_404(Calendar, pk=calendar_id, owner=request.user)
    choosing.remove(owner=request.user, calendar_id=calendar_id)
    messages.success(request, _("Removed. What stands in that calendar takes no times any more."))
    return redirect("calendars")
