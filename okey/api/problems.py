"""Every error of the API is a problem document (RFC 9457) with a code that stays the same."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, RequestDataTooBig, ValidationError
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from ninja import Schema
from ninja.errors import HttpError
from ninja.errors import ValidationError as ParameterError
from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from okey.api.models import Scope
from okey.api.schemas import Zulu
from okey.lib import statements
from okey.lib.outage import RETRY_SECONDS, is_outage

MEDIA_TYPE = "application/problem+json"
#: Where the codes are explained.
EXPLAINED_AT = "/api/v1/problems"

logger = logging.getLogger(__name__)


class Code(StrEnum):
    """What went wrong, for programs. Codes are never renamed."""

    MALFORMED = "malformed"
    NOT_AUTHENTICATED = "not_authenticated"
    SCOPE_MISSING = "scope_missing"
    NOT_ENTITLED = "not_entitled"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    SLOT_TAKEN = "slot_taken"
    ADDRESS_TAKEN = "address_taken"
    PROVIDER_NOT_SET_UP = "provider_not_set_up"
    HANDLE_EXPIRED = "handle_expired"
    CHANGED_MEANWHILE = "changed_meanwhile"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID = "invalid"
    KEY_REUSED = "idempotency_key_reused"
    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Kind:
    status: int
    title: StrOrPromise


KINDS: dict[Code, Kind] = {
    Code.MALFORMED: Kind(400, _("The request can't be read.")),
    Code.NOT_AUTHENTICATED: Kind(401, _("A valid API token is needed.")),
    Code.SCOPE_MISSING: Kind(403, _("The token does not allow this.")),
    Code.NOT_ENTITLED: Kind(403, _("Meeting-provider access is switched off for this account.")),
    Code.FORBIDDEN: Kind(403, _("This is not allowed.")),
    Code.NOT_FOUND: Kind(404, _("There is no such thing, or it is not yours.")),
    Code.METHOD_NOT_ALLOWED: Kind(405, _("This address does not take this method.")),
    Code.CONFLICT: Kind(409, _("Its present state does not allow this.")),
    Code.SLOT_TAKEN: Kind(409, _("This time is not free.")),
    Code.ADDRESS_TAKEN: Kind(409, _("Another contact has this e-mail address.")),
    Code.PROVIDER_NOT_SET_UP: Kind(409, _("The operator has not set this meeting provider up.")),
    Code.HANDLE_EXPIRED: Kind(410, _("This took too long: the handle works for ten minutes after the start.")),
    Code.CHANGED_MEANWHILE: Kind(412, _("It was changed since you read it.")),
    Code.TOO_LARGE: Kind(413, _("The request is too large.")),
    Code.UNSUPPORTED_MEDIA_TYPE: Kind(415, _("Send JSON, with Content-Type: application/json.")),
    Code.INVALID: Kind(422, _("Some values are not valid.")),
    Code.KEY_REUSED: Kind(422, _("This Idempotency-Key was used for another request.")),
    Code.TOO_MANY_REQUESTS: Kind(429, _("Too many requests.")),
    Code.SERVER_ERROR: Kind(500, _("Something went wrong in O-Key.")),
    Code.UNAVAILABLE: Kind(503, _("Not available now. Try again later.")),
}

#: What a bare answer of Django's means, where nothing more is known.
BY_STATUS: dict[int, Code] = {
    400: Code.MALFORMED,
    401: Code.NOT_AUTHENTICATED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
    429: Code.TOO_MANY_REQUESTS,
    500: Code.SERVER_ERROR,
    503: Code.UNAVAILABLE,
}


class FieldError(Schema):
    field: str = Field(
        description="The field's name; a nested one with dots. Empty: the request as a whole.", examples=["starts_at"]
    )
    message: str = Field(examples=["This time is in the past."])


class FreeTime(Schema):
    starts_at: Zulu = Field(description="UTC.", examples=["2026-08-03T13:00:00Z"])
    ends_at: Zulu = Field(description="UTC.", examples=["2026-08-03T13:30:00Z"])


def _may_be_missing(schema: dict[str, Any]) -> None:
    """What a problem has no word for is left out, never null."""
    for described in schema.get("properties", {}).values():
        described.pop("default", None)


class ProblemDocument(Schema):
    """An error, as RFC 9457 describes it. Look at `code`; `title`, `detail` and `message` are for people."""

    model_config = ConfigDict(json_schema_extra=_may_be_missing)

    type: str = Field(examples=["https://okey.example.com/api/v1/problems#invalid"])
    title: str = Field(examples=["Some values are not valid."])
    status: int = Field(examples=[422])
    code: Code = Field(examples=["invalid"])
    detail: str = Field(examples=["starts_at: This time is in the past."])
    errors: list[FieldError] = Field(examples=[[{"field": "starts_at", "message": "This time is in the past."}]])
    next_free: list[FreeTime] = Field(
        [], description="With `slot_taken`: the next times that the owner offers, the soonest first."
    )
    contact_id: UUID | SkipJsonSchema[None] = Field(
        None,
        description="With `address_taken`: the contact that has the address.",
        examples=["7d4f1a52-0c1b-4f52-8b1e-3a9c5d2e6f10"],
    )
    contact_archived: bool = Field(
        False, description="With `address_taken`: that contact is archived; restore it to schedule with it."
    )
    scope: Scope | SkipJsonSchema[None] = Field(
        None, description="With `scope_missing`: the one that the token lacks.", examples=["schedule"]
    )


class Problem(Exception):
    """Raised anywhere in a handler, it becomes the answer. `more`: members of its own, such as the next free times."""

    def __init__(
        self,
        code: Code,
        detail: StrOrPromise = "",
        *,
        errors: Iterable[tuple[str, StrOrPromise]] = (),
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}
        self.more = more


def invalid(field: str, message: StrOrPromise) -> Problem:
    """One field that is wrong."""
    return Problem(Code.INVALID, errors=[(field, message)])


def of_validation(error: ValidationError) -> Problem:
    """The fields that the rules in our modules refuse."""
    if not hasattr(error, "error_dict"):
        return Problem(Code.INVALID, errors=[("", words) for words in error.messages])
    named = error.message_dict.items()
    errors = [("" if name == NON_FIELD_ERRORS else name, words) for name, lines in named for words in lines]
    return Problem(Code.INVALID, errors=errors)


def answer(problem: Problem) -> JsonResponse:
    kind = KINDS[problem.code]
    errors = [{"field": field, "message": str(message)} for field, message in problem.errors]
    spoken = [f"{error['field']}: {error['message']}".removeprefix(": ") for error in errors]
    document = {
        "type": f"{settings.OKEY_BASE_URL}{EXPLAINED_AT}#{problem.code}",
        "title": str(kind.title),
        "status": kind.status,
        "code": problem.code,
        "detail": str(problem.detail) or " ".join(spoken),
        "errors": errors,
        **problem.more,
    }
    response = JsonResponse(document, status=kind.status, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def documents(*statuses: int) -> dict[int, type[ProblemDocument]]:
    """For an operation's `response=`: the errors of its own. Those that every operation has are added by openapi.py."""
    return dict.fromkeys(statuses, ProblemDocument)


# --- What handlers raise ----------------------------------------------------------------------------------


def of(request: HttpRequest, error: Exception) -> Problem:
    """The problem that an exception means to whoever called."""
    match error:
        case Problem():
            return error
        case ValidationError():
            return of_validation(error)
        case ParameterError():
            return _of_parameters(error)
        case ObjectDoesNotExist() | Http404():
            return Problem(Code.NOT_FOUND)
        case RequestDataTooBig():
            return Problem(Code.TOO_LARGE)
        case HttpError():  # what django-ninja raises by itself: a body that is not JSON
            return Problem(BY_STATUS.get(error.status_code, Code.SERVER_ERROR), error.message)
    if statements.took_too_long(error):
        return Problem(Code.UNAVAILABLE, headers={"Retry-After": str(statements.RETRY_SECONDS)})
    return _unexpected(request, error)


def _of_parameters(error: ParameterError) -> Problem:
    return Problem(Code.INVALID, errors=[(_field(one["loc"]), _words(one)) for one in error.errors])


def _field(location: tuple[Any, ...]) -> str:
    """("body", "payload", "starts_at") is "starts_at"; ("query", "limit") is "limit"."""
    source, *rest = location
    if source == "body":
        rest = rest[1:]  # the handler's own name for the body
    return ".".join(str(part) for part in rest)


def _words(error: dict[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def unavailable() -> Problem:
    """The database is away."""
    return Problem(Code.UNAVAILABLE, headers={"Retry-After": str(RETRY_SECONDS)})


def _unexpected(request: HttpRequest, error: Exception) -> Problem:
    """A mistake of ours: logged, and told to whoever listens, as Django does. The caller learns nothing of it."""
    more = {"request": request, "status_code": 500}
    logger.error("%s %s failed", request.method, request.path, exc_info=error, extra=more)
    got_request_exception.send(sender=None, request=request)
    if is_outage(error):
        return unavailable()
    return Problem(Code.SERVER_ERROR)
