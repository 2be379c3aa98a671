"""`make run` as a test starts it: in a copy of this checkout, with nothing configured."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from dev.commands import ROOT
from tests.processes import eventually

NOT_COPIED = (".git", ".venv", ".env", "vendors.env", "var", "staticfiles", "node_modules", ".*_cache", "__pycache__")


def copy_checkout(folder: Path, *, with_tests: bool = False) -> Path:
    """A fresh one: what git keeps."""
    not_copied = NOT_COPIED if with_tests else (*NOT_COPIED, "tests")
    return Path(shutil.copytree(ROOT, folder / "okey", ignore=shutil.ignore_patterns(*not_copied)))


class Run:
    """One `make run`, from its welcome on."""

    def __init__(self, popen: "subprocess.Popen[str]", welcome: list[str]) -> None:
        self.popen = popen
        self.welcome = welcome
        eventually(self.is_complete, 60, what="not every process came up")
        self.processes = psutil.Process(popen.pid).children(recursive=True)

    def command_lines(self) -> str:
        lines = []
        for process in psutil.Process(self.popen.pid).children(recursive=True):
            try:
                lines.append(" ".join(process.cmdline()))
            except psutil.NoSuchProcess:
                continue
        return "\n".join(line for line in lines if not line.startswith("/bin/sh"))

    def is_complete(self) -> bool:
        lines = self.command_lines()
        return " worker " in lines and " beat " in lines

    def ends_with_all_its_processes(self) -> None:
        self.popen.wait(60)
        _, alive = psutil.wait_procs(self.processes, timeout=60)
        assert alive == []


@contextmanager
def running(checkout: Path, port: int, **settings: str) -> Iterator[Run]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    popen = subprocess.Popen(
        [sys.executable, "-m", "dev.run"],
        cwd=checkout,
        env=inherited | {"PORT": str(port)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert popen.stdout
    try:
        assert popen.stdout.readline() == f"Starting O-Key on port {port} …\n"
        yield Run(popen, [popen.stdout.readline().rstrip() for _ in range(4)])
    finally:
        if popen.poll() is None:
            popen.terminate()
        popen.communicate(timeout=60)
