"""An owner's buttons on a client's invitation. The rules are in meetings.invitations.inviting."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from meetings import guests
from meetings.invitations import inviting
from meetings.models import Invitation
from okey.limits import limits
from okey.owners.http import OwnerRequest
from okey.owners.models import Owner

#: Mails that an owner sends by hand about one meeting.
SEND_LIMIT, SEND_SECONDS = 5, 3600


@require_POST
@login_required
def invitation_send(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    invitation = _mine(request.user, meeting_id)
    if limits.hit("send invitation", str(invitation.pk), limit=SEND_LIMIT, seconds=SEND_SECONDS).allowed:
        sent = inviting.send_again(owner=request.user, invitation_id=invitation.pk)
        messages.success(request, _("The invitation goes to %(email)s.") % {"email": sent.email})
    else:
        messages.warning(request, _("This invitation was sent several times within the hour. Try again later."))
    return redirect("meeting", meeting_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitation_close(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    """Close the client's page; with `renew` at once with a new address."""
    invitation = _mine(request.user, meeting_id)
    if request.method != "POST":
        return render(
            request, "meetings/pages/close_page.html", {"invitation": invitation, "meeting": invitation.meeting}
        )
    if "renew" in request.POST:
        return _renew(request, invitation)
    inviting.revoke(owner=request.user, invitation_id=invitation.pk)
    messages.success(request, _("The client’s page is closed."))
    return redirect("meeting", meeting_id)


@require_POST
@login_required
def invitation_renew(request: OwnerRequest, meeting_id: UUID) -> HttpResponse:
    return _renew(request, _mine(request.user, meeting_id))


@require_POST
@login_required
def guest_remove(request: OwnerRequest, meeting_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Twice is once; who has declined meanwhile is gone already."""
    mine = Invitation.objects.filter(meeting__owner=request.user, meeting=meeting_id, is_guest=True)
    get_object_or_404(mine, pk=invitation_id)
    removed = guests.remove(owner=request.user, invitation_id=invitation_id)
    messages.success(request, _("%(email)s is no guest any more, and hears of it.") % {"email": removed.email})
    return redirect("meeting", meeting_id)


def _renew(request: OwnerRequest, invitation: Invitation) -> HttpResponse:
    renewed = inviting.renew(owner=request.user, invitation_id=invitation.pk)
    if renewed.is_mailed:
        words = _("The page has a new address; it goes to %(email)s.") % {"email": renewed.email}
    else:
        words = _("The page has a new address. Send it to your contact.")
    messages.success(request, words)
    return redirect("meeting", invitation.meeting_id)


def _mine(owner: Owner, meeting_id: UUID) -> Invitation:
    """The invitation of the contact of the signed-in owner's meeting; anybody else's is not found."""
    mine = Invitation.objects.filter(meeting__owner=owner, contact=F("meeting__contact"))
    return get_object_or_404(mine.select_related("meeting__contact"), meeting=meeting_id)
