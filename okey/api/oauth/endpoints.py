"""What programs ask: where things are, tokens for a code, an end, to be registered. Answers are JSON, errors too."""

import functools
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django_mcpz.oauth.models import Client

from okey.api.models import Scope
from okey.api.oauth import asking, clients, grants, refusals
from okey.api.oauth.refusals import Refusal
from okey.lib.draining import drain
from okey.limits.limits import Verdict, address_of, hit, site_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
#: Bytes. What is sent here is short.
LARGEST_BODY = 16 * 1024
#: From one network address, of requests for tokens and ends.
REFUSALS_A_MINUTE = 60
#: Of registrations: from one network an hour and a day, and from one site's networks (IPv6) an hour. From all together
#: in ten minutes: as long as that, and no longer, a crowd of networks can keep others out.
REGISTRATIONS_AN_HOUR = 30
REGISTRATIONS_A_DAY = 100
REGISTRATIONS_OF_A_SITE_AN_HOUR = 120
REGISTRATIONS_OF_ALL_IN_TEN_MINUTES = 1000

View = Callable[..., HttpResponse]


def for_programs(where: str, *methods: str, count_refusals: bool = False) -> Callable[[View], View]:
    """Make the function an address that programs ask. What it refuses is logged, and answered as JSON."""

    def decorate(view: View) -> View:
        @csrf_exempt  # programs are no browsers, and nothing here goes by a cookie
        @functools.wraps(view)
        def answered(request: HttpRequest, **found: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    words = f"This address takes {' and '.join(methods)}."
                    raise Refusal("invalid_request", words, status=405, headers={"Allow": ", ".join(methods)})
                response = view(request, **found)
            except Refusal as refusal:
                response = refusals.answer(_counted(request, refusal) if count_refusals else refusal)
                refusals.note(refusal, where)
                if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    drain(request)
            add_never_cache_headers(response)
            return response

        return answered

    return decorate


@for_programs("resource metadata", "GET", "HEAD")
def resource_metadata(_request: HttpRequest, path: str = "") -> HttpResponse:
    """RFC 9728: what is protected here, and who gives tokens for it."""
    path = path.rstrip("/")
    if path not in asking.RESOURCES:
        raise Refusal(
            "invalid_request", f"There is no such resource. O-Key has {asking.MCP} and {asking.REST_API}.", status=404
        )
    return JsonResponse(
        {
            "resource": settings.OKEY_BASE_URL + path,
            "resource_name": "O-Key",
            "authorization_servers": [settings.OKEY_BASE_URL],
            "scopes_supported": list(Scope),
            "bearer_methods_supported": ["header"],
            "resource_documentation": settings.OKEY_BASE_URL + asking.REST_API + "/docs",
        }
    )


@for_programs("server metadata", "GET", "HEAD")
def server_metadata(_request: HttpRequest) -> HttpResponse:
    """RFC 8414: where to ask for what, and how."""
    addresses = {
        "authorization_endpoint": "oauth_authorize",
        "token_endpoint": "oauth_token",
        "revocation_endpoint": "oauth_revoke",
        "registration_endpoint": "oauth_register",
    }
    return JsonResponse(
        {
            "issuer": settings.OKEY_BASE_URL,
            **{name: settings.OKEY_BASE_URL + reverse(view) for name, view in addresses.items()},
            "scopes_supported": list(Scope),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "client_id_metadata_document_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }
    )


@for_programs("token", "POST", count_refusals=True)
def token(request: HttpRequest) -> HttpResponse:
    """Tokens for a code, or for a refresh token."""
    given = _form(request)
    client = _client(given)
    match given.get("grant_type"):
        case "authorization_code":
            return JsonResponse(grants.exchange(client, given))
        case "refresh_token":
            return JsonResponse(grants.refresh(client, given))
    raise Refusal("unsupported_grant_type", "Use grant_type=authorization_code or grant_type=refresh_token.")


@for_programs("revocation", "POST", count_refusals=True)
def revoke(request: HttpRequest) -> HttpResponse:
    """RFC 7009: the client gives its access back."""
    given = _form(request)
    grants.revoke(_client(given), given.get("token", ""))
    return JsonResponse({})


@for_programs("registration", "POST")
def register(request: HttpRequest) -> HttpResponse:
    """RFC 7591: a client says what it is called and where it is."""
    body = _body(request)
    # Which another site's page cannot send without asking first.
    if request.content_type != JSON:
        raise Refusal("invalid_request", f"Send JSON: Content-Type {JSON}.", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    client = clients.introduced(body)
    _count_registration(request)
    client.save()
    said = {
        "client_id": client.client_id,
        "client_id_issued_at": int(time.time()),
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    return JsonResponse(said, status=HTTPStatus.CREATED)


def _client(given: QueryDict) -> Client:
    client = clients.known(given.get("client_id", ""))
    if client is None:
        words = "This client_id is not known here. Register again, or remove O-Key from the assistant and add it again."
        raise Refusal("invalid_client", words, status=HTTPStatus.UNAUTHORIZED)
    return client


def _form(request: HttpRequest) -> QueryDict:
    if request.content_type != FORM:
        raise Refusal("invalid_request", f"Send a form: Content-Type {FORM}.", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        given = QueryDict(_body(request), encoding="utf-8")
    except TooManyFieldsSent:
        raise Refusal("invalid_request", "These are too many parameters. Send those of the request only.") from None
    asking.one_each(given)
    return given


def _body(request: HttpRequest) -> bytes:
    try:
        body = request.body
    except RequestDataTooBig:
        body = b" " * (LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        words = f"A request has at most {LARGEST_BODY} bytes. Send less."
        raise Refusal("invalid_request", words, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return body


def _counted(request: HttpRequest, refusal: Refusal) -> Refusal:
    """The refusal, or that there were too many of them: somebody seems to be trying codes out."""
    verdict = hit("oauth refused", address_of(request), limit=REFUSALS_A_MINUTE, seconds=60)
    return refusal if verdict.allowed else _too_many("Too many requests were refused.", verdict)


def _count_registration(request: HttpRequest) -> None:
    network = address_of(request)
    for who, limit, seconds in (
        (network, REGISTRATIONS_AN_HOUR, 3600),
        (network, REGISTRATIONS_A_DAY, 24 * 3600),
        (f"site {site_of(network)}", REGISTRATIONS_OF_A_SITE_AN_HOUR, 3600),
        ("everybody", REGISTRATIONS_OF_ALL_IN_TEN_MINUTES, 600),
    ):
        verdict = hit("oauth registrations", who, limit=limit, seconds=seconds)
        if not verdict.allowed:
            raise _too_many("Too many clients were registered. Use the client_id that you have.", verdict)


def _too_many(words: str, verdict: Verdict) -> Refusal:
    words = f"{words} Try again in {verdict.retry_seconds} seconds."
    headers = {"Retry-After": str(verdict.retry_seconds)}
    return Refusal("temporarily_unavailable", words, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
