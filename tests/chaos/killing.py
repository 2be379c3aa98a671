"""Processes that die at random moments, and one that sleeps past its claims."""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.chaos.world import World

#: Longer than the claim of a call (15 s), so that somebody takes over.
SLEEP_SECONDS = 18
#: What a woken sleeper gets before it may be killed: it still has to put right what it did in its sleep.
AWAKE_SECONDS = 12

CLAIMED = """
    SELECT meeting_id::text AS id FROM meetings_linkjob WHERE claim IS NOT NULL AND claimed_until > now()
"""


@dataclass
class Death:
    """One thing that happened to a process, and the meetings that were being worked on at that moment."""

    name: str
    meetings: list[str] = field(default_factory=list)


class Killer:
    """Does what the seed says, one thing after the other, and keeps the book."""

    def __init__(self, world: World, chance: random.Random, stop: threading.Event) -> None:
        self.deaths: list[Death] = []
        self._world = world
        self._chance = chance
        self._stop = stop
        self._asleep = threading.Event()
        self._sleepers: list[threading.Thread] = []

    def run(self, pause: float) -> None:
        """Kill something every so many seconds, on average, until told to stop; then bring everything back."""
        for act in self._acts():
            if self._stop.wait(pause * self._chance.uniform(0.5, 1.5)):
                break
            act()
        for sleeper in self._sleepers:
            sleeper.join()

    def _acts(self) -> Iterator[Callable[[], None]]:
        acts = [
            lambda: self._kill("worker"),
            lambda: self._kill("web"),
            self._kill_while_held,
            lambda: self._kill("valkey"),
            self._kill_database,
            lambda: self._kill("beat"),
            self._put_to_sleep,
            lambda: self._kill("worker-2"),
        ]
        while True:
            self._chance.shuffle(acts)
            yield from acts

    def _kill(self, name: str) -> None:
        if name == "worker-2" and self._asleep.is_set():
            name = "worker"
        self._note(f"{name.partition('-')[0]} killed")
        self._world.stack.kill(name)
        self._stop.wait(self._chance.uniform(0, 1.5))
        self._world.stack.start(name)

    def _kill_while_held(self) -> None:
        """Zoom has done the work, the answer is on its way, and the worker dies."""
        zoom = self._world.stack.zoom
        zoom.fault("create", "hold", after=True, times=2)
        self._stop.wait(1)
        self._kill("worker")
        zoom.release()

    def _kill_database(self) -> None:
        self._note("database killed")
        self._world.server.end(signal.SIGKILL)
        self._stop.wait(self._chance.uniform(0, 1.5))
        self._world.server.run()

    def _put_to_sleep(self) -> None:
        if self._asleep.is_set():
            return
        self._asleep.set()
        self._world.stack.pause("worker-2")
        self._note("worker asleep past its claim")
        sleeper = threading.Thread(target=self._wake_later)
        sleeper.start()
        self._sleepers.append(sleeper)

    def _wake_later(self) -> None:
        never = threading.Event()
        never.wait(SLEEP_SECONDS)
        self._world.stack.resume("worker-2")
        never.wait(AWAKE_SECONDS)
        self._asleep.clear()

    def _note(self, name: str) -> None:
        at_work = [row["id"] for row in self._world.questions.rows(CLAIMED)]
        self.deaths.append(Death(name, at_work))
