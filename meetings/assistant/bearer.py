"""Who calls: an API token of an owner's, as for the REST API, and counted with its calls."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_mcpz.server import ToolError

from okey.api import limiting, problems, tokens
from okey.api.auth import ApiRequest
from okey.api.models import ApiToken, Scope
from okey.api.problems import Code, Problem
from okey.owners.models import Owner


def authorize(request: HttpRequest) -> HttpResponse | None:
    """None where the request may go on, with its token as `request.auth`; else the answer that refuses it."""
    try:
        token = _token(request)
        limiting.count_call(request, token)
    except Problem as problem:
        return problems.answer(problem)
    cast(ApiRequest, request).auth = token
    return None


def require_scope(request: HttpRequest, scope: Scope) -> Owner:
    """The owner who calls. Raises ToolError where the token does not allow this."""
    token = cast(ApiRequest, request).auth
    if scope.value not in token.scope_set:
        where = settings.OKEY_BASE_URL + reverse("api_tokens")
        raise ToolError(
            f"This access token does not allow this: it lacks the scope “{scope.value}”. "
            f"The owner can make another token at {where}"
        )
    return token.owner


def count_mail(request: HttpRequest) -> None:
    """One more call that mails a client. Raises ToolError when there are too many."""
    try:
        limiting.count_mail(cast(ApiRequest, request).auth)
    except Problem as problem:
        raise ToolError(f"{problem.detail} Nothing was changed; try again tomorrow.") from problem


def _token(request: HttpRequest) -> ApiToken:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    given = secret.strip() if scheme.lower() == "bearer" else ""
    token = tokens.authenticate(given) if given else None
    if token is not None:
        return token
    limiting.count_refusal(request)
    error = ', error="invalid_token"' if given else ""
    raise Problem(Code.NOT_AUTHENTICATED, headers={"WWW-Authenticate": f'Bearer realm="O-Key"{error}'})
