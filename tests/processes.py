"""O-Key as it really runs: web, worker, beat, broker and simulators, each a process that a test may kill."""

import base64
import fcntl
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import psycopg
import redis
import requests
from redis.backoff import NoBackoff
from redis.retry import Retry

from dev import commands, ports
from dev.development import DEMO_OWNER_EMAIL, DEVELOPMENT_SECRET_PREFIX
from dev.supervisor import die_with_parent
from tests import migrated
from tests.google_simulator import GoogleSimulator
from tests.microsoft_simulator import MicrosoftSimulator
from tests.simulator import Simulator
from tests.zoom_simulator import ZoomSimulator

ROOT = commands.ROOT
START_SECONDS = 60
STOP_SECONDS = 15
#: Characters of a log.
LAST_WORDS = 3000

#: Of this machine's environment, what a process needs to run at all; no setting of O-Key's.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


Result = TypeVar("Result")


class NotInTime(AssertionError):
    """What a test waited for did not come."""


def eventually(condition: Callable[[], Result], seconds: float = 60, what: str = "") -> Result:
    """The condition's first true answer; a test that never gets one fails after so many seconds."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise NotInTime(what or f"nothing true from {condition} within {seconds} s")
        pause.wait(0.05)


@contextmanager
def static_files(how: int = fcntl.LOCK_SH) -> Iterator[None]:
    """Nobody starts on the collected files while somebody collects them anew."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "static.lock").open("w") as file:
        fcntl.flock(file, how)
        yield


class FreshDatabase:
    """A new database: in the PostgreSQL server that DATABASE_URL names, or else a SQLite file.

    `with_tables`: as the migrations make them.
    """

    def __init__(self, folder: Path, server_url: str, *, with_tables: bool = False) -> None:
        self._server_url = server_url if migrated.is_postgresql(server_url) else ""
        self._name = f"okey_{secrets.token_hex(6)}"
        file = folder / "okey.sqlite3"
        self.url = f"sqlite:///{file}"
        if self._server_url:
            self.url = migrated.named(self._server_url, self._name)
            self._administer(f'CREATE DATABASE "{self._name}"')
        if with_tables and self._server_url:
            migrated.fill(self.url)
        elif with_tables:
            migrated.copy(file)

    def drop(self) -> None:
        if self._server_url:
            self._administer(f'DROP DATABASE "{self._name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)


class Process:
    """One process with its log. Ends with the test run, whatever becomes of that."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path, *, cwd: Path = ROOT) -> None:
        self.log = log
        self._already_logged = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def is_running(self) -> bool:
        return self._popen.poll() is None

    def send(self, signal_number: int) -> None:
        """To the process and those that it started."""
        os.killpg(self._popen.pid, signal_number)

    def said(self) -> str:
        """What it has logged since this start."""
        return self.log.read_bytes()[self._already_logged :].decode(errors="replace")

    def exit_code(self) -> int | None:
        """None while it runs; -9 after a SIGKILL."""
        return self._popen.poll()

    def end(self, signal_number: int = signal.SIGTERM) -> None:
        """Signal the process and those that it started, and wait until it is gone."""
        try:
            self.send(signal_number)
            self._popen.wait(STOP_SECONDS)
        except ProcessLookupError:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self._popen.wait(STOP_SECONDS)


def _how_it_ended(name: str, process: Process) -> str:
    return f"{name} ended with {process.exit_code()}, saying: …{process.said()[-LAST_WORDS:]}"


class Stack:
    """`with Stack(tmp_path) as stack:` runs all of O-Key on free ports, with demo data, in its own database.

    `settings` are further settings for O-Key's processes; `zoom` options go to the simulator. `vendors` are those set
    up beside Zoom ("google", "microsoft"), each with its simulator. More of a kind can be started beside the first:
    "worker-2", "beat-2".
    """

    NAMES = ("valkey", "web", "worker", "beat")  # in the order in which they start

    def __init__(
        self,
        folder: Path,
        *,
        server_url: str | None = None,
        settings: Mapping[str, str] | None = None,
        zoom: Mapping[str, Any] | None = None,
        vendors: Collection[str] = (),
    ) -> None:
        self.folder = folder
        self.port = ports.pick_free()
        self.broker_port = ports.pick_free()
        self.url = f"http://{ports.LOOPBACK}:{self.port}"
        self.owner_email = DEMO_OWNER_EMAIL
        self.owner_password = secrets.token_hex(8)
        self.mails_folder = folder / "mails"
        self.zoom = ZoomSimulator(
            redirect_uri=self.url + commands.CALLBACK_PATH,
            state_file=folder / "zoom.sqlite3",
            webhook_url=self.url + commands.WEBHOOK_PATH,
            webhook_secret=secrets.token_hex(16),
            **(zoom or {}),
        )
        self.simulators: dict[str, Simulator] = {"zoom": self.zoom}
        self.simulators |= {vendor: self._simulator(vendor) for vendor in vendors}
        self._server_url = os.environ.get("DATABASE_URL", "") if server_url is None else server_url
        self._more_settings = dict(settings or {})
        self._processes: dict[str, Process] = {}
        self._database: FreshDatabase | None = None
        self.env: dict[str, str] = {}
        #: Processes that had ended by themselves when somebody came to kill them.
        self.fallen: list[str] = []

    # From the first process to the last

    def __enter__(self) -> Self:
        try:
            self._database = FreshDatabase(self.folder, self._server_url, with_tables=True)
            for simulator in self.simulators.values():
                simulator.start()
            self.env = self._environment(self._database.url)
            self._run("-m", "dev.prepare")
            for name in self.NAMES:
                self.start(name, wait=False)
            for name in self.NAMES:
                self._wait_until_ready(name)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for name in reversed(list(self._processes)):
            self.kill(name, signal.SIGTERM)
        for simulator in self.simulators.values():
            simulator.stop()
        if self._database:
            self._database.drop()

    # One process

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start it (again); comes back when it does its work."""
        if name in self.simulators:
            self.simulators[name].start()
            return
        self._processes[name] = Process(self._command(name), self.env, self.folder / f"{name}.log")
        if wait:
            self._wait_until_ready(name)

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """Comes back when the process is gone. SIGTERM lets it end tidily."""
        if name in self.simulators:
            self.simulators[name].kill()
        elif name in self._processes:
            process = self._processes.pop(name)
            if not process.is_running():
                self.fallen.append(_how_it_ended(name, process))
            process.end(signal_number)

    def pause(self, name: str) -> None:
        """SIGSTOP: the process sleeps, its claims run out, and it knows of nothing."""
        self._processes[name].send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._processes[name].send(signal.SIGCONT)

    def ended_by_themselves(self) -> list[str]:
        """Processes that nobody has killed and that run no more: name, exit code and last words."""
        still = [_how_it_ended(name, one) for name, one in self._processes.items() if not one.is_running()]
        return [*self.fallen, *still]

    def is_running(self, name: str) -> bool:
        """False where the process was killed, or has ended by itself."""
        return name in self._processes and self._processes[name].is_running()

    def said(self, name: str) -> str:
        """What the process has printed since it was started."""
        return self._processes[name].said()

    def logs(self) -> str:
        """Everything that every process has printed, those that were killed as well."""
        return "".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))

    # Beside the processes

    def manage(self, *arguments: str) -> str:
        """`manage.py …` with the stack's settings; what it printed. `manage("shell", "-c", …)` asks the database."""
        return self._run("manage.py", *arguments)

    def get(self, path: str) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.url + path, timeout=START_SECONDS)

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def _environment(self, database_url: str) -> dict[str, str]:
        """Every setting by name, so that none comes from this checkout's .env or var/development.env."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "okey.settings",
            "PYTHONUNBUFFERED": "1",
            "DEBUG": "1",
            "SECRET_KEY": DEVELOPMENT_SECRET_PREFIX + secrets.token_urlsafe(48),
            "OKEY_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "OKEY_BASE_URL": self.url,
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "REDIS_URL": f"redis://{ports.LOOPBACK}:{self.broker_port}/0",
            "EMAIL_URL": f"filemail:///{self.mails_folder}",
            "DEFAULT_FROM_EMAIL": "O-Key <okey@example.com>",
            "ADMIN_EMAIL": "admin@example.com",
            "SUPPORT_EMAIL": "support@example.com",
            "JITSI_BASE_URL": "https://meet.jit.si",
            "ZOOM_CLIENT_ID": self.zoom.client_id,
            "ZOOM_CLIENT_SECRET": self.zoom.client_secret,
            "ZOOM_WEBHOOK_SECRET_TOKEN": str(self.zoom._options["webhook_secret"]),
            "ZOOM_OAUTH_BASE_URL": self.zoom.url,
            "ZOOM_API_BASE_URL": self.zoom.url,
            "ZOOM_MANAGE_MEETINGS": "0",
            **self._vendors_settings(),
            "DEMO_OWNER_PASSWORD": self.owner_password,
            "DEMO_ADMIN_PASSWORD": secrets.token_hex(8),
            **self._more_settings,
        }

    def _simulator(self, vendor: str) -> Simulator:
        paths = {"google": commands.GOOGLE_CALLBACK_PATHS, "microsoft": commands.MICROSOFT_CALLBACK_PATHS}[vendor]
        return {"google": GoogleSimulator, "microsoft": MicrosoftSimulator}[vendor](
            client_secret=secrets.token_hex(16),
            redirect_uri=[self.url + path for path in paths],
            state_file=self.folder / f"{vendor}.sqlite3",
        )

    def _vendors_settings(self) -> dict[str, str]:
        """Of those beside Zoom."""
        settings: dict[str, str] = {}
        for vendor, simulator in self.simulators.items():
            if vendor != "zoom":
                values = (simulator.client_id, simulator.client_secret, simulator.url)
                names = ("CLIENT_ID", "CLIENT_SECRET", "BASE_URL")
                settings |= {f"{vendor.upper()}_{name}": value for name, value in zip(names, values, strict=True)}
        return settings

    def _command(self, name: str) -> list[str]:
        match name.partition("-")[0]:
            case "valkey":
                self.folder.joinpath("valkey").mkdir(exist_ok=True)
                return commands.valkey(self.broker_port, self.folder / "valkey")
            case "web":
                return commands.web(self.port)
            case "worker":
                return commands.worker()
            case "beat":
                return [*commands.beat(), "--loglevel", "INFO"]  # the last one counts
        raise KeyError(name)

    def _wait_until_ready(self, name: str) -> None:
        process = self._processes[name]

        def ready_or_gone() -> bool:
            return not process.is_running() or self._is_ready(name, process)

        eventually(ready_or_gone, START_SECONDS, what=f"{name} did not get ready")
        assert process.is_running(), f"{name} ended: {process.said()}"

    def _is_ready(self, name: str, process: Process) -> bool:
        match name.partition("-")[0]:
            case "valkey":
                return self._broker_answers()
            case "web":
                return self._web_answers()
            case "worker":
                return " ready." in process.said()
        return "Beat is ready." in process.said()

    def _broker_answers(self) -> bool:
        with redis.Redis(port=self.broker_port, retry=Retry(NoBackoff(), 0)) as broker:
            try:
                return bool(broker.ping())
            except redis.RedisError:
                return False

    def _web_answers(self) -> bool:
        try:
            return self.get("/health/").ok
        except requests.RequestException:
            return False
