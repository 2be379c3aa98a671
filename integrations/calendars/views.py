"""The pages of an owner's calendars. The rules are in integrations.calendars.choosing."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from integrations import connections, registry
from integrations.calendars import choosing, granted
from integrations.calendars.base import CannotRead
from integrations.calendars.forms import AddressForm, CalendarForm, ChoosingForm, EntriesForm, ReplaceForm
from integrations.calendars.models import Calendar, CalendarAccount
from integrations.calendars.signed_in import SignedIn
from integrations.models import Connection
from integrations.views import connect
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner
from okey.owners.signed_in_lately import signed_in_lately

#: Somebody waits for the page.
LIST_SECONDS = 8.0

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
    calendars = _own(request.user).select_related("connection__account")
    servers = CalendarAccount.objects.filter(owner=request.user).defer("password")
    entries = EntriesForm(calendars) if any(one.can_write for one in calendars) else None
    entered = next((one for one in calendars if one.takes_meetings), None)
    to_allow = registry.calendars(entered.source) if entered and granted.must_be_allowed(entered) else None
    context = {"form": form, "calendars": calendars, "servers": servers, "entries": entries, "to_allow": to_allow}
    return render(request, "integrations/calendars/list.html", context | {"services": _services(request.user)})


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def chosen(request: OwnerRequest, service: str) -> HttpResponse:
    """Which calendars of a connected account count. They are asked for there and then."""
    connection = _held(request.user, service)
    try:
        listed = granted.listed(connection, seconds=LIST_SECONDS)
    except CannotRead as error:
        why = Calendar.Trouble(error.why).label
        context = {"connection": connection, "name": registry.calendars(service).name, "why": why}
        return render(request, "integrations/calendars/choose.html", context, status=503)
    form = ChoosingForm(
        request.POST if request.method == "POST" else None,
        choices=[(one.id, one.name) for one in listed],
        initial={"calendars": list(connection.calendars.values_list("external_id", flat=True))},
    )
    if form.is_valid():
        picked = form.cleaned_data["calendars"]
        try:
            choosing.choose(owner=request.user, connection=connection, listed=listed, chosen=picked)
        except ValidationError as error:
            form.add_error("calendars", error)
        else:
            messages.success(request, _("Saved. O-Key reads what is new; that may take a minute."))
            return redirect("calendars")
    context = {"connection": connection, "name": registry.calendars(service).name, "form": form}
    return render(request, "integrations/calendars/choose.html", context, status=400 if form.errors else 200)


@require_POST
@signed_in_lately
def disconnect(request: OwnerRequest, service: str) -> HttpResponse:
    _held(request.user, service)
    name = registry.calendars(service).name
    try:
        choosing.disconnect(owner=request.user, service=service)
    except connections.TryAgain:
        messages.warning(request, _("That did not work just now, and nothing was changed. Please try again."))
    else:
        said = _("%(name)s is disconnected. What stands in it takes no times any more.")
        messages.success(request, said % {"name": name})
    return redirect("calendars")


def _held(owner: Owner, service: str) -> Connection:
    held = connections.held(owner, service) if service in registry.CALENDARS else None
    if held is None:
        raise Http404
    return held


def _services(owner: Owner) -> list[tuple[SignedIn, Connection | None, bool]]:
    """What owners can sign in to here, with this owner's connection and whether it works."""
    known = [registry.calendars(slug) for slug in registry.CALENDARS]
    held = {one.slug: connections.held(owner, one.slug) for one in known}
    shown = [one for one in known if held[one.slug] or registry.is_configured(one)]
    return [(one, mine, bool(mine and connections.can_make_links(mine))) for one in shown for mine in [held[one.slug]]]


@require_POST
@login_required
def calendar_entries(request: OwnerRequest) -> HttpResponse:
    """Which calendar O-Key's meetings are entered in: one, or none."""
    form = EntriesForm(Calendar.objects.filter(owner=request.user).defer("secret"), request.POST)
    if not form.is_valid():
        raise Http404  # another's, or one that was taken away meanwhile
    chosen = choosing.enter_meetings_in(owner=request.user, calendar_id=form.cleaned_data["calendar"] or None)
    if chosen is None:
        messages.success(request, _("Saved. Your meetings are entered in no calendar."))
    elif granted.must_be_allowed(chosen):
        said = _("Saved. One more step: let O-Key enter your meetings in %(name)s.")
        messages.info(request, said % {"name": registry.calendars(chosen.source).name})
        return connect(request, chosen.source)
    else:
        messages.success(request, _("Saved. Your coming meetings are entered there now; that may take a minute."))
    return redirect("calendars")


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
    with_address = _own(request.user).filter(account=None, connection=None)
    calendar = get_object_or_404(with_address, pk=calendar_id)
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


def _own(owner: Owner) -> "QuerySet[Calendar]":
    return Calendar.objects.filter(owner=owner).defer("secret")


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
