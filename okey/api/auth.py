"""Who calls: the owner whose API token came with the request, if the token allows what is asked."""

from django.http import HttpRequest
from django.utils import timezone, translation
from ninja.security import HttpBearer

from okey.api import limiting, tokens
from okey.api.models import ApiToken, Scope
from okey.api.problems import Code, Problem


class ApiRequest(HttpRequest):
    """For annotations only: a request that came with a token, as `needs` sees to."""

    auth: ApiToken


class ApiTokenAuth(HttpBearer):
    """`Authorization: Bearer okey_…`, with a scope that the operation names."""

    openapi_description = "An API token, made in O-Key under Settings, API tokens."

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        token: ApiToken | None = super().__call__(request)
        if token is None:
            limiting.count_refusal(request)
            raise Problem(Code.NOT_AUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="O-Key"'})
        limiting.count_call(request, token)
        if self.scope not in token.scope_set:
            raise Problem(Code.SCOPE_MISSING, f"This needs the scope “{self.scope}”.", scope=str(self.scope))
        _speak_to(token)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        return tokens.authenticate(token)


def needs(scope: Scope) -> ApiTokenAuth:
    """For an operation's `auth=`."""
    return ApiTokenAuth(scope)


def _speak_to(token: ApiToken) -> None:
    """Words and times as on the owner's pages. middleware.py puts both back."""
    timezone.activate(token.owner.timezone)
    translation.activate(token.owner.language)
