"""Runs processes under honcho: their output into files, and none of them outliving the others or us."""

import ctypes
import functools
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from honcho.manager import KILL_WAIT, Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

PR_SET_PDEATHSIG = 1  # linux/prctl.h
FOLLOW_SECONDS = 0.5


def die_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """In a new process, before it becomes another program: ask Linux to signal it when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


def when_parent_dies(act: Any) -> None:
    """Call `act` once this process has lost its parent, on any system."""
    parent = os.getppid()
    never = threading.Event()

    def follow() -> None:
        while os.getppid() == parent:
            never.wait(FOLLOW_SECONDS)
        act()

    threading.Thread(target=follow, daemon=True).start()


class _Process(Process):  # type: ignore[misc] # honcho has no types
    """One process of ours. honcho runs this in a helper of its own, which outlives a killed manager."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._child_ctor = functools.partial(Popen, preexec_fn=die_with_parent)

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        when_parent_dies(self._stop)
        super().run(events, ignore_signals)

    def _stop(self) -> None:
        child = self._child
        if child is not None and child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(KILL_WAIT)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        os._exit(1)  # nobody reads the queue any more: a tidy end would wait for that


class _LogPrinter(Printer):  # type: ignore[misc] # honcho has no types
    """Writes each process's lines into its log file, and to the terminal once `show` is set."""

    def __init__(self, folder: Path) -> None:
        super().__init__(sys.stdout)
        self.folder = folder
        self.files: dict[str, BinaryIO] = {}
        self.show = threading.Event()

    def start_file(self, name: str) -> None:
        """An empty log; the last run's stays beside it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        self.files[name] = path.open("wb", buffering=0)

    def write(self, message: Message) -> None:
        if message.name not in self.files:
            return  # honcho's own remarks
        self.files[message.name].write(message.data)
        if self.show.is_set():
            try:
                super().write(message)
                sys.stdout.flush()
            except OSError:
                self.show.clear()  # the terminal or pipe is gone; the files go on


class Supervisor(Manager):  # type: ignore[misc] # honcho has no types
    """honcho's manager, which also says whose end was unexpected and takes a signal at any moment."""

    def __init__(self, logs: Path) -> None:
        self.logs = _LogPrinter(logs)
        super().__init__(self.logs)
        self._process_ctor = _Process
        self.stopping = False
        self.fallen: str | None = None  # the process that ended by itself

    def add(self, name: str, command: list[str], environment: dict[str, str], *, after: Path | None = None) -> None:
        """Run this with the others, once the file `after` exists."""
        wait = f"until [ -e {shlex.quote(str(after))} ]; do sleep 0.1; done; " if after else ""
        self.logs.start_file(name)
        self.add_process(name, f"{wait}exec {shlex.join(command)}", env=environment)

    def show_output(self) -> None:
        self.logs.show.set()

    def loop(self) -> None:
        signal.signal(signal.SIGHUP, _as_sigterm)
        try:
            super().loop()
        finally:
            self._end_helpers()

    def _end_helpers(self) -> None:
        """After an error in honcho itself: a helper that lost its manager would otherwise be waited for, for ever."""
        for process in self._processes.values():
            if "returncode" not in process and "pid" in process:
                self._procmgr.kill(process["pid"])

    def terminate(self) -> None:
        """Called by honcho on a signal and when a process has ended."""
        ended = [name for name, process in self._processes.items() if "returncode" in process]
        if ended and not self.stopping:
            self.fallen = self.fallen or ended[0]
        self.stopping = True
        self.logs.show.clear()  # parting words are for the files
        if self._all_started():
            super().terminate()

    def _all_started(self) -> bool:
        """honcho asks at every turn: the moment at which an early signal can be obeyed."""
        started: bool = super()._all_started()
        if started and self.stopping:
            super().terminate()
        return started


def _as_sigterm(_number: int, _frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
