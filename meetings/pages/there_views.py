"""The owner's buttons on a meeting that was changed at its provider. The rules are in meetings.watching.deciding."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meetings import reading, scheduling
from meetings.watching import deciding
from okey.owners.http import OwnerRequest


@require_POST
@login_required
def there_follow(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    """The meeting becomes what it is at its provider; only while that is as the page said."""
    meeting = get_object_or_404(reading.meetings_of(request.user), pk=meeting_id)
    try:
        deciding.follow(owner=request.user, meeting_id=meeting.pk, seen=request.POST.get("seen", ""))
        messages.success(request, _("The meeting is changed, as it is there. Your client is told."))
    except (deciding.Changed, scheduling.Conflict):
        messages.info(request, _("That has changed meanwhile; nothing was done."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("meeting", meeting.pk)


@require_POST
@login_required
def there_keep(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    """The meeting stays as O-Key has it."""
    meeting = get_object_or_404(reading.meetings_of(request.user), pk=meeting_id)
    try:
        is_told = deciding.put_back(owner=request.user, meeting_id=meeting.pk, seen=request.POST.get("seen", ""))
    except deciding.Changed:
        messages.info(request, _("That has changed meanwhile; nothing was done."))
    else:
        done = _("It is put back there; that may take a minute.") if is_told else _("The meeting stays as it is here.")
        messages.success(request, done)
    return redirect("meeting", meeting.pk)
