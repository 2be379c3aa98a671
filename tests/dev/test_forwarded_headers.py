"""What a real gunicorn makes of a proxy's headers: only what TRUST_PROXY_HEADERS says, on the same machine too."""

import base64
import http.client
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from dev import commands, ports
from tests.processes import Process, eventually, static_files

pytestmark = pytest.mark.processes

ROOT = commands.ROOT
HOST = "okey.example.com"
#: Asked over https it is answered (401) without a database; over http it is redirected to https.
PATH = "/api/v1/me"


def _environment(port: int, *, trusts: bool) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DEBUG": "0",
        "PORT": str(port),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "OKEY_BASE_URL": f"https://{HOST}",
        "DATABASE_URL": "postgres://okey@127.0.0.1:1/okey",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": "okey@example.com",
        "ADMIN_EMAIL": "admin@example.com",
        "TRUST_PROXY_HEADERS": "1" if trusts else "0",
    }


def _compose_command() -> list[str]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    command: list[str] = compose["services"]["web"]["command"]
    return command


@pytest.fixture(params=["make run", "docker-compose"])
def command(request: pytest.FixtureRequest) -> tuple[list[str], int]:
    port = ports.pick_free()
    return (commands.web(port) if request.param == "make run" else _compose_command()), port


@pytest.fixture
def ask(command: tuple[list[str], int], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[object]:
    words, port = command

    def status(headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", PATH, headers={"Host": HOST, **headers})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    with static_files():
        process = Process(words, _environment(port, trusts=request.param), tmp_path / "web.log")
        eventually(lambda: status({}), 90, what=process.said())
    yield status
    process.end()


FORWARDED = [{"X-Forwarded-Proto": "https"}, {"X-Forwarded-Ssl": "on"}, {"X-Forwarded-Protocol": "ssl"}]


@pytest.mark.parametrize("ask", [False], indirect=True)
def test_no_header_of_a_proxy_is_believed_unless_the_setting_says_so(ask: object) -> None:
    assert [ask(headers) for headers in FORWARDED] == [301, 301, 301]  # type: ignore[operator]


@pytest.mark.parametrize("ask", [True], indirect=True)
def test_with_the_setting_one_header_is_believed_and_no_other(ask: object) -> None:
    assert [ask(headers) for headers in FORWARDED] == [401, 301, 301]  # type: ignore[operator]
    assert ask({"X-Forwarded-Proto": "http"}) == 301  # type: ignore[operator]
