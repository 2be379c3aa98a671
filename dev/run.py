"""`make run`: O-Key with everything it needs, on this machine, until Ctrl-C."""

import fcntl
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import environ

from dev import calendar_server, commands, development, ports
from dev.supervisor import Supervisor, when_parent_dies

ROOT = commands.ROOT
VAR = ROOT / "var"
FIRST_PAGE_SECONDS = 60
CALENDAR_USER = "demo"
UNPREPARED = "The database could not be prepared; the reason is above."

Environment = dict[str, str]


class CannotRun(Exception):
    """Says in one line what to do."""


@contextmanager
def only_run_here(folder: Path) -> Iterator[None]:
    """One `make run` a checkout: the database and the broker's files are its own."""
    folder.mkdir(exist_ok=True)
    with (folder / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun("O-Key is running in this folder already; stop it first.") from None
        yield


def web_port(environment: Mapping[str, str]) -> int:
    text = environment.get("PORT", "") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotRun(f"PORT={text} is not a port.")
    if not ports.is_free(int(text)):
        raise CannotRun(f"Port {text} is taken. Another one: make run PORT={(int(text) + 1) % 65536 or 8001}")
    return int(text)


def read_settings() -> tuple[Environment, int]:
    """The environment for O-Key's processes, in the order of okey/settings.py, and the web port."""
    environ.Env.read_env(ROOT / ".env")
    port = web_port(os.environ)
    if environ.Env().bool("DEBUG", default=True):
        development.ensure(VAR / "development.env", port)
        environ.Env.read_env(VAR / "development.env")
    return {**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1"}, port


def base_url(environment: Mapping[str, str], port: int) -> str:
    return environment.get("OKEY_BASE_URL", "").rstrip("/") or f"http://{ports.LOOPBACK}:{port}"


def wants_simulator(environment: Mapping[str, str], vendor: str = "ZOOM") -> bool:
    """A vendor is simulated unless real credentials are there; half of them is a mistake to be told."""
    names = [f"{vendor}_CLIENT_ID", f"{vendor}_CLIENT_SECRET"]
    given = [name for name in names if environment.get(name)]
    if len(given) == 1:
        [missing] = set(names) - set(given)
        real = f"the real {vendor.capitalize()}"
        raise CannotRun(f"{given[0]} is set and {missing} is not: set both for {real}, or neither.")
    return not given and f"SIMULATOR_{vendor}_CLIENT_ID" in environment


def add_zoom(supervisor: Supervisor, environment: Environment, port: int) -> None:
    """Start the Zoom simulator, and point O-Key's own Zoom settings at it."""
    simulator, address = _as_simulated(environment, "ZOOM", port)
    environment["ZOOM_OAUTH_BASE_URL"] = environment["ZOOM_API_BASE_URL"] = address
    environment["ZOOM_WEBHOOK_SECRET_TOKEN"] = environment["SIMULATOR_ZOOM_WEBHOOK_SECRET_TOKEN"]
    command = commands.zoom_simulator(
        port=simulator,
        state=VAR / "zoom-simulator.sqlite3",
        client_id=environment["ZOOM_CLIENT_ID"],
        client_secret=environment["ZOOM_CLIENT_SECRET"],
        webhook_secret=environment["ZOOM_WEBHOOK_SECRET_TOKEN"],
        okey_url=base_url(environment, port),
        manages_meetings=environment.get("ZOOM_MANAGE_MEETINGS", "").lower() in {"1", "true", "yes", "on"},
    )
    supervisor.add("zoom", command, environment)


def add_google(supervisor: Supervisor, environment: Environment, port: int) -> None:
    """Start the Google simulator, and point O-Key's own Google settings at it."""
    _add(supervisor, environment, port, "GOOGLE", commands.google_simulator)


def add_microsoft(supervisor: Supervisor, environment: Environment, port: int) -> None:
    """Start the Microsoft simulator, and point O-Key's own Microsoft settings at it."""
    _add(supervisor, environment, port, "MICROSOFT", commands.microsoft_simulator)


def _add(
    supervisor: Supervisor, environment: Environment, port: int, vendor: str, command: Callable[..., list[str]]
) -> None:
    """A vendor of which one address stands in for all hosts."""
    simulator, environment[f"{vendor}_BASE_URL"] = _as_simulated(environment, vendor, port)
    words = command(
        port=simulator,
        state=VAR / f"{vendor.lower()}-simulator.sqlite3",
        client_id=environment[f"{vendor}_CLIENT_ID"],
        client_secret=environment[f"{vendor}_CLIENT_SECRET"],
        okey_url=base_url(environment, port),
    )
    supervisor.add(vendor.lower(), words, environment)


def _as_simulated(environment: Environment, vendor: str, port: int) -> tuple[int, str]:
    """The simulator's credentials are O-Key's; the port and the address that it will have."""
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        environment[f"{vendor}_{name}"] = environment[f"SIMULATOR_{vendor}_{name}"]
    wanted = ports.simulator_port(port, vendor.lower())
    simulator = ports.first_free(int(environment[f"SIMULATOR_{vendor}_PORT"]), wanted)
    return simulator, f"http://{ports.LOOPBACK}:{simulator}"


#: The vendors that have a simulator, as their settings name them.
SIMULATORS = {"ZOOM": add_zoom, "GOOGLE": add_google, "MICROSOFT": add_microsoft}


def add_calendar_server(supervisor: Supervisor, environment: Environment, port: int, *, after: Path) -> None:
    """A real one, with a calendar in it that one can edit: to be connected in settings."""
    folder = VAR / "calendar-server"
    password = environment["CALENDAR_SERVER_PASSWORD"]
    calendar_server.lay_out(folder, user=CALENDAR_USER, password=password, now=datetime.now(UTC))
    wanted = int(environment["CALENDAR_SERVER_PORT"])
    taken = ports.first_free(wanted, ports.simulator_port(port, "calendars"))
    environment["CALENDAR_SERVER_PORT"] = str(taken)
    supervisor.add("calendars", commands.radicale(port=taken, folder=folder), environment, after=after)


def add_broker(supervisor: Supervisor, environment: Environment) -> None:
    port = ports.pick_free()
    folder = VAR / "valkey"
    folder.mkdir(exist_ok=True)
    environment["REDIS_URL"] = f"redis://{ports.LOOPBACK}:{port}/0"
    supervisor.add("valkey", commands.valkey(port, folder), environment)


def first_page_answers(port: int, url: str) -> bool:
    """Whether O-Key answers a browser's first request with anything but an error of its own."""
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": urlsplit(url).netloc})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def welcome(environment: Mapping[str, str], url: str) -> str:
    lines = [f"O-Key: {url}/"]
    if "DEMO_OWNER_PASSWORD" in environment:
        lines.append(f"owner: {development.DEMO_OWNER_EMAIL} / {environment['DEMO_OWNER_PASSWORD']}")
        lines.append(f"admin: {development.DEMO_ADMIN_EMAIL} / {environment['DEMO_ADMIN_PASSWORD']}")
    if "DEMO_OWNER_PASSWORD" in environment and not environment.get("EMAIL_URL"):
        lines.append(f"mails: {url}/mails/")
    return "\n".join(lines)


class Start:
    """The steps between the first process and the welcome, beside the supervisor's loop."""

    def __init__(self, supervisor: Supervisor, environment: Environment, port: int) -> None:
        self.supervisor = supervisor
        self.environment = environment
        self.port = port
        self.ready = VAR / "ready"  # the worker and beat wait for this file
        self.ready.unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def begin(self) -> None:
        """Before the supervisor's loop, and here rather than in the thread: a process that honcho forks at the
        same moment would keep the new process's pipe open, and the thread would wait for it for ever."""
        self._preparing = subprocess.Popen([commands.PYTHON, "-m", "dev.prepare"], env=self.environment)
        # Like production, with DEBUG off: static files must be there before the web process looks.
        if "DEMO_OWNER_PASSWORD" not in self.environment and self.failed(None):
            raise CannotRun(UNPREPARED)
        self._thread.start()

    def failed(self, seconds: float | None = 5) -> bool:
        """Whether the database could not be prepared; asked when the supervisor has ended."""
        try:
            return self._preparing.wait(seconds) != 0
        except subprocess.TimeoutExpired:
            self._preparing.kill()
            return False

    def _run(self) -> None:
        # The web process loads meanwhile: both take a second, and a page is promised within five.
        if self._preparing.wait() == 0:
            self._announce()
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    def _announce(self) -> None:
        """Wait for the first page, say where it is, and only then let the processes talk."""
        url = base_url(self.environment, self.port)
        never = threading.Event()
        for _ in range(FIRST_PAGE_SECONDS * 20):
            if first_page_answers(self.port, url):
                print(welcome(self.environment, url), flush=True)
                break
            if self.supervisor.stopping:
                return
            never.wait(0.05)
        else:
            print(f"O-Key does not answer at {url}/ yet; see var/log/web.log.", file=sys.stderr, flush=True)
        self.supervisor.show_output()
        self.ready.touch()


def supervise(environment: Environment, port: int) -> int:
    supervisor = Supervisor(VAR / "log")
    if not environment.get("REDIS_URL"):
        add_broker(supervisor, environment)
    for vendor, add in SIMULATORS.items():
        if wants_simulator(environment, vendor):
            add(supervisor, environment, port)
    start = Start(supervisor, environment, port)
    if "CALENDAR_SERVER_PASSWORD" in environment:
        add_calendar_server(supervisor, environment, port, after=start.ready)
    supervisor.add("web", commands.web(port), environment)
    supervisor.add("worker", commands.worker(), environment, after=start.ready)
    supervisor.add("beat", commands.beat(), environment, after=start.ready)
    start.begin()
    supervisor.loop()
    if start.failed():
        raise CannotRun(UNPREPARED)
    if supervisor.fallen is None:
        return 0
    log = VAR / "log" / f"{supervisor.fallen}.log"
    print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-15:]), end="", file=sys.stderr)
    raise CannotRun(f"{supervisor.fallen} stopped unexpectedly, so O-Key stopped. Its log: {log.relative_to(ROOT)}")


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    os.chdir(ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # until the supervisor takes over: ends a migration, too
    if "MAKELEVEL" in os.environ:
        when_parent_dies(lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        with only_run_here(VAR):
            environment, port = read_settings()
            # At once: until the first page answers there is nothing else to see.
            print(f"Starting O-Key on port {port} …", flush=True)
            return supervise(environment, port)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
