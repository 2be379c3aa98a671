"""Sign-in and security: an owner's address, password, second factor, and the browsers that are signed in."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from okey.owners import second_factor, sessions
from okey.owners.http import OwnerRequest


@never_cache
@require_safe
@login_required
def security(request: OwnerRequest) -> HttpResponse:
    owner = request.user
    context = {
        "factors": second_factor.of(owner),
        "has_passkeys": settings.HAS_PASSKEYS,
        "is_required": settings.OKEY_SECOND_FACTOR_REQUIRED and not second_factor.has_one(owner),
        "new_email": EmailAddress.objects.get_new(owner),
        "sessions": sessions.of(request),
    }
    return render(request, "settings/security.html", context)


@require_POST
@login_required
def end_session(request: OwnerRequest, session_id: int) -> HttpResponse:
    """Of one browser. The owner's own included: they are signed out."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    sessions.end(session)
    messages.success(request, _("That browser is signed out."))
    return redirect("security")


@require_POST
@login_required
def end_other_sessions(request: OwnerRequest) -> HttpResponse:
    for session in UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key):
        sessions.end(session)
    messages.success(request, _("All other browsers are signed out."))
    return redirect("security")
