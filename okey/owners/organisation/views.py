"""Signing in by the organisation: the way there, the way back, and the pages where it does not lead in."""

import logging
import time
from dataclasses import asdict
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url, perform_login
from allauth.socialaccount.internal import statekit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from okey.limits import limits
from okey.limits.limits import address_of
from okey.owners.http import OwnerRequest
from okey.owners.organisation import Organisation, entrance, protocol, set_up, words
from okey.owners.organisation.entrance import NotLetIn
from okey.owners.organisation.protocol import Person, Problem, Provider, Trouble, Walk
from okey.owners.organisation.words import Walked
from okey.owners.signed_in_lately import signed_in_lately
from okey.sign_in_settings import PASSWORD_HOLDS_SECONDS

logger = logging.getLogger(__name__)
#: Each begins with a call to the provider, whoever asks.
FROM_A_NETWORK, SECONDS = 30, 600


class Purpose(StrEnum):
    SIGN_IN = "sign in"
    AGAIN = "again"
    CONNECT = "connect"


@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """For everybody."""
    return _go(request, Purpose.SIGN_IN)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def again(request: OwnerRequest) -> HttpResponse:
    """In place of a password: who has none, or likes this better."""
    if not entrance.is_joined(request.user):
        raise Http404
    if request.method == "POST":
        return _go(request, Purpose.AGAIN)
    others = [one for one in get_adapter().get_reauthentication_methods(request.user) if one["id"] != "organisation"]
    context = {
        "next": get_next_redirect_url(request) or "",
        "reauthentication_alternatives": [
            {**one, "url": passthrough_next_redirect_url(request, one["url"], "next")} for one in others
        ],
    }
    return render(request, "account/organisation/again.html", context)


@never_cache
@require_POST
@signed_in_lately
def connect(request: OwnerRequest) -> HttpResponse:
    return _go(request, Purpose.CONNECT)


@require_POST
@signed_in_lately
def disconnect(request: OwnerRequest) -> HttpResponse:
    """Not the only way in."""
    if set_up() is None:
        raise Http404
    if not request.user.has_usable_password():
        messages.error(request, _("Set a password first: else nothing would let you in."))
    elif entrance.part(request.user):
        messages.success(request, _("Disconnected. You sign in with your password now."))
    return redirect("security")


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider leads the browser. What was begun is spent before anything is looked at."""
    organisation = _organisation()
    kept = statekit.unstash_state(request, provider_id=organisation.issuer, state_id=request.GET.get("state", ""))
    if kept is None or kept["owner"] != _owner_id(request, Purpose(kept["purpose"])):
        return _refused(request, organisation, Walked.LOST)
    provider, walk = Provider(**kept["provider"]), Walk(**kept["walk"])
    try:
        if request.GET.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
            raise Trouble(Problem.NOT_BELIEVED, "another issuer")
        code = request.GET.get("code", "")
        if "error" in request.GET or not code:
            return _refused(request, organisation, Walked.CANCELLED)
        person = protocol.person_behind(provider, organisation, walk, code=code, back=back_url())
        return _ENDS[Purpose(kept["purpose"])](request, organisation, person, kept["next"])
    except Trouble as trouble:
        logger.warning("Signing in by the organisation failed: %s (%s).", trouble.problem, trouble.detail)
        return _refused(request, organisation, trouble.problem)
    except NotLetIn as refusal:
        logger.warning("Somebody of the organisation was not let in: %s.", refusal.why)
        return _refused(request, organisation, refusal.why)


def back_url() -> str:
    """To paste into the provider's client."""
    return settings.OKEY_BASE_URL + reverse("organisation_back")


def _go(request: HttpRequest, purpose: Purpose) -> HttpResponse:
    organisation = _organisation()
    network = address_of(request)
    if not limits.hit("organisation", network, limit=FROM_A_NETWORK, seconds=SECONDS).allowed:
        return _refused(request, organisation, Walked.TOO_OFTEN)
    try:
        provider = protocol.find(organisation)
    except Trouble as trouble:
        logger.warning("The organisation cannot be asked: %s (%s).", trouble.problem, trouble.detail)
        return _refused(request, organisation, trouble.problem)
    walk = Walk.new(is_again=purpose is Purpose.AGAIN)
    kept = {
        "purpose": purpose.value,
        "owner": _owner_id(request, purpose),
        "next": get_next_redirect_url(request) or "",
        "provider": asdict(provider),
        "walk": asdict(walk),
    }
    state = statekit.stash_state(request, provider_id=organisation.issuer, state=kept)
    url = protocol.url_to_go_to(provider, organisation, walk, state=state, back=back_url())
    # Not straight there: `form-action` stops a form post that redirects to another site.
    return render(request, "account/organisation/going.html", {"url": url, "organisation": organisation})


def _organisation() -> Organisation:
    found = set_up()
    if found is None:
        raise Http404
    return found


def _owner_id(request: HttpRequest, purpose: Purpose) -> str:
    """Who began it; whoever signs in is nobody yet."""
    return "" if purpose is Purpose.SIGN_IN else str(request.user.pk)


def _sign_in(request: HttpRequest, organisation: Organisation, person: Person, place: str) -> HttpResponse:
    owner = entrance.let_in(organisation, person, is_open=settings.OKEY_OPEN_SIGN_UP)
    record_authentication(request, owner, "socialaccount")
    answer: HttpResponse = perform_login(request, owner, redirect_url=place or None)
    return answer


def _was_again(request: HttpRequest, organisation: Organisation, person: Person, place: str) -> HttpResponse:
    owner: Any = request.user
    if not entrance.is_known_as(organisation, person, owner):
        return _refused(request, organisation, Walked.SOMEBODY_ELSE)
    # What asks for it goes through the browser, which may leave it out: no time is not anew.
    if person.signed_in_at is None or person.signed_in_at < time.time() - PASSWORD_HOLDS_SECONDS:
        return _refused(request, organisation, Walked.NOT_ANEW)
    record_authentication(request, owner, "socialaccount", reauthenticated=True)
    request.GET = QueryDict(urlencode({"next": place}))  # where allauth looks for it
    answer: HttpResponse | None = resume_request(request)
    return answer or redirect("security")


def _connected(request: HttpRequest, organisation: Organisation, person: Person, _place: str) -> HttpResponse:
    owner: Any = request.user
    entrance.join(organisation, person, owner)
    messages.success(request, _("Connected. %(name)s signs you in from now on.") % {"name": organisation.name})
    return HttpResponseRedirect(reverse("security"))


_ENDS = {Purpose.SIGN_IN: _sign_in, Purpose.AGAIN: _was_again, Purpose.CONNECT: _connected}


def _refused(request: HttpRequest, organisation: Organisation, why: Any) -> HttpResponse:
    said = words.of(why, organisation.name)
    return render(request, "account/organisation/refused.html", {"said": said}, status=said.status)
