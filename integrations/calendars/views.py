"""The pages of an owner's calendars. The rules are in integrations.calendars.choosing."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from integrations.calendars import choosing
from integrations.calendars.forms import AddressForm, CalendarForm, ReplaceForm
from integrations.calendars.models import Calendar, CalendarAccount
from okey.owners.http import OwnerRequest

EDIT = "integrations/calendars/edit.html"


@require_http_methods(["GET", "POST"])
@login_required
def calendar_list(request: OwnerRequest) -> HttpResponse:
    """What there is, how each is doing, and the form for a new one."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            choosing.add_address(owner=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Added. O-Key reads it now; that may take a minute."))
            return redirect("calendars")
    calendars = Calendar.objects.filter(owner=request.user).defer("secret")
    servers = CalendarAccount.objects.filter(owner=request.user).defer("password")
    shown = {"form": form, "calendars": calendars, "servers": servers}
    return render(request, "integrations/calendars/list.html", shown)


@require_http_methods(["GET", "POST"])
@login_required
def calendar_edit(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    """How it counts, another address for it, and taking it away."""
    calendar = get_object_or_404(Calendar.objects.defer("secret"), pk=calendar_id, owner=request.user)
    form = CalendarForm(request.POST if request.method == "POST" else None, initial=_choices(calendar))
    if form.is_valid():
        choosing.change(owner=request.user, calendar_id=calendar_id, **form.cleaned_data)
        messages.success(request, _("Saved. O-Key reads the calendar anew; that may take a minute."))
        return redirect("calendars")
    return render(request, EDIT, {"form": form, "address_form": ReplaceForm(), "calendar": calendar})


@require_POST
@login_required
def calendar_replace(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    """Another address for it; all else stays."""
    with_address = Calendar.objects.filter(account=None).defer("secret")
    calendar = get_object_or_404(with_address, pk=calendar_id, owner=request.user)
    form = ReplaceForm(request.POST)
    if form.is_valid():
        try:
            choosing.replace_address(owner=request.user, calendar_id=calendar_id, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Replaced. O-Key reads the new address now; that may take a minute."))
            return redirect("calendars")
    context = {"form": CalendarForm(initial=_choices(calendar)), "address_form": form, "calendar": calendar}
    return render(request, EDIT, context)


def _choices(calendar: Calendar) -> dict[str, str]:
    return {name: getattr(calendar, name) for name in CalendarForm.base_fields}


@require_POST
@login_required
def calendar_again(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    get_object_or_404(Calendar, pk=calendar_id, owner=request.user)
    try:
        choosing.try_again(owner=request.user, calendar_id=calendar_id)
    except choosing.TooOften:
        messages.warning(request, _("O-Key has tried often in the last hour. It goes on trying by itself."))
    else:
        messages.success(request, _("O-Key tries again now. Look again in a minute."))
    return redirect("calendars")


@require_POST
@login_required
def calendar_remove(request: OwnerRequest, calendar_id: UUID) -> HttpResponse:
    get_object_or_404(Calendar, pk=calendar_id, owner=request.user)
    choosing.remove(owner=request.user, calendar_id=calendar_id)
    messages.success(request, _("Removed. What stands in that calendar takes no times any more."))
    return redirect("calendars")
