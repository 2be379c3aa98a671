"""README's production commands, as they stand there, in a fresh clone: what git has, and no folder that a run made."""

import http.client
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import commands, ports
from tests.dev.test_compose import HOST, database_url, environment
from tests.processes import Process, eventually

pytestmark = pytest.mark.processes

__all__ = ["database_url", "environment"]

ROOT = commands.ROOT


def _commands() -> list[str]:
    section = (ROOT / "README.md").read_text().partition("### The same as plain processes\n")[2]
    block = re.search(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1].splitlines()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the packages that are installed here, rather than a second time."""
    folder = tmp_path_factory.mktemp("clone") / "okey"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return folder


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in reversed(started):
        process.end()


def test_each_command_runs_and_beat_broker_and_worker_show_that_they_live(
    clone: Path, environment: dict[str, str], processes: list[Process], tmp_path: Path
) -> None:
    install, setup, migrate, collect, *long_running = _commands()
    assert install.startswith("python -m venv .venv && .venv/bin/pip install --require-hashes")
    assert setup == ".venv/bin/python manage.py okey_setup"  # tests/dev/test_setting_up.py
    for command in (migrate, collect):
        subprocess.run(shlex.split(command), cwd=clone, env=environment, check=True, capture_output=True)
    port = ports.pick_free()
    for number, command in enumerate(long_running):
        words = shlex.split(command.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
        words[0] = str(clone / words[0])
        processes.append(Process(words, environment, tmp_path / f"{number}.log", cwd=clone))
    eventually(lambda: _status(port, "/health/ready") == 200, 90, what=processes[0].said())
    asked = "from okey.pulse.models import Process, Pulse; print(Pulse.objects.count(), Process.objects.count())"
    look = [str(clone / ".venv/bin/python"), "manage.py", "shell", "--no-imports", "-c", asked]

    def said() -> str:
        return subprocess.run(look, cwd=clone, env=environment, check=False, capture_output=True, text=True).stdout

    eventually(lambda: said().strip() == "1 2", 90, what="".join(process.said() for process in processes))
    assert not (clone / "var").exists()
    assert all(process.is_running() for process in processes)


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
