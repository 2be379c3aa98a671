"""The real web process while nobody answers at DATABASE_URL: 503 with words, nobody mailed, a short log."""

import base64
import fcntl
import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import pytest

from dev import commands, ports
from tests.processes import Process, eventually, static_files

pytestmark = pytest.mark.processes

ROOT = commands.ROOT
HOST = "okey.example.com"
PASSWORDS = {"oldpassword": "cora-pw-4-okey", "password1": "new-secret-99x", "password2": "new-secret-99x"}


class Web:
    """gunicorn as `make run` starts it, in production's settings."""

    def __init__(self, folder: Path, **settings: str) -> None:
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
            **settings,
        }
        _collect(environment)
        self._environment, self._log = environment, folder / "web.log"

    @contextmanager
    def running(self, path: str, *wanted: int) -> Iterator[Self]:
        """From when this address answers, with one of these where any are given."""
        with static_files():
            self.process = Process(commands.web(self.port), self._environment, self._log)
            try:
                eventually(lambda: (said := self.ask("GET", path)) and (not wanted or said.status in wanted), 240)
                yield self
            finally:
                print(self.process.said())
                self.process.end()

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        everything = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": "okey_session=somebody", **headers}
        if body:
            everything.setdefault("Content-Type", "application/x-www-form-urlencoded")
        try:
            connection.request(method, path, body, everything)
            answer = connection.getresponse()
            answer.text = answer.read().decode()  # type: ignore[attr-defined]
        except OSError:
            return None
        finally:
            connection.close()
        return answer


def _collect(environment: dict[str, str]) -> None:
    """Where nobody has, in a new checkout: pages look for their files in the list of those that were collected."""
    with static_files(fcntl.LOCK_EX):
        if not (ROOT / "staticfiles").exists():
            command = [sys.executable, "docker/collect_static.py"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path).running("/integrations/zoom/callback") as web:
        yield web


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
    assert (health.status, health.headers["Retry-After"]) == (503, "10")
    foreign = web.ask("GET", "/", Host="evil.example")
    assert foreign is not None
    assert foreign.status == 400
    assert not (list(web.mails.glob("*")) if web.mails.exists() else [])
    said = web.process.said()
    assert "The database does not answer" in said
    assert not [text for text in ("Traceback", "db-password", *PASSWORDS.values()) if text in said], said
    assert len(said.splitlines()) < 15, said
