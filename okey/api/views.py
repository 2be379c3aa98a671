"""The page of an owner's API tokens and grants. The rules are in okey.api.tokens and okey.api.oauth."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from okey.api import problems, tokens
from okey.api.forms import TokenForm
from okey.api.models import ApiToken, Grant
from okey.owners import shown_once
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately_to_post

#: By this name a new token's secret is shown once.
MADE = "api_token"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_lately_to_post
def api_tokens(request: OwnerRequest) -> HttpResponse:
    """The list, the form, and once, after a token was made, its secret."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _token, secret = tokens.make(
                owner=request.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            shown_once.keep(request, MADE, secret)
            return redirect("api_tokens")
    mine = ApiToken.objects.of(request.user).filter(revoked_at=None)
    secret = shown_once.take(request, MADE)
    context = {
        "form": form,
        "tokens": mine,
        "grants": Grant.objects.of(request.user).valid(),
        "mcp_url": f"{settings.OKEY_BASE_URL}{reverse('mcp')}",
        "made": next((one for one in mine if secret.startswith(one.prefix)), None),
        "secret": secret,
    }
    return render(request, "api/tokens.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke_token(request: OwnerRequest, token_id: UUID) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.of(request.user), pk=token_id)
    if request.method != "POST" and token.revoked_at is None:
        return render(request, "api/revoke.html", {"token": token})
    if request.method == "POST":
        tokens.revoke(owner=request.user, token_id=token_id)
        messages.success(request, _("Token “%(name)s” revoked.") % {"name": token.name})
    return redirect("api_tokens")


@require_safe
def api_problems(request: HttpRequest) -> HttpResponse:
    """What each code of a problem means: the address that `type` names."""
    return render(request, "api/problems.html", {"kinds": problems.KINDS})
