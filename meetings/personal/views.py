"""The pages about personal data. The rules are in erasing, exporting and stored."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meetings.models import Meeting
from meetings.personal import closing, erasing, exporting, stored
from meetings.personal.forms import CloseForm
from okey.contacts.models import Contact
from okey.limits import limits
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately

EXPORTS_AN_HOUR = 6


@require_http_methods(["GET", "POST"])
@signed_in_lately
def contact_erase(request: OwnerRequest, contact_id: UUID) -> HttpResponse:
    """What goes, and the end of it."""
    contact = get_object_or_404(Contact.objects.of(request.user), pk=contact_id)
    if request.method == "POST":
        try:
            erasing.erase(contact=contact)
        except erasing.HasUpcomingMeetings:
            messages.error(request, _("Cancel the meetings that are still to come first: so the client hears of it."))
        except erasing.StillTelling:
            messages.error(request, _("A cancellation is still on its way. Try again in a minute."))
        else:
            messages.success(request, _("Erased. O-Key knows nothing of this person any more."))
            return redirect("contacts")
    meetings = Meeting.objects.filter(owner=request.user, contact=contact).count()
    return render(request, "meetings/personal/erase.html", {"contact": contact, "meetings": meetings})


@require_safe
@login_required
def data(request: OwnerRequest) -> HttpResponse:
    return render(request, "meetings/personal/data.html")


@require_POST
@signed_in_lately
def export(request: OwnerRequest) -> HttpResponseBase:
    """All that O-Key holds of the owner, as a file."""
    verdict = limits.hit("export", str(request.user.pk), limit=EXPORTS_AN_HOUR, seconds=3600)
    if not verdict.allowed:
        refusal = render(request, "429.html", status=429)
        refusal["Retry-After"] = str(verdict.retry_seconds)
        return refusal
    name = f"o-key-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(exporting.exported(request.user), as_attachment=True, filename=name)


@require_http_methods(["GET", "POST"])
@signed_in_lately
def account_close(request: OwnerRequest) -> HttpResponse:
    """What happens, and the end of it: the owner types their address."""
    owner = request.user
    form = CloseForm(request.POST or None, wanted=owner.email)
    if request.method == "POST" and form.is_valid():
        try:
            closed = closing.close(owner=owner)
        except closing.LastAdministrator:
            form.add_error(None, _("You are the only administrator here. Make somebody else one first."))
        else:
            logout(request)
            return render(request, "meetings/personal/closed.html", {"deleted_at": closed.deleted_at})
    context = {
        "form": form,
        "days": settings.OKEY_CLOSED_ACCOUNT_DAYS,
        "meetings": Meeting.objects.filter(owner=owner, cancelled_at=None, starts_at__gt=timezone.now()).count(),
    }
    return render(request, "meetings/personal/close.html", context)


@require_safe
def stored_data(request: HttpRequest) -> HttpResponse:
    """What is stored and why, for everybody."""
    return render(request, "meetings/personal/stored.html", {"tables": stored.shown()})
