"""The page after sign-in. What it lists is bounded, so it costs the same however much an owner has."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meetings import reading
from meetings.home import attention, first_steps
from meetings.watching import deciding as watching
from okey.owners.http import OwnerRequest

#: Coming meetings.
SHOWN = 5


@require_safe
@login_required
def home(request: OwnerRequest) -> HttpResponse:
    owner = request.user
    coming = list(reading.upcoming(reading.meetings_of(owner))[: SHOWN + 1])
    rows = reading.rows(coming[:SHOWN], owner)
    context = {
        "next": rows[0] if rows else None,
        "rows": rows[1:],
        "has_more": len(coming) > SHOWN,
        "on": watching.goes_on(coming[:1]),
        "attention": attention.of(owner),
        "steps": first_steps.of(owner),
    }
    return render(request, "meetings/home/home.html", context)
