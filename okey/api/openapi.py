"""The API as one object, and the document that describes it: OpenAPI 3.1, as strict tools read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import NinjaAPI, Schema
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation
from ninja.schema import NinjaGenerateJsonSchema

from okey.api import problems
from okey.api.auth import ApiTokenAuth
from okey.api.models import Scope
from okey.api.problems import ProblemDocument

#: Errors that every operation may answer with.
EVERYWHERE = (400, 401, 403, 422, 429, 500, 503)
#: And where something is sent.
WITH_A_BODY = (413, 415)

RATE_HEADERS = {
    "RateLimit-Limit": "Calls a minute.",
    "RateLimit-Remaining": "Calls that are left in this minute.",
    "RateLimit-Reset": "Seconds until the next minute begins.",
}
RETRY_AFTER = "Retry-After"
#: Statuses that may say when to come again.
COME_AGAIN = (429, 503)
#: Beside the bearer token that an owner makes: how an app comes to one.
OAUTH = "OAuth2"
_COMPONENT = "#/components/schemas/"


@dataclass(frozen=True)
class Told:
    """A message that O-Key sends to owners' webhooks, for the document."""

    summary: str
    body: type[Schema]
    headers: Mapping[str, str] = field(default_factory=dict)


class Document(OpenAPISchema):
    """django-ninja's document, with problems as what they are, rate headers, the scope of each operation, and what
    webhooks are told.
    """

    def __init__(self, api: "Api", path_prefix: str) -> None:
        super().__init__(api, path_prefix)
        self["servers"] = [{"url": settings.OKEY_BASE_URL, "description": "This O-Key."}]
        self["webhooks"] = {name: self._webhook(name, told) for name, told in api.webhooks.items()}
        # Models of query parameters are written out where they are used; a document has no parts that nobody needs.
        for name in set(self.schemas) - _needed(self, self.schemas):
            del self.schemas[name]

    def operation_parameters(self, operation: Operation) -> list[dict[str, Any]]:
        """A parameter's `examples` are a map in OpenAPI; the list that JSON Schema has is in its schema.

        What is empty by default is left out by default: generated clients would send it.
        """
        parameters: list[dict[str, Any]] = super().operation_parameters(operation)
        for parameter in parameters:
            examples = parameter.pop("examples", None)
            if examples:
                parameter["example"] = examples[0]
            if parameter["schema"].get("default") == "":
                del parameter["schema"]["default"]
        return parameters

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        everywhere: dict[int, dict[str, Any]] = {status: {} for status in EVERYWHERE}
        if self.request_body(operation):
            everywhere |= {status: {} for status in WITH_A_BODY}
        described = everywhere | super().responses(operation)
        return {status: _described(status, described[status]) for status in sorted(described)}

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        scopes = [str(auth.scope) for auth in operation.auth_callbacks if isinstance(auth, ApiTokenAuth)]
        named = super().operation_security(operation)
        return [dict.fromkeys(one, scopes) for one in [*named, {OAUTH: []}]] if named else None

    def get_components(self) -> dict[str, Any]:
        self._add(ProblemDocument)
        components = super().get_components()
        return components | {
            "headers": _headers(),
            "securitySchemes": {**components["securitySchemes"], OAUTH: _oauth()},
        }

    def _add(self, model: type[Schema]) -> dict[str, str]:
        """The reference to a schema that stands in no operation."""
        schema = model.model_json_schema(
            ref_template=REF_TEMPLATE, schema_generator=NinjaGenerateJsonSchema, mode="serialization"
        )
        self.add_schema_definitions(schema.pop("$defs", {}) | {model.__name__: schema})
        return {"$ref": REF_TEMPLATE.format(model=model.__name__)}

    def _webhook(self, name: str, told: Told) -> dict[str, Any]:
        headers = [
            {"in": "header", "name": header, "required": True, "schema": {"type": "string"}, "description": words}
            for header, words in told.headers.items()
        ]
        return {
            "post": {
                "operationId": f"on_{name.replace('.', '_')}",
                "summary": told.summary,
                "tags": ["Webhooks"],
                "parameters": headers,
                "requestBody": {"required": True, "content": {"application/json": {"schema": self._add(told.body)}}},
                "responses": {
                    "2XX": {"description": "Taken. Answer within five seconds, and work afterwards."},
                    "410": {"description": "Nothing shall be sent here any more: the webhook is switched off."},
                    "default": {"description": "Not taken: it is sent again later, for three days."},
                },
                # The receiver checks the signature; there is no token of O-Key's in it.
                "security": [],
            }
        }


class Api(NinjaAPI):
    """One for the whole project; the apps' routers are mounted in okey/api_root.py."""

    def __init__(self, *, webhooks: Mapping[str, Told], **options: Any) -> None:
        super().__init__(**options)
        #: By the event's type.
        self.webhooks = webhooks

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        return Document(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        return problems.answer(problems.of(request, exc))


def _described(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    names = list(RATE_HEADERS)
    if status >= 400:
        schema = {"$ref": REF_TEMPLATE.format(model=ProblemDocument.__name__)}
        answer = {"description": HTTPStatus(status).phrase, "content": {problems.MEDIA_TYPE: {"schema": schema}}}
    if status in COME_AGAIN:
        names.append(RETRY_AFTER)
    return answer | {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}


def _oauth() -> dict[str, Any]:
    base = settings.OKEY_BASE_URL
    flow = {
        "authorizationUrl": base + reverse("oauth_authorize"),
        "tokenUrl": base + reverse("oauth_token"),
        "refreshUrl": base + reverse("oauth_token"),
        "scopes": {scope.value: str(scope.label) for scope in Scope},
    }
    words = "OAuth 2.1, with PKCE (S256) and no client secret: an owner lets an app act for them."
    return {"type": "oauth2", "description": words, "flows": {"authorizationCode": flow}}


def _headers() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0}
    worded = RATE_HEADERS | {RETRY_AFTER: "Seconds after which to come again."}
    return {name: {"description": words, "schema": schema} for name, words in worded.items()}


def _needed(document: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """The names of those schemas that operations and webhooks lead to."""
    found: set[str] = set()
    open_ = [document["paths"], document["webhooks"]]
    while open_:
        for name in set(_references(open_.pop())) - found:
            found.add(name)
            open_.append(schemas[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref", "")
        if isinstance(reference, str) and reference.startswith(_COMPONENT):
            yield reference.removeprefix(_COMPONENT)
        for one in part.values():
            yield from _references(one)
    elif isinstance(part, list):
        for one in part:
            yield from _references(one)
