"""What an owner is told who wants to change a meeting that cannot be changed any more."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from meetings.models import Meeting
from okey.owners.http import OwnerRequest


def too_late(request: OwnerRequest, meeting: Meeting) -> HttpResponse:
    is_cancelled = Meeting.objects.filter(pk=meeting.pk, cancelled_at__isnull=False).exists()
    words = _("This meeting was cancelled; nothing was changed.") if is_cancelled else ""
    messages.warning(request, words or _("This meeting is over or needs no link; nothing was changed."))
    return redirect("meeting", meeting.pk)
