"""What scripts on any site may ask and read (CORS), and what they may not."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.okey.api.oauth.app import App

pytestmark = pytest.mark.django_db

SITE = "https://inspector.example"
ANY, COOKIES = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
OPEN = {
    "/mcp": "POST",
    "/mcp/": "POST",
    "/oauth/token": "POST",
    "/oauth/revoke": "POST",
    "/oauth/register": "POST",
    "/.well-known/oauth-authorization-server": "GET",
    "/.well-known/oauth-protected-resource": "GET",
    "/.well-known/oauth-protected-resource/mcp": "GET",
    "/.well-known/oauth-protected-resource/nowhere": "GET",
}


@pytest.mark.parametrize("path", OPEN)
def test_a_browser_may_ask_beforehand_and_read_the_answer_be_it_an_error(client: Client, path: str) -> None:
    method = OPEN[path]
    wanted = "authorization, content-type, mcp-protocol-version"
    asked = {
        "Origin": SITE,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": wanted,
    }
    before = client.options(path, headers=asked)
    assert (before.status_code, before[ANY], COOKIES in before) == (204, "*", False)
    assert method in before["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in before["Access-Control-Allow-Headers"].split(",")}
    assert set(wanted.split(", ")) <= allowed
    call = client.get if method == "GET" else client.post
    answer = call(path, headers={"Origin": SITE})
    assert (answer[ANY], COOKIES in answer) == ("*", False)
    assert {"WWW-Authenticate", "Mcp-Session-Id"} <= set(answer["Access-Control-Expose-Headers"].split(", "))


def test_a_script_on_another_site_signs_in_and_calls(alice_client: Client) -> None:
    app = App(alice_client)
    app.program = Client(headers={"Origin": SITE})
    tokens = app.sign_in()
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {
        "Origin": SITE,
        "Authorization": f"Bearer {tokens['access_token']}",
        "MCP-Protocol-Version": "2025-06-18",
    }
    answer = Client().post("/mcp", json.dumps(message), content_type="application/json", headers=headers)
    assert (answer.status_code, answer[ANY]) == (200, "*")


def test_what_a_browser_is_signed_in_to_opens_nothing_to_scripts(alice_client: Client) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = alice_client.post("/mcp", json.dumps(message), content_type="application/json", headers={"Origin": SITE})
    assert (answer.status_code, "Set-Cookie" in answer) == (401, False)


@pytest.mark.parametrize(
    "path", ["/", "/oauth/authorize", "/accounts/login/", "/settings/api-tokens/", "/mcp/x", "/api/v1/me"]
)
@pytest.mark.parametrize("method", ["get", "options"])
def test_pages_stay_closed(alice_client: Client, path: str, method: str) -> None:
    headers = {"Origin": SITE, "Access-Control-Request-Method": "GET"}
    answer: Any = getattr(alice_client, method)(path, headers=headers)
    assert [name for name in answer.headers if name.startswith("Access-Control")] == []
