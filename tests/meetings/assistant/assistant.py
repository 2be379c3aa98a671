"""An assistant for tests: calls the tools as a program does, over HTTP, and reads what a model would read."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okey.api import tokens
from okey.api.models import Scope
from okey.owners.models import Owner


def make_token(owner: Owner, *scopes: Scope) -> str:
    """A token's secret; with every scope, unless some are named."""
    return tokens.make(owner=owner, name="Assistant", scopes=scopes or tuple(Scope))[1]


def in_a_year() -> str:
    """A time that lies ahead whenever the test runs, as a tool takes it."""
    ahead = timezone.now() + timedelta(days=365)
    return ahead.replace(second=0, microsecond=0).isoformat()


@dataclass(frozen=True)
class Assistant:
    secret: str = ""
    client: Client = field(default_factory=Client)

    def post(self, body: bytes | str, **headers: str) -> HttpResponse:
        if self.secret:
            headers = {"Authorization": f"Bearer {self.secret}", **headers}
        return self.client.post("/mcp", body, content_type="application/json", headers=headers)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request that the protocol takes."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.post(json.dumps(message), **{"MCP-Protocol-Version": "2025-06-18"})
        assert answer.status_code == 200, answer.content
        return answer.json()["result"]

    def tools(self) -> dict[str, dict[str, Any]]:
        return {tool["name"]: tool for tool in self.ask("tools/list")["tools"]}

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What the tool gives; it must not refuse. Text and structure say the same."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert not result["isError"], result
        structured: dict[str, Any] = result["structuredContent"]
        assert json.loads(result["content"][0]["text"]) == structured
        return structured

    def refusal(self, tool: str, **arguments: Any) -> str:
        """The words in which the tool refuses; it must."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert result["isError"], result
        words: str = result["content"][0]["text"]
        assert "failed unexpectedly" not in words
        return words

    def queries(self, tool: str, **arguments: Any) -> int:
        """How many a call costs, after a first one: that also notes the token's use."""
        self.call(tool, **arguments)
        with CaptureQueriesContext(connection) as captured:
            self.call(tool, **arguments)
        return len(captured)
