"""A program that calls the API with a token, in place of requests or curl."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from okey.api import tokens
from okey.api.models import Scope
from okey.owners.models import Owner

ALL_SCOPES = [scope.value for scope in Scope]


class Caller:
    """`Caller(alice).get("/me")`. Without `secret`, with a new token that has the scopes."""

    def __init__(self, owner: Owner, *, scopes: list[str] | None = None, secret: str = "") -> None:
        if not secret:
            wanted = ALL_SCOPES if scopes is None else scopes
            self.token, secret = tokens.make(owner=owner, name="test", scopes=wanted)
        self.secret = secret
        self._client = Client()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Header names with underscores: `idempotency_key="1"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, (bytes, str)) else "" if body is None else json.dumps(body)
        return self._client.generic(
            method,
            f"/api/v1{path}",
            data,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **named},
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> HttpResponse:
        return self.call("DELETE", path, **headers)


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The answer's problem document, which must be this one."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    document: dict[str, Any] = json.loads(response.content)
    assert (document["status"], document["code"]) == (status, code)
    return document
