"""A series of meetings: all of it on one page. The rules are in meetings.series."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from meetings import reading
from meetings.models import Meeting, Series
from okey.owners.http import OwnerRequest


@dataclass(frozen=True)
class Place:
    """Where a meeting stands in its series: the so-many-th of so many, by the time when they start."""

    series: Series
    number: int
    count: int

    @property
    def words(self) -> str:
        return every_words(self.series)


def place_in(meeting: Meeting) -> Place | None:
    """None where it was scheduled alone."""
    if meeting.series is None:
        return None
    others = list(meeting.series.meetings.order_by("starts_at", "pk").values_list("pk", flat=True))
    return Place(meeting.series, others.index(meeting.pk) + 1, len(others))


def every_words(series: Series) -> str:
    words = ngettext("Every week", "Every %(count)d weeks", series.every_weeks)
    return words % {"count": series.every_weeks}


@require_safe
@login_required
def series_page(request: OwnerRequest, series_id: UUID) -> HttpResponse:
    series = get_object_or_404(Series, pk=series_id, owner=request.user)
    found = list(reading.meetings_of(request.user).filter(series=series))
    coming = [one for one in found if not one.is_cancelled and not one.is_over]
    context = {
        "series": series,
        "every": every_words(series),
        "rows": reading.rows(found, request.user),
        "first": found[0] if found else None,
        "next": coming[0] if coming else None,
        "coming": len(coming),
    }
    return render(request, "meetings/pages/series.html", context)
