"""The page of an owner's API tokens and grants. The rules are in okey.api.tokens and okey.api.oauth."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okey.api import problems, tokens
from okey.api.forms import TokenForm
from okey.api.models import ApiToken, Grant
from okey.owners.http import OwnerRequest
from okey.owners.signed_in_lately import signed_in_lately_to_post


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in_lately_to_post
def api_tokens(request: OwnerRequest) -> HttpResponse:
    """The list, the form, and once, right after it was made, a token's secret."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            token, secret = tokens.make(
                owner=request.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            # Not by way of a redirect: the secret would have to be kept somewhere in between.
            return _page(request, TokenForm(), made=token, secret=secret)
    return _page(request, form)


@require_POST
@login_required
def revoke_token(request: OwnerRequest, token_id: UUID) -> HttpResponse:
    try:
        token = tokens.revoke(owner=request.user, token_id=token_id)
    except ApiToken.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("“%(name)s” does not work any more.") % {"name": token.name})
    return redirect("api_tokens")


@require_safe
def api_problems(request: HttpRequest) -> HttpResponse:
    """What each code of a problem means: the address that `type` names."""
    return render(request, "api/problems.html", {"kinds": problems.KINDS})


def _page(request: OwnerRequest, form: TokenForm, *, made: ApiToken | None = None, secret: str = "") -> HttpResponse:
    mine = ApiToken.objects.of(request.user).filter(revoked_at=None)
    allowed = Grant.objects.of(request.user).valid()
    mcp_url = f"{settings.OKEY_BASE_URL}{reverse('mcp')}"
    context = {"form": form, "tokens": mine, "grants": allowed, "mcp_url": mcp_url, "made": made, "secret": secret}
    return render(request, "api/tokens.html", context)
