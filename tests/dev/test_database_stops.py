"""PostgreSQL itself stops under a web process that is at work, and comes back: whoever asks meanwhile is told when to
ask again, and the process goes on by itself.
"""

import hashlib
import hmac
import json
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import migrated
from tests.chaos.database import DurableServer, durable_postgresql
from tests.dev.test_database_away import Web

pytestmark = pytest.mark.processes

SECRET = "webhook-secret"
TOKEN = {"Authorization": "Bearer okey_some-token-or-other-0000"}
JSON = {"Content-Type": "application/json"}
PAGES = ("/", "/accounts/login/", "/contacts/", "/meetings/", "/admin/", "/m/a-clients-token/", "/book/alice/")
PROGRAMS = ("/api/v1/me", "/api/v1/meetings", "/mcp")


@pytest.fixture
def server() -> Iterator[DurableServer]:
    with durable_postgresql() as server:
        migrated.fill(server.url)
        yield server


@pytest.fixture
def web(server: DurableServer, tmp_path: Path) -> Iterator[Web]:
    settings = {"ZOOM_CLIENT_ID": "a-client", "ZOOM_CLIENT_SECRET": "a-secret", "ZOOM_WEBHOOK_SECRET_TOKEN": SECRET}
    settings |= {"GOOGLE_CLIENT_ID": "a-client", "GOOGLE_CLIENT_SECRET": "a-secret", "OKEY_METRICS_TOKEN": "metrics"}
    with Web(tmp_path, DATABASE_URL=server.url, **settings).running("/health/live", 200) as web:
        yield web


def status(web: Web, method: str, path: str, body: str = "", **headers: str) -> int:
    answer = web.ask(method, path, body, **{"Cookie": "", **headers})
    return answer.status if answer is not None else 0


def deauthorized() -> tuple[str, dict[str, str]]:
    """As Zoom says and signs it."""
    payload = {"account_id": "a", "user_id": "u", "client_id": "a-client", "signature": "legacy"}
    payload |= {"deauthorization_time": "2026-11-01T13:52:28.632Z"}
    body, stamp = json.dumps({"event": "app_deauthorized", "payload": payload}), str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return body, {**JSON, "x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signed}"}


def posts() -> dict[str, tuple[str, dict[str, str]]]:
    pushed = f"/integrations/google_calendar/push/{uuid.uuid4()}/"
    return {
        "/accounts/login/": ("login=alice%40example.com&password=a-password", {}),
        "/book/alice/details/": ("start=2026-12-01T10%3A00&name=Ann", {}),
        "/api/v1/contacts": ('{"name": "Ann", "email": "ann@example.com"}', {**TOKEN, **JSON}),
        "/api/v1/meetings": ("{}", {**TOKEN, **JSON, "Idempotency-Key": "a-key"}),
        "/mcp": ('{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}', {**TOKEN, **JSON}),
        "/oauth/token": ("grant_type=authorization_code&code=a-code&client_id=a&code_verifier=b", {}),
        "/integrations/zoom/webhook/": deauthorized(),
        pushed: ("", {"X-Goog-Channel-ID": str(uuid.uuid4()), "X-Goog-Resource-State": "exists"}),
    }


def answers(web: Web) -> dict[str, tuple[int, str | None]]:
    """Of each that a database is needed for: status, and when to come again."""
    asked = [("GET", path, "", {}) for path in PAGES] + [("GET", path, "", TOKEN) for path in PROGRAMS]
    asked += [("POST", path, body, headers) for path, (body, headers) in posts().items()]
    asked += [("GET", path, "", {"Cookie": ""}) for path in ("/health/", "/health/ready")]
    said = {}
    for method, path, body, headers in asked:
        answer = web.ask(method, path, body, **headers)
        said[f"{method} {path}"] = (answer.status, answer.headers["Retry-After"]) if answer else (0, None)
    return said


def test_all_that_needs_it_says_503_and_when_to_ask_again_and_works_when_it_is_back(
    server: DurableServer, web: Web
) -> None:
    body, headers = deauthorized()
    assert status(web, "GET", "/api/v1/me", **TOKEN) == 401
    assert status(web, "POST", "/integrations/zoom/webhook/", body, **headers) == 200
    server.end(signal.SIGINT)
    said = answers(web)
    assert {asked: one for asked, one in said.items() if one != (503, "10")} == {}
    assert status(web, "GET", "/health/live") == 200
    figures = web.ask("GET", "/metrics", Cookie="", Authorization="Bearer metrics")
    assert figures is not None
    assert "okey_database_up 0" in figures.text  # type: ignore[attr-defined]
    server.run()
    assert status(web, "GET", "/health/") == 200
    assert status(web, "GET", "/api/v1/me", **TOKEN) == 401
    assert status(web, "POST", "/integrations/zoom/webhook/", body, **headers) == 200
