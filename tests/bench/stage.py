"""All of O-Key's processes on PostgreSQL, with the stand-in as its Zoom, and what can be seen of them from outside."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

from dev import ports
from dev.postgres import postgresql
from dev.supervisor import die_with_parent
from tests.bench.rows import percentile
from tests.chaos.database import Questions
from tests.processes import ROOT, Stack, eventually

#: What a worker's link lane has, and what the stand-in takes for a call, in seconds.
THREADS, LATENCY = 8, 0.3
CEILING = THREADS / LATENCY


class StandIn:
    """The stand-in's process. Its calls are [what, user, came, answered], in seconds since the epoch."""

    def __init__(self) -> None:
        self.port = ports.pick_free()
        self.url = f"http://{ports.LOOPBACK}:{self.port}"
        command = [sys.executable, str(Path(__file__).with_name("stand_in.py")), str(self.port)]
        self._popen = subprocess.Popen(command, preexec_fn=die_with_parent)
        self._http = requests.Session()
        self._http.trust_env = False
        eventually(self._is_up, 20, "the stand-in did not start")

    def _is_up(self) -> bool:
        try:
            self.control()
        except requests.RequestException:
            return False
        return True

    def control(self, **wish: Any) -> list[list[Any]]:
        calls: list[list[Any]] = self._http.post(self.url + "/control", data=json.dumps(wish), timeout=20).json()
        return calls

    def creates(self) -> list[list[Any]]:
        return [call for call in self.control() if call[0] == "create"]

    def stop(self) -> None:
        self._http.close()
        self._popen.terminate()
        self._popen.wait()


class Stage:
    """Everything running, and so many owners connected."""

    def __init__(self, stack: Stack, zoom: StandIn, questions: Questions) -> None:
        self.stack, self.zoom, self.questions = stack, zoom, questions

    def fill(self, *words: object) -> str:
        return self.stack._run("-m", "tests.bench.filling", *map(str, words))

    def fill_beside(self, *words: object) -> "subprocess.Popen[str]":
        """The same, without waiting for its end."""
        command = [sys.executable, "-m", "tests.bench.filling", *map(str, words)]
        return subprocess.Popen(command, cwd=ROOT, env=self.stack.env, stdout=subprocess.PIPE, text=True)

    def links(self) -> int:
        return int(self.questions.one("SELECT count(*) FROM meetings_meeting WHERE join_url <> ''"))

    def owed_links(self) -> int:
        return int(
            self.questions.one("SELECT count(*) FROM meetings_meeting WHERE provider = 'zoom' AND join_url = ''")
        )

    def mails_told(self) -> int:
        return int(self.questions.one("SELECT count(*) FROM meetings_invitation WHERE told_at IS NOT NULL"))

    def link_seconds(self, meetings: list[str]) -> list[float]:
        """From scheduled to ready of each, as the diary has it; infinity where there is no link."""
        ask = (
            "SELECT extract(epoch FROM r.at - s.at)::float AS seconds FROM meetings_meetingevent r"
            " JOIN meetings_meetingevent s ON s.meeting_id = r.meeting_id AND s.kind = 'scheduled'"
            " WHERE r.kind = 'link_ready' AND r.meeting_id = ANY(%(ids)s::uuid[])"
        )
        seconds = [row["seconds"] for row in self.questions.rows(ask, ids=meetings)]
        return seconds + [float("inf")] * (len(meetings) - len(seconds))

    def worker_cpu(self) -> float:
        """Seconds of CPU that the worker's process has used."""
        times = self.worker().cpu_times()
        return float(times.user + times.system)

    def worker(self) -> psutil.Process:
        return self.process("worker")

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self.stack._processes[name]._popen.pid)

    def statistics(self) -> tuple[int, int]:
        """Transactions and sessions of the database so far."""
        self.questions.rows("SELECT pg_stat_force_next_flush()")
        ask = (
            "SELECT xact_commit + xact_rollback AS done, sessions FROM pg_stat_database"
            " WHERE datname = current_database()"
        )
        row = self.questions.rows(ask)[0]
        return int(row["done"]), int(row["sessions"])

    def wait(self, condition: Any, seconds: float) -> float:
        """Seconds until the condition held; infinity where it did not."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if condition():
                return time.monotonic() - began
            time.sleep(0.25)
        return float("inf")


@contextmanager
def stage(owners: int, *, latency: float = LATENCY) -> Iterator[Stage]:
    zoom = StandIn()
    try:
        with tempfile.TemporaryDirectory(prefix="okey-bench-") as folder, postgresql() as url:
            settings = {"ZOOM_OAUTH_BASE_URL": zoom.url, "ZOOM_API_BASE_URL": zoom.url}
            settings["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
            with Stack(Path(folder), server_url=url, settings=settings) as stack:
                questions = Questions(stack.env["DATABASE_URL"])
                one = Stage(stack, zoom, questions)
                one.fill("connect", owners)
                zoom.control(latency=latency, forget=True)
                try:
                    yield one
                finally:
                    questions.close()
                    stack.kill("worker")
                    keep_logs(stack.folder)
    finally:
        zoom.stop()


def keep_logs(folder: Path) -> None:
    """The processes' logs of the last stage, for whoever asks why a figure is what it is."""
    kept = ROOT / "var" / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        (kept / log.name).write_bytes(log.read_bytes())


def p95(values: list[float]) -> float:
    return percentile(values, 0.95)
