"""Every operation of the REST API, read from its OpenAPI document, so that a new one is tried like all others."""

import copy
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from okey.api_root import api

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "/api/v1"


@cache
def document() -> dict[str, Any]:
    return dict(api.get_openapi_schema())


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    #: Below /api/v1, with the names of IDs in braces.
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scope(self) -> str:
        """The one that a token needs; "" where none is named."""
        return next(
            (scope for one in self.described.get("security", []) for scopes in one.values() for scope in scopes), ""
        )

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.described["responses"]}

    @property
    def ids(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def body_schema(self) -> dict[str, Any] | None:
        content = self.described.get("requestBody", {}).get("content", {})
        return content["application/json"]["schema"] if content else None

    @property
    def required_headers(self) -> dict[str, str]:
        """By the document's examples."""
        parameters = [one for one in self.described["parameters"] if one["in"] == "header" and one["required"]]
        return {one["name"]: str(one["example"]) for one in parameters}

    def filled(self, values: dict[str, str]) -> str:
        """The path with these IDs, and what it requires of a query, by the document's examples."""
        required = [one for one in self.described["parameters"] if one["in"] == "query" and one["required"]]
        query = urlencode({one["name"]: one["example"] for one in required})
        path = re.sub(r"{(\w+)}", lambda found: values[found[1]], self.path)
        return f"{path}?{query}" if query else path


def operations() -> list[Operation]:
    return [
        Operation(described["operationId"], method.upper(), path.removeprefix(PREFIX), described)
        for path, item in document()["paths"].items()
        for method, described in item.items()
        if method in METHODS
    ]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Without `$ref` at the top, and as the first of `anyOf` that is not null."""
    while True:
        if "$ref" in schema:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = {**schema, **next(one for one in schema["anyOf"] if one.get("type") != "null")}
            schema.pop("anyOf")
        else:
            return schema


def example(schema: dict[str, Any], ids: dict[str, str] | None = None, name: str = "") -> Any:
    """The body that the document shows, with everything that it requires; `ids` replace the made-up ones."""
    known = ids or {}
    if name in known:
        return known[name]
    schema = resolved(schema) | ({"examples": schema["examples"]} if "examples" in schema else {})
    if schema.get("format") == "date-time":
        return _tomorrow()
    if "examples" in schema:
        return copy.deepcopy(schema["examples"][0])
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            wanted = [one for one in properties if one in schema.get("required", []) or "examples" in properties[one]]
            return {one: example(properties[one], known, one) for one in wanted}
        case "array":
            return [example(schema["items"], known)]
        case "boolean":
            return True
        case "string" if "enum" in schema:
            return schema["enum"][0]
    raise AssertionError(f"{name or schema}: say by an example in the schema how it looks")


def _tomorrow() -> str:
    """The examples' moments are past."""
    day = datetime.now(UTC).date() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return f"{day.isoformat()}T09:00:00Z"
