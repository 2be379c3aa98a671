"""The pages that an invitation's token opens. Nobody signs in here."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meetings.models import Invitation


@require_safe
def client_meeting(request: HttpRequest, token: str) -> HttpResponse:
    """The client's page of one meeting."""
    invitation = _opened(token)
    return render(request, "meetings/client/meeting.html", {"invitation": invitation, "meeting": invitation.meeting})


def _opened(token: str) -> Invitation:
    """The invitation with this token; a wrong one and a revoked one are not found."""
    found = Invitation.objects.filter(token=token.replace("\0", ""), revoked_at=None)
    invitation = found.select_related("meeting__owner", "meeting__link_job", "contact").first()
    if invitation is None:
        raise Http404
    return invitation
