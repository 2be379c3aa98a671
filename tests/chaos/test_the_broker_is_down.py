"""The broker is down: nobody who schedules notices, and the links come once it is back."""

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.scene import Scene
from tests.chaos.world import World
from tests.processes import eventually

pytestmark = pytest.mark.processes

FORMS = 8
BOUND_SECONDS = 0.5


class Listener:
    """Stands in for the broker, counts who comes, and hangs up at once or never says a word."""

    def __init__(self, port: int, *, silent: bool) -> None:
        self.connections = 0
        self._silent = silent
        self._kept: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", port), backlog=100)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._kept.append(caller)
            if not self._silent:
                caller.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for caller in self._kept:
            caller.close()


@contextmanager
def only_the_web_process(scene: Scene) -> Iterator[None]:
    """Nobody else knocks at the broker's door, and the broker is gone; everything is back afterwards."""
    for name in ("worker", "beat", "valkey"):
        scene.stack.kill(name)
    try:
        yield
    finally:
        for name in ("valkey", "worker", "beat"):
            scene.stack.start(name)


def timed(scene: Scene) -> tuple[list[str], list[float]]:
    """Some meetings, and how many seconds each of their forms took."""
    meetings, seconds = [], []
    for _ in range(FORMS):
        began = time.monotonic()
        meetings.append(scene.schedule())
        seconds.append(time.monotonic() - began)
    return meetings, seconds


def test_a_form_makes_one_attempt_to_publish_and_its_link_comes_later(
    managing_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(managing_world)
    _meetings, up = timed(scene)
    scheduled: list[str] = []
    figures = []
    with only_the_web_process(scene):
        meetings, gone = timed(scene)
        scheduled += meetings
        figures.append(("nobody listens", gone))
        for silent, name in ((False, "it hangs up"), (True, "it never answers")):
            listener = Listener(scene.stack.broker_port, silent=silent)
            meetings, seconds = timed(scene)
            eventually(lambda: listener.connections >= FORMS * 2, what="what waits at the listener is counted")  # noqa: B023
            listener.close()
            scheduled += meetings
            figures.append((name, seconds))
            # One attempt each for the lanes of the link and of the owner's webhook, not more.
            assert listener.connections == FORMS * 2
    for name, seconds in figures:
        ratio = statistics.median(seconds) / statistics.median(up)
        with capsys.disabled():
            print(
                f"\n  broker down ({name}): {statistics.median(seconds):.3f} s a form, {ratio:.1f} times as long as up"
            )
        # The least of each, because what else the machine does comes and goes.
        assert min(seconds) < min(up) + BOUND_SECONDS
    for meeting in scheduled:
        scene.link(meeting)
    assert all(len(scene.at_zoom(meeting)) == 1 for meeting in scheduled)
