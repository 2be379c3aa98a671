"""Who calls: the owner whose token came with the request, if the token allows what is asked."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from okey.api import bearers, limiting
from okey.api.models import Bearer, Scope
from okey.api.oauth.asking import REST_API
from okey.api.problems import Code, Problem


class ApiRequest(HttpRequest):
    """For annotations only: a request that came with a token, as `needs` sees to."""

    auth: Bearer


class ApiTokenAuth(HttpBearer):
    """`Authorization: Bearer okey_…`, with a scope that the operation names."""

    openapi_description = (
        "An API token, made in O-Key under Settings, Assistants and programs; or the access token of an app that "
        "signed in by OAuth 2.1, as /.well-known/oauth-protected-resource/api/v1 describes it."
    )

    def __init__(self, scope: Scope, *, meeting_providers: bool = False) -> None:
        super().__init__()
        self.scope = scope
        self.meeting_providers = meeting_providers

    def __call__(self, request: HttpRequest) -> Bearer:
        token: Bearer | None = super().__call__(request)
        if token is None:
            limiting.count_refusal(request)
            raise bearers.nobody(request, REST_API, needs=self.scope)
        limiting.count_call(request, token)
        _speak_to(token)
        if self.scope not in token.scope_set:
            needed = _("This needs the scope “%(scope)s”.") % {"scope": self.scope}
            headers = {"WWW-Authenticate": bearers.challenge(REST_API, self.scope, "insufficient_scope")}
            raise Problem(Code.SCOPE_MISSING, needed, headers=headers, scope=str(self.scope))
        if self.meeting_providers and not token.owner.meeting_providers_enabled:
            raise not_entitled()
        _check_media_type(request)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> Bearer | None:
        return bearers.authenticate(token)


def needs(scope: Scope, *, meeting_providers: bool = False) -> ApiTokenAuth:
    """For an operation's `auth=`. `meeting_providers`: only for owners who may use meeting providers at all."""
    return ApiTokenAuth(scope, meeting_providers=meeting_providers)


def not_entitled() -> Problem:
    """The owner has no meeting-provider access, as an administrator decides."""
    return Problem(Code.NOT_ENTITLED, _("Ask %(support)s to switch it on.") % {"support": settings.SUPPORT_EMAIL})


def _check_media_type(request: HttpRequest) -> None:
    """What is sent says that it is JSON; else a form that was meant for another address could pass for it."""
    if request.body and request.content_type != "application/json":
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, headers={"Accept": "application/json"})


def _speak_to(token: Bearer) -> None:
    """Words and times as on the owner's pages. middleware.py puts both back."""
    timezone.activate(token.owner.timezone)
    translation.activate(token.owner.language)
