"""The page of an owner's meeting times. The rules are in meetings.hours.rules and meetings.hours.availability."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meetings.hours import availability
from meetings.hours import rules as hours_rules
from meetings.hours.forms import OverrideForm, RulesForm, WeekForm
from meetings.hours.words import stretches
from meetings.models import DateOverride
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

NEXT_FREE_SHOWN = 6


@require_safe
@never_cache
@login_required
def meeting_times(request: OwnerRequest) -> HttpResponse:
    return _page(request)


@require_POST
@never_cache
@login_required
def weekly_hours(request: OwnerRequest) -> HttpResponse:
    """Saves the week; the buttons for one range more or fewer only show it so."""
    week = WeekForm({}, request.POST)
    more, less = request.POST.get("more", ""), request.POST.get("less", "")
    if more or less:
        return _page(request, week=week.edited(more=more, less=less), changed_day=(more or less)[:1])
    if not week.is_valid():
        return _page(request, week=week)
    hours_rules.set_weekly_hours(owner=request.user, weekly=week.weekly)
    messages.success(request, _("Your weekly hours are saved."))
    return redirect("meeting_times")


@require_POST
@never_cache
@login_required
def meeting_rules(request: OwnerRequest) -> HttpResponse:
    form = RulesForm(request.POST, instance=availability.settings_of(request.user))
    if not form.is_valid():
        return _page(request, rules=form)
    hours_rules.change_rules(owner=request.user, **form.cleaned_data)
    messages.success(request, _("Your rules for meetings are saved."))
    return redirect("meeting_times")


@require_POST
@never_cache
@login_required
def date_overrides(request: OwnerRequest) -> HttpResponse:
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return _page(request, dates=form)
    first = form.cleaned_data["first"]
    try:
        hours_rules.override_dates(
            owner=request.user, first=first, last=form.cleaned_data["last"] or first, ranges=form.ranges.ranges
        )
    except ValidationError as error:
        form.refuse(error)
        return _page(request, dates=form)
    messages.success(request, _("These dates are saved."))
    return redirect("meeting_times")


@require_POST
@never_cache
@login_required
def date_overrides_forget(request: OwnerRequest) -> HttpResponse:
    try:
        first, last = (date.fromisoformat(request.POST.get(name, "")) for name in ("first", "last"))
    except ValueError:
        raise Http404 from None
    hours_rules.forget_overrides(owner=request.user, first=first, last=last)
    messages.success(request, _("Your weekly hours hold on these dates again."))
    return redirect("meeting_times")


def _page(
    request: OwnerRequest,
    *,
    week: WeekForm | None = None,
    rules: RulesForm | None = None,
    dates: OverrideForm | None = None,
    changed_day: str = "",
) -> HttpResponse:
    """With the form that has something to ask, or as it is saved."""
    owner: Owner = request.user
    settings = availability.settings_of(owner)
    today = timezone.localdate(timezone=owner.timezone)
    context = {
        "week": week or WeekForm(availability.weekly_hours_of(owner, settings)),
        "changed_day": changed_day,
        "rules": rules or RulesForm(instance=settings),
        "dates": dates or OverrideForm(),
        "stretches": stretches(DateOverride.objects.filter(owner=owner, date__gte=today)),
        "next_free": availability.next_free(owner, after=timezone.now(), limit=NEXT_FREE_SHOWN),
        "settings": settings,
        "zone": str(owner.timezone).replace("_", " "),
    }
    return render(request, "meetings/hours/page.html", context)
