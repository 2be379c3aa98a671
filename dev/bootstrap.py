"""Makes `.venv` as the lock file says. Runs under whatever python3 the machine has; standard library only.

A stamp, written last, says that `.venv` is whole and which lock it holds. No stamp, and `.venv` is made anew:
an installation that was interrupted is never trusted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEWEST_TRIED = 16  # names of interpreters are looked for up to python3.16
GENERATED = (".venv", "var", "staticfiles", ".mypy_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis")

PROBE = """
import importlib.util, sys
print(sys.version_info[0], sys.version_info[1], int(bool(importlib.util.find_spec("ensurepip"))))
"""


class CannotBootstrap(Exception):
    """Says in one line what to do."""


def find_python() -> str:
    """An interpreter that is new enough and can make virtual environments."""
    without_venv = None
    names = ["python3", "python", *(f"python3.{minor}" for minor in range(OLDEST[1], NEWEST_TRIED + 1))]
    for path in filter(None, [sys.executable, *map(shutil.which, names)]):
        probe = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            continue  # a version manager's name for a version that is not installed
        major, minor, has_venv = map(int, probe.stdout.split())
        if (major, minor) < OLDEST:
            continue
        if has_venv:
            return path
        without_venv = without_venv or f"{major}.{minor}"
    if without_venv:
        raise CannotBootstrap(
            f"Python {without_venv} cannot make virtual environments here. Install what is missing, "
            f"on Debian and Ubuntu: apt-get install python3-venv"
        )
    raise CannotBootstrap(f"O-Key needs Python {OLDEST[0]}.{OLDEST[1]} or newer; none was found.")


def fingerprint(lock: Path) -> str:
    """What a whole `.venv` was made from: these locked packages, in this folder (its scripts name it)."""
    return hashlib.sha256(lock.read_bytes() + str(ROOT).encode()).hexdigest()


def is_whole(venv: Path, lock: Path) -> bool:
    stamp = venv / "okey-lock"
    # exists() follows the link: an interpreter that was uninstalled since does not count.
    return stamp.exists() and stamp.read_text() == fingerprint(lock) and (venv / "bin" / "python").exists()


def locked_uv(lock: Path) -> str | None:
    """The lines of the lock that pin uv."""
    found = re.search(r"^uv==.*(?:\n[ \t]+.*)*", lock.read_text(), flags=re.MULTILINE)
    return found.group() + "\n" if found else None


def run(*command: str) -> None:
    subprocess.run(command, check=True, close_fds=False)


def sync_by_uv(venv: Path, lock: Path, pip: list[str]) -> bool:
    """Install with uv, put into `.venv` by pip: seconds instead of half a minute. Whether that went well."""
    wanted = locked_uv(lock)
    if not wanted:
        return False
    requirements = venv / "uv.txt"
    requirements.write_text(wanted)
    python = str(venv / "bin" / "python")
    commands = (
        [*pip, "--only-binary=:all:", "-r", str(requirements)],
        [python, "-m", "uv", "pip", "sync", "--quiet", "--python", python, "--require-hashes", str(lock)],
    )
    return all(
        subprocess.run(command, check=False, capture_output=True, close_fds=False).returncode == 0
        for command in commands
    )


def install(venv: Path, lock: Path) -> None:
    """Make `.venv` hold exactly what the lock says. The caller holds the checkout's lock."""
    stamp = venv / "okey-lock"
    python_inside = venv / "bin" / "python"
    if not stamp.exists() or not python_inside.exists():
        python = find_python()
        print("Installing O-Key's Python packages into .venv (once) …", file=sys.stderr, flush=True)
        shutil.rmtree(venv, ignore_errors=True)
        run(python, "-m", "venv", str(venv))
    stamp.unlink(missing_ok=True)
    python = str(python_inside)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    if not sync_by_uv(venv, lock, pip):
        # Pip knows this machine's own package indexes and certificates; uv has settings of its own.
        run(*pip, "-r", str(lock))
    unfinished = venv / "okey-lock.new"
    unfinished.write_text(fingerprint(lock))
    unfinished.replace(stamp)


@contextmanager
def alone() -> Iterator[None]:
    """Two `make` at once in one checkout: the second waits. The lock goes with the process, however it ends,
    and with the installers that it started: after a kill -9 they go on for a while."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "bootstrap.lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def clean() -> None:
    for name in GENERATED:
        shutil.rmtree(ROOT / name, ignore_errors=True)


def main(arguments: list[str]) -> int:
    if arguments == ["--clean"]:
        clean()
        return 0
    venv, lock = ROOT / ".venv", ROOT / "requirements-dev.lock"
    if is_whole(venv, lock):
        return 0
    os.environ.pop("VIRTUAL_ENV", None)  # another project's, active in this shell
    try:
        with alone():
            if not is_whole(venv, lock):
                install(venv, lock)
    except CannotBootstrap as problem:
        print(problem, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError:
        print("O-Key's packages could not be installed; the reason is above. `make` tries again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops what was started, too
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
