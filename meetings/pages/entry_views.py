"""The owner's buttons on what they did to a meeting's entry in their calendar. The rules are in meetings.entries."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meetings import reading, scheduling
from meetings.entries import deciding
from meetings.models import Meeting
from okey.owners.http import OwnerRequest


@require_POST
@login_required
def entry_follow(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    """The meeting goes where its entry went, or is cancelled as it was deleted; only while that is as the page said."""
    meeting = get_object_or_404(reading.meetings_of(request.user), pk=meeting_id)
    found = deciding.of(meeting)
    if found is None or found.problem or found.seen != request.POST.get("seen"):
        messages.info(request, _("That has changed meanwhile; nothing was done."))
        return redirect("meeting", meeting.pk)
    try:
        if found.is_gone:
            scheduling.cancel(owner=request.user, meeting_id=meeting.pk)
            messages.success(request, _("The meeting is cancelled."))
        elif (plan := _moved(meeting, found)) is not None:
            scheduling.reschedule(owner=request.user, meeting_id=meeting.pk, plan=plan)
            messages.success(request, _("The meeting is moved to where its entry is."))
    except scheduling.Conflict:
        messages.info(request, _("That has changed meanwhile; nothing was done."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("meeting", meeting.pk)


@require_POST
@login_required
def entry_put_back(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    meeting = get_object_or_404(reading.meetings_of(request.user), pk=meeting_id)
    if deciding.put_back(owner=request.user, meeting_id=meeting.pk):
        messages.success(request, _("The entry is put back into your calendar; that may take a minute."))
    return redirect("meeting", meeting.pk)


def _moved(meeting: Meeting, found: deciding.Found) -> scheduling.Plan | None:
    if found.starts_at is None or not found.minutes:
        return None
    return scheduling.Plan(
        title=meeting.title,
        starts_at=found.starts_at,
        minutes=found.minutes,
        agenda=meeting.agenda,
        provider=meeting.provider,
    )
