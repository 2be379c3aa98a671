"""The page on which an owner lets an assistant or an app act for them, or does not; and the button that ends it."""

from urllib.parse import urlsplit
from uuid import UUID

from csp.constants import SELF
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_mcpz.oauth.models import Client

from okey.api.models import Grant, Scope, host_of
from okey.api.oauth import asking, grants, refusals, signing_in
from okey.api.oauth.asking import Asked
from okey.owners.http import OwnerRequest

WHERE = "authorization"


class ConsentForm(forms.Form):
    """What the client asks for; the owner may allow less."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"),
        error_messages={"required": gettext_lazy("Choose what you allow, or choose “Don’t allow”.")},
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, asked: Asked, given: QueryDict | None) -> None:
        super().__init__(given, initial={"scopes": list(asked.scopes)})
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in asked.scopes]  # type: ignore[attr-defined]


class BackToClient(HttpResponseRedirect):
    """To an address that was checked; some lead to an app on the device."""

    def __init__(self, address: str) -> None:
        self.allowed_schemes = [urlsplit(address).scheme]
        super().__init__(address)


@never_cache
@require_http_methods(["GET", "POST"])
@signing_in.first
def authorize(request: OwnerRequest) -> HttpResponse:
    try:
        asked = asking.read(request, owner_id=str(request.user.pk))
    except asking.SentBack as back:
        refusals.note(back.refusal, WHERE)
        return _sent_back(request, back)
    except refusals.Untrusted as refusal:
        refusals.note(refusal, WHERE)
        return render(request, "api/oauth/refused.html", {"refusal": refusal}, status=refusal.status)
    if request.method == "POST" and request.POST.get("decision") != "allow":
        said = {"error": "access_denied", "error_description": "The owner did not allow it."}
        return BackToClient(asking.way_back(asked.redirect_uri, asked.state, **said))
    form = ConsentForm(asked, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            scopes = [Scope(value) for value in form.cleaned_data["scopes"]]
            code = grants.allow(owner=request.user, asked=asked, scopes=scopes)
        except grants.TooMany as too_many:
            form.add_error(None, str(too_many))
        else:
            return BackToClient(asking.way_back(asked.redirect_uri, asked.state, code=code))
    return _page(request, asked, form)


@require_POST
@login_required
def end_grant(request: OwnerRequest, grant_id: UUID) -> HttpResponse:
    try:
        grant = grants.end(owner=request.user, grant_id=grant_id)
    except Grant.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("“%(name)s” can’t act for you any more.") % {"name": grant.name})
    return redirect("api_tokens")


def _sent_back(request: OwnerRequest, back: asking.SentBack) -> HttpResponse:
    """By itself to a client that the owner has let in. Anybody can register an address, and a link to O-Key must not
    lead there: else the owner sees where it goes, and goes by a click (RFC 9700, 4.11.2).
    """
    if grants.are_known(owner=request.user, client=back.client, redirect_uri=back.redirect_uri):
        return BackToClient(back.way_back)
    context = {"refusal": back.refusal, "way_back": back.way_back, "host": host_of(back.redirect_uri)}
    return render(request, "api/oauth/refused.html", context, status=back.refusal.status)


def _page(request: OwnerRequest, asked: Asked, form: ConsentForm) -> HttpResponse:
    described_at = urlsplit(asked.client.client_id).netloc if asked.client.kind == Client.Kind.METADATA else ""
    context = {
        "form": form,
        "name": grants.name_of(asked),
        "host": host_of(asked.redirect_uri),
        "described_at": described_at,
        "unused_days": grants.REFRESH_LIVES.days,
    }
    response = render(request, "api/oauth/consent.html", context)
    # Browsers hold what a form leads to against this, and the last step of this one leads to the client.
    scheme = urlsplit(asked.redirect_uri).scheme
    response._csp_replace = {"form-action": [SELF, f"{scheme}:"]}  # type: ignore[attr-defined]
    return response
