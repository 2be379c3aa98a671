"""The page of an owner's week. What is in it, is in meetings.week.weeks."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meetings.week import weeks
from okey.owners.http import OwnerRequest

#: Further away nobody schedules, and calendars end.
YEARS = range(2000, 2200)


@require_safe
@never_cache
@login_required
def week(request: OwnerRequest) -> HttpResponse:
    """The week of `day`, today's without."""
    chosen = _day(request.GET.get("day", "")) or timezone.localdate(timezone=request.user.timezone)
    return render(request, "meetings/week/page.html", {"week": weeks.week_of(request.user, chosen)})


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
