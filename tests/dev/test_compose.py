"""docker-compose.yml without Docker: each service's own command and health check, as plain processes."""

import base64
import fcntl
import http.client
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev import commands, ports
from dev.postgres import postgresql
from tests.processes import FreshDatabase, Process, eventually, static_files

ROOT = commands.ROOT
HOST = "okey.example.com"
#: Those of README's table: what is not handed on means nothing under Docker Compose, whatever .env says.
SETTINGS = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
SECRETS = {
    "SECRET_KEY": "${SECRET_KEY:?not set in .env}",
    "OKEY_ENCRYPTION_KEYS": "${OKEY_ENCRYPTION_KEYS:?not set in .env}",
    "OKEY_METRICS_TOKEN": "${OKEY_METRICS_TOKEN:-}",
    "ZOOM_CLIENT_SECRET": "${ZOOM_CLIENT_SECRET:-}",
    "ZOOM_WEBHOOK_SECRET_TOKEN": "${ZOOM_WEBHOOK_SECRET_TOKEN:-}",
    "GOOGLE_CLIENT_SECRET": "${GOOGLE_CLIENT_SECRET:-}",
    "MICROSOFT_CLIENT_SECRET": "${MICROSOFT_CLIENT_SECRET:-}",
    "DATABASE_URL": "postgres://okey:${POSTGRES_PASSWORD:?not set in .env}@postgres:5432/okey",
}
OURS = ("migrate", "web", "worker", "beat")
Service = dict[str, Any]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    compose: dict[str, dict[str, Service]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return compose["services"]


def _schema_takes(file: Path) -> subprocess.CompletedProcess[str]:
    """Compose's own schema, as its makers publish it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_composes_own_schema_takes_the_file(tmp_path: Path) -> None:
    done = _schema_takes(ROOT / "docker-compose.yml")
    assert done.returncode == 0, done.stdout
    spoilt = tmp_path / "docker-compose.yml"
    spoilt.write_text((ROOT / "docker-compose.yml").read_text().replace("depends_on:", "depend_on:", 1))
    assert "depend_on" in _schema_takes(spoilt).stdout


@pytest.mark.parametrize("name", OURS)
def test_each_service_of_ours_names_every_setting_and_no_secret(services: dict[str, Service], name: str) -> None:
    environment = services[name]["environment"]
    assert set(environment) >= SETTINGS
    assert {setting: environment[setting] for setting in SECRETS} == SECRETS


def test_every_service_has_a_health_check_and_all_wait_for_the_migrations(services: dict[str, Service]) -> None:
    assert set(services) == {*OURS, "postgres", "redis"}
    assert all("healthcheck" in service for service in services.values())
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Production's kind of database, whichever one the other tests are using."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        database = FreshDatabase(tmp_path_factory.mktemp("database"), given)
        yield database.url
        database.drop()
    else:
        with postgresql() as url:
            yield url


@pytest.fixture(scope="module")
def environment(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What .env and compose would give, with this machine's addresses; the broker is running."""
    folder = tmp_path_factory.mktemp("broker")
    port = ports.pick_free()
    broker = Process(commands.valkey(port, folder), {"PATH": os.environ["PATH"]}, folder / "log")
    yield {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "OKEY_BASE_URL": f"https://{HOST}",
        "PORT": str(ports.pick_free()),
        "DATABASE_URL": database_url,
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": "okey@example.com",
        "ADMIN_EMAIL": "admin@example.com",
        "SUPPORT_EMAIL": "support@example.com",
        "TRUST_PROXY_HEADERS": "1",
        "OKEY_WEB_STATEMENT_SECONDS": "15",
        "OKEY_IDLE_TRANSACTION_SECONDS": "30",
        "OKEY_KEEP_MAILS_DAYS": "30",
        "OKEY_KEEP_ATTEMPTS_DAYS": "30",
        "OKEY_KEEP_EVENTS_DAYS": "730",
        "OKEY_OPEN_SIGN_UP": "0",
        "OKEY_SECOND_FACTOR_REQUIRED": "0",
        "LINK_SEATS": "8",
        "OKEY_LOG_FORMAT": "json",
        "OKEY_METRICS_TOKEN": "",
        "JITSI_BASE_URL": "https://meet.jit.si",
        "ZOOM_CLIENT_ID": "",
        "ZOOM_CLIENT_SECRET": "",
        "ZOOM_WEBHOOK_SECRET_TOKEN": "",
        "ZOOM_OAUTH_BASE_URL": "https://zoom.us",
        "ZOOM_API_BASE_URL": "https://api.zoom.us",
        "ZOOM_MANAGE_MEETINGS": "0",
        "GOOGLE_CLIENT_ID": "",
        "GOOGLE_CLIENT_SECRET": "",
        "GOOGLE_BASE_URL": "",
        "MICROSOFT_CLIENT_ID": "",
        "MICROSOFT_CLIENT_SECRET": "",
        "MICROSOFT_CLIENT_SECRET_EXPIRES": "",
        "MICROSOFT_BASE_URL": "",
    }
    broker.end()


@pytest.fixture(scope="module")
def migrated(services: dict[str, Service], environment: dict[str, str]) -> None:
    for command in (services["migrate"]["command"], ["python", "docker/collect_static.py"]):
        with static_files(fcntl.LOCK_EX):
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


Start = Callable[[str], Process]


@pytest.fixture
def start(services: dict[str, Service], environment: dict[str, str], migrated: None, tmp_path: Path) -> Iterator[Start]:
    """Run a service's command; the container's /tmp is this test's own folder."""
    started = []

    def start_one(name: str) -> Process:
        command = [part.replace("/tmp/", f"{tmp_path}/") for part in services[name]["command"]]
        process = Process(command, _with_sign_of_life(services, name, environment, tmp_path), tmp_path / "log")
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.end(signal.SIGKILL)


def _with_sign_of_life(
    services: dict[str, Service], name: str, environment: dict[str, str], folder: Path
) -> dict[str, str]:
    file = services[name]["environment"].get("OKEY_HEARTBEAT_FILE", "")
    return environment | ({"OKEY_HEARTBEAT_FILE": file.replace("/tmp", str(folder))} if file else {})


def _is_healthy(services: dict[str, Service], name: str, environment: dict[str, str], folder: Path) -> bool:
    kind, *command = services[name]["healthcheck"]["test"]
    assert kind == "CMD"
    settings = _with_sign_of_life(services, name, environment, folder)
    return subprocess.run(command, cwd=ROOT, env=settings, check=False, capture_output=True).returncode == 0


@pytest.mark.processes
@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_command_runs_and_its_health_check_tells_alive_from_dead(
    services: dict[str, Service], environment: dict[str, str], start: Start, tmp_path: Path, name: str
) -> None:
    assert not _is_healthy(services, name, environment, tmp_path)
    process = start(name)
    eventually(lambda: _is_healthy(services, name, environment, tmp_path), 90, what=f"{name}: {process.said()}")
    process.end()
    assert "Traceback" not in process.said()
    if name == "web":
        assert not _is_healthy(services, name, environment, tmp_path)


@pytest.mark.processes
def test_an_old_sign_of_life_is_none(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    file.touch()
    command = [sys.executable, "docker/healthy.py", "sign-of-life"]
    settings = {"OKEY_HEARTBEAT_FILE": str(file)}
    assert subprocess.run([*command, "60"], cwd=ROOT, env=settings, check=False).returncode == 0
    os.utime(file, (0, 0))
    assert subprocess.run([*command, "60"], cwd=ROOT, env=settings, check=False).returncode == 1


@pytest.mark.processes
def test_the_web_service_answers_behind_its_proxy_and_sends_everybody_else_to_https(
    services: dict[str, Service], environment: dict[str, str], start: Start, tmp_path: Path
) -> None:
    process = start("web")
    eventually(lambda: _is_healthy(services, "web", environment, tmp_path), 90, what=process.said())
    by_proxy = _get(environment, "/", {"X-Forwarded-Proto": "https"})
    assert (by_proxy.status, by_proxy.headers["Location"].startswith("https")) in {(200, False), (302, False)}
    plain = _get(environment, "/")
    assert (plain.status, plain.headers["Location"]) == (301, f"https://{HOST}/")


def _get(environment: dict[str, str], path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", int(environment["PORT"]), timeout=10)
    connection.request("GET", path, headers={"Host": HOST, **(headers or {})})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response
