"""Sign in first, and come back to what was asked, however long it is."""

import functools
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from okey.api.oauth import refusals
from okey.api.oauth.refusals import Untrusted

#: Characters. A longer address does not fit into the sign-in page's: Django reads 2,048 of it, gunicorn 4,094.
LONGEST_NEXT = 1500
#: In the browser's session: what was asked, by a name for it.
SESSION_KEY, PARAMETER = "oauth_asked", "kept"
MOST_KEPT = 5

View = Callable[..., HttpResponse]


def first(view: View) -> View:
    """Like login_required."""

    @functools.wraps(view)
    def signed_in(request: HttpRequest, **found: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            address = request.get_full_path()
            return redirect_to_login(address if len(quote(address)) <= LONGEST_NEXT else _keep(request))
        if PARAMETER in request.GET:
            return _go_on(request)
        return view(request, **found)

    return signed_in


def _keep(request: HttpRequest) -> str:
    """The short address that leads on."""
    name = secrets.token_urlsafe(8)
    kept = [*request.session.get(SESSION_KEY, {}).items(), (name, request.META["QUERY_STRING"])]
    request.session[SESSION_KEY] = dict(kept[-MOST_KEPT:])
    return f"{request.path}?{PARAMETER}={name}"


def _go_on(request: HttpRequest) -> HttpResponse:
    query = request.session.get(SESSION_KEY, {}).get(request.GET[PARAMETER])
    if query is not None:
        return HttpResponseRedirect(f"{request.path}?{query}")
    refusal = Untrusted(
        "invalid_request", "O-Key does not know any more what was asked. Connect O-Key again in the assistant."
    )
    refusals.note(refusal, "authorization")
    return render(request, "api/oauth/refused.html", {"refusal": refusal}, status=HTTPStatus.BAD_REQUEST)
