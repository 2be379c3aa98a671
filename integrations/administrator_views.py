"""Waiting for an administrator of the owner's organization, and the page to which that person comes back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from integrations import administrators, registry, words
from integrations.models import AuthorizationAttempt
from okey.owners.http import OwnerRequest


@login_required
@require_POST
def begin_waiting(request: OwnerRequest, attempt_id: Any) -> HttpResponse:
    """The vendor asked for an administrator, and sent nobody back."""
    one = get_object_or_404(AuthorizationAttempt, pk=attempt_id, owner=request.user)
    if not administrators.asks(one.provider):
        raise Http404
    if administrators.begin_waiting(one):
        one.refresh_from_db()
        said = words.of(one)
        messages.add_message(request, said.level, f"{said.title} {said.text}")
    return HttpResponseRedirect(reverse("settings") + f"#provider-{one.provider}")


@never_cache
@require_safe
def approved(request: HttpRequest, provider: str) -> HttpResponse:
    """For the administrator, who may have no account here. Says what happened; at most a note is left for the owner."""
    try:
        name = registry.service(provider).name
    except KeyError:
        raise Http404 from None
    if not administrators.asks(provider):
        raise Http404
    is_approved = request.GET.get("admin_consent", "").lower() == "true" and "error" not in request.GET
    try:
        administrators.came_back(provider, state=request.GET.get("state", ""), is_approved=is_approved)
    except administrators.UnknownState:
        said, status = words.unknown_administrator(), 400
    else:
        said, status = words.from_administrator(name, is_approved=is_approved), 200
    return render(request, "integrations/approved.html", {"said": said}, status=status)
