"""The real web process while nobody answers at DATABASE_URL: 503 with words, nobody mailed, a short log."""

import base64
import http.client
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dev import commands, ports
from tests.processes import Process, eventually, static_files

pytestmark = pytest.mark.processes

HOST = "okey.example.com"
PASSWORDS = {"oldpassword": "cora-pw-4-okey", "password1": "new-secret-99x", "password2": "new-secret-99x"}


class Web:
    """gunicorn as `make run` starts it, in production's settings."""

    def __init__(self, folder: Path) -> None:
        self.port, self.mails = ports.pick_free(), folder / "mails"
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "OKEY_BASE_URL": f"https://{HOST}",
            "DATABASE_URL": f"postgres://okey:db-password@127.0.0.1:{ports.pick_free()}/okey",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "EMAIL_URL": f"filemail://{self.mails}",
            "DEFAULT_FROM_EMAIL": "okey@example.com",
            "ADMIN_EMAIL": "admin@example.com",
            "TRUST_PROXY_HEADERS": "1",
        }
        self.process = Process(commands.web(self.port), environment, folder / "web.log")

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        everything = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": "okey_session=somebody", **headers}
        if body:
            everything["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, everything)
            answer = connection.getresponse()
            answer.text = answer.read().decode()  # type: ignore[attr-defined]
        except OSError:
            return None
        finally:
            connection.close()
        return answer


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with static_files():
        web = Web(tmp_path)
        eventually(lambda: web.ask("GET", "/integrations/zoom/callback"), 90, what=web.process.said())
    yield web
    web.process.end()


def test_pages_and_programs_get_503_and_nobody_a_mail(web: Web) -> None:
    paths = ["/", "/accounts/login/", "/contacts/", "/admin/", "/m/a-clients-token/", "/book/alice/"]
    for path in paths:
        answer = web.ask("GET", path)
        assert answer is not None
        assert (path, answer.status, answer.headers["Retry-After"]) == (path, 503, "10")
        assert "is not available just now" in answer.text  # type: ignore[attr-defined]
    changed = web.ask("POST", "/accounts/password/change/", urlencode(PASSWORDS))
    assert changed is not None
    assert changed.status == 503
    for path in ("/api/v1/me", "/api/v1/contacts", "/mcp"):
        answer = web.ask("GET", path, Authorization="Bearer okey_some-token-or-other-0000")
        assert answer is not None
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert json.loads(answer.text)["code"] == "unavailable"  # type: ignore[attr-defined]
    health = web.ask("GET", "/health/", Cookie="")
    assert health is not None
    assert health.status == 503
    foreign = web.ask("GET", "/", Host="evil.example")
    assert foreign is not None
    assert foreign.status == 400
    assert not (list(web.mails.glob("*")) if web.mails.exists() else [])
    said = web.process.said()
    assert "The database does not answer" in said
    assert not [text for text in ("Traceback", "db-password", *PASSWORDS.values()) if text in said], said
    assert len(said.splitlines()) < 15, said
