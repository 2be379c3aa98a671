"""A process that a real SIGSTOP stops over the deadline of its call, and that then goes on: does it still send?

python -m tests.stopped_calls [rounds]    (100; about half a minute)

A round makes one call on a kept-alive connection. The process stops itself before the call, before its head or before
its body, in turn, and is continued once the deadline has passed. A request counts as sent where its body arrived.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import requests

from integrations.providers.http import session
from okey.lib import deadlines

ROOT = Path(__file__).parent.parent
DEADLINE_SECONDS = 2
#: Methods of the connection, and before which call of them in a round the process stops.
STOPS = (("request", 1), ("endheaders", 1), ("send", 2))
PATIENCE_SECONDS = 30


@dataclass
class Count:
    rounds: int = 0
    #: Requests that arrived whole, of those that were stopped over.
    sent: int = 0
    #: Calls that came back as a success.
    successes: int = 0
    said: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"sent after the deadline: {self.sent} of {self.rounds}; taken for a success: {self.successes}"


def count(rounds: int) -> Count:
    """Stop and continue a process so many times."""
    counted = Count()
    with _server() as (url, arrived):
        command = [sys.executable, "-m", "tests.stopped_calls", str(rounds), url]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                for _ in range(rounds):
                    _continue_too_late(process)
                    assert process.stdout is not None
                    counted.said.append(process.stdout.readline().strip())
            finally:
                process.kill()
    counted.rounds = rounds
    counted.sent = sum(path == "/stopped" for path in arrived)
    counted.successes = sum(said == "200" for said in counted.said)
    return counted


def _continue_too_late(process: "subprocess.Popen[str]") -> None:
    seen = psutil.Process(process.pid)
    wait, over = threading.Event(), deadlines.clock() + PATIENCE_SECONDS
    while seen.status() != psutil.STATUS_STOPPED:
        assert process.poll() is None, "the process has ended"
        assert deadlines.clock() < over, "the process was not stopped"
        wait.wait(0.005)
    stopped_at = deadlines.clock()
    while deadlines.clock() < stopped_at + DEADLINE_SECONDS:
        wait.wait(0.02)
    os.kill(process.pid, signal.SIGCONT)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # its end waits for each request's


@contextmanager
def _server() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths of the requests that arrived whole; all of them once it has ended."""
    arrived: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            if len(self.rfile.read(length)) < length:
                self.close_connection = True
                return
            arrived.append(self.path)
            with suppress(OSError):  # whoever was too late has gone
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", arrived
        finally:
            server.shutdown()


def _be_stopped(rounds: int, url: str) -> None:
    """The process that is stopped: says of each call what came of it."""
    for number in range(rounds):
        session().post(url + "/warm", json={}, timeout=PATIENCE_SECONDS)
        method, call = STOPS[number % len(STOPS)]
        with _stopping(method, call):
            try:
                said = str(session().post(url + "/stopped", json={}, timeout=DEADLINE_SECONDS).status_code)
            except requests.RequestException as error:
                said = type(error).__name__
        print(said, flush=True)


@contextmanager
def _stopping(method: str, call: int) -> Iterator[None]:
    go_on, calls = getattr(deadlines._WatchedHTTP, method), 0

    def stop_first(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGSTOP)
        return go_on(*args, **kwargs)

    setattr(deadlines._WatchedHTTP, method, stop_first)
    try:
        yield
    finally:
        setattr(deadlines._WatchedHTTP, method, go_on)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _be_stopped(int(sys.argv[1]), sys.argv[2])
    else:
        print(count(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
