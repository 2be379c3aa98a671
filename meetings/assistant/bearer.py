"""Who calls: an owner's API token, or an assistant that they allowed. Counted with calls of the REST API."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_mcpz.server import ToolError

from okey.api import bearers, limiting, problems
from okey.api.auth import ApiRequest
from okey.api.models import Bearer, Scope
from okey.api.oauth.asking import MCP, USUAL_SCOPES
from okey.api.problems import Problem
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
    if not allows(request, scope):
        where = settings.OKEY_BASE_URL + reverse("api_tokens")
        raise ToolError(
            f"This access token does not allow this: it lacks the scope “{scope.value}”. The owner can connect O-Key "
            f"again and allow it, or make another token at {where}"
        )
    return cast(ApiRequest, request).auth.owner


def count_mail(request: HttpRequest) -> None:
    """One more call that mails a client. Raises ToolError when there are too many."""
    try:
        limiting.count_mail(cast(ApiRequest, request).auth)
    except Problem as problem:
        raise ToolError(f"{problem.detail} Nothing was changed; try again tomorrow.") from problem


def allows(request: HttpRequest, scope: Scope) -> bool:
    return scope.value in cast(ApiRequest, request).auth.scope_set


def _token(request: HttpRequest) -> Bearer:
    given = bearers.secret_of(request)
    token = bearers.authenticate(given) if given else None
    if token is not None:
        return token
    limiting.count_refusal(request)
    raise bearers.nobody(request, MCP, needs=" ".join(USUAL_SCOPES))
