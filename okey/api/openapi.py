"""The API as one object, and the document that describes it: OpenAPI 3.1."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation

from okey.api import problems
from okey.api.auth import ApiTokenAuth
from okey.api.problems import ProblemDocument

#: Errors that every operation may answer with.
EVERYWHERE = (400, 401, 403, 422, 429)

RATE_HEADERS = {
    "RateLimit-Limit": "Calls a minute.",
    "RateLimit-Remaining": "Calls that are left in this minute.",
    "RateLimit-Reset": "Seconds until the next minute begins.",
}


class Document(OpenAPISchema):
    """django-ninja's document, with problems as what they are, rate headers, and the scope of each operation."""

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        everywhere: dict[int, dict[str, Any]] = {status: {} for status in EVERYWHERE}
        described = everywhere | super().responses(operation)
        return {status: _described(status, described[status]) for status in sorted(described)}

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        scopes = [str(auth.scope) for auth in operation.auth_callbacks if isinstance(auth, ApiTokenAuth)]
        named = super().operation_security(operation)
        return [dict.fromkeys(one, scopes) for one in named] if named else None

    def get_components(self) -> dict[str, Any]:
        schema = ProblemDocument.model_json_schema(ref_template=REF_TEMPLATE, mode="serialization")
        self.add_schema_definitions(schema.pop("$defs") | {ProblemDocument.__name__: schema})
        return super().get_components() | {"headers": _rate_headers()}


class Api(NinjaAPI):
    """One for the whole project; the apps' routers are mounted in okey/api_root.py."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        return Document(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        return problems.answer(problems.of(request, exc))


def _described(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status >= 400:
        schema = {"$ref": REF_TEMPLATE.format(model=ProblemDocument.__name__)}
        answer = {"description": HTTPStatus(status).phrase, "content": {problems.MEDIA_TYPE: {"schema": schema}}}
    return answer | {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS}}


def _rate_headers() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0}
    return {name: {"description": words, "schema": schema} for name, words in RATE_HEADERS.items()}
