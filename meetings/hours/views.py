"""The page of an owner's meeting times. The rules are in meetings.hours.rules and meetings.hours.availability."""

import re
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meetings.hours import availability
from meetings.hours import rules as hours_rules
from meetings.hours.availability import Hours
from meetings.hours.forms import OverrideForm, RulesForm, WeekForm
from meetings.hours.words import stretches
from meetings.models import DateOverride
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

NEXT_FREE_SHOWN = 6
#: The parts of the page, each with a button of its own.
WEEK, RULES, DATES = "week", "rules", "dates"
DATE_RANGE = re.compile(r"hours-\d+-(?:starts|ends)")


@require_safe
@never_cache
@login_required
def meeting_times(request: OwnerRequest) -> HttpResponse:
    return _page(request)


@require_POST
@never_cache
@login_required
def weekly_hours(request: OwnerRequest) -> HttpResponse:
    """Saves the page; the buttons for one range more or fewer, and for other days alike, only show it so."""
    shown = WeekForm.after_button(request.POST)
    if shown is None:
        return _save(request, WEEK)
    typed, (week, day) = _Typed.of(request), shown
    return _page(request, week=week, rules=typed.rules, dates=typed.dates, changed_day=day)


@require_POST
@never_cache
@login_required
def meeting_rules(request: OwnerRequest) -> HttpResponse:
    return _save(request, RULES)


@require_POST
@never_cache
@login_required
def date_overrides(request: OwnerRequest) -> HttpResponse:
    return _save(request, DATES)


@require_POST
@never_cache
@login_required
def date_overrides_forget(request: OwnerRequest) -> HttpResponse:
    """One stretch of them, which a button of the page names; what is typed beside it is kept, and not saved."""
    first_last = request.POST.get("forget", "").split("/") if "forget" in request.POST else None
    try:
        given = first_last or [request.POST.get(name, "") for name in ("first", "last")]
        first, last = (date.fromisoformat(text) for text in given)
    except ValueError:
        raise Http404 from None
    hours_rules.forget_overrides(owner=request.user, first=first, last=last)
    messages.success(request, _("Your weekly hours apply to these dates again."))
    if first_last is None:
        return redirect("meeting_times")
    typed = _Typed.of(request)
    week = WeekForm({}, request.POST).edited() if typed.week else None
    return _page(request, week=week, rules=typed.rules, dates=typed.dates)


@dataclass(frozen=True)
class _Typed:
    """The parts of the page that were sent: all of them, whichever button it was."""

    week: WeekForm | None
    rules: RulesForm | None
    dates: OverrideForm | None

    @classmethod
    def of(cls, request: OwnerRequest, asked: str = "") -> "_Typed":
        """`asked`: the part whose button it was; dates that nobody typed are none."""
        data = request.POST
        dates = [str(data[name]) for name in data if name in {"first", "last"} or DATE_RANGE.fullmatch(name)]
        has_rules = asked == RULES or "horizon_days" in data
        return cls(
            WeekForm({}, data) if asked == WEEK or "day0-TOTAL_FORMS" in data else None,
            RulesForm(data, instance=availability.settings_of(request.user)) if has_rules else None,
            OverrideForm(data) if asked == DATES or any(value.strip() for value in dates) else None,
        )

    def are_valid(self) -> bool:
        """All are looked at, so that all that is wrong is said at once."""
        valid = [one.is_valid() for one in (self.week, self.rules, self.dates) if one is not None]
        return all(valid)


def _save(request: OwnerRequest, asked: str) -> HttpResponse:
    """The whole page, so that nothing that was typed is lost: all of it, or nothing where something is wrong."""
    typed = _Typed.of(request, asked)
    if not typed.are_valid():
        return _page(request, week=typed.week, rules=typed.rules, dates=typed.dates)
    try:
        with transaction.atomic():
            saved = _store(request.user, typed, asked)
    except ValidationError as error:
        if typed.dates is None:
            raise
        typed.dates.refuse(error)
        return _page(request, week=typed.week, rules=typed.rules, dates=typed.dates)
    for words in saved:
        messages.success(request, words)
    return redirect("meeting_times")


def _store(owner: Owner, typed: _Typed, asked: str) -> list[str]:
    """What was saved, in words: the part whose button was pressed, and whatever differs from what stands."""
    saved = []
    if typed.dates is not None:
        first = typed.dates.cleaned_data["first"]
        last = typed.dates.cleaned_data["last"] or first
        hours_rules.override_dates(owner=owner, first=first, last=last, ranges=typed.dates.ranges.ranges)
        saved.append(_("These dates are saved."))
    settings = availability.settings_of(owner)
    if typed.week and (asked == WEEK or typed.week.weekly != _sorted(availability.weekly_hours_of(owner, settings))):
        hours_rules.set_weekly_hours(owner=owner, weekly=typed.week.weekly)
        saved.append(_("Your weekly hours are saved."))
    rules = typed.rules.cleaned_data if typed.rules else {}
    if typed.rules and (asked == RULES or any(getattr(settings, name) != value for name, value in rules.items())):
        hours_rules.change_rules(owner=owner, **rules)
        saved.append(_("Your rules for meetings are saved."))
    return saved


def _sorted(weekly: dict[int, list[Hours]]) -> dict[int, list[Hours]]:
    return {weekday: sorted(ranges) for weekday, ranges in weekly.items()}


def _page(
    request: OwnerRequest,
    *,
    week: WeekForm | None = None,
    rules: RulesForm | None = None,
    dates: OverrideForm | None = None,
    changed_day: str = "",
) -> HttpResponse:
    """Each part as it was typed, where it is given; else as it is saved."""
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
