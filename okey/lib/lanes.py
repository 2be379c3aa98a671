"""How a worker process does what is due, lane by lane.

Whoever gets a message takes a seat of its lane, works on what is due longest, takes the next, and lets go when
nothing is left, after a minute, or when the process is to end. Without a free seat the message is done: those who sit
there find the row.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from django.db import close_old_connections, reset_queries
from django.utils import timezone

from okey.lib import asking, claims, tracing
from okey.lib.claims import Claim, Claimable, Row

logger = logging.getLogger(__name__)

#: How long one message keeps a seat; then it is asked for anew, so that other threads and processes have their share.
HOLD_SECONDS = 60


_ENDING = threading.Event()


def end() -> None:
    """This process is to end: each seat is given up after the row that is being worked on."""
    _ENDING.set()


@dataclass(frozen=True)
class Work:
    """How the rows of one table are worked on."""

    model: type[Claimable]
    function: Callable[[Claim[Any]], None]
    #: For how long a row is claimed first.
    seconds: float

    def do_next(self) -> bool:
        """Take the next row and work on it. Returns whether there was one."""
        reset_queries()  # with DEBUG, Django keeps the last 9,000 statements of each thread
        claim = claims.take_next(self.model, seconds=self.seconds)
        if claim is None:
            return False
        try:
            with tracing.within():
                self.function(claim)
        except Exception:
            # The claim runs out, and somebody tries again. The other rows are not to wait for that.
            logger.exception("%s %s was not worked on to the end.", self.model._meta.label, claim.pk)
            close_old_connections()
        return True

    def is_due(self) -> bool:
        """Whether a row waits to be worked on. Mostly none is due, and a small question tells."""
        now = timezone.now()
        due = self.model._default_manager.filter(due_at__lte=now)
        return due.exists() and claims.ready(self.model, now).exists()


class Lane:
    """One lane in this process: its tables, its seats, and how often it was asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.works: list[Work] = []
        self._lock = threading.Lock()
        self._taken = 0
        self._asks = 0

    def look(self) -> None:
        """Work in this lane if a seat is free, while something is due, for a minute at most."""
        if not self._sit_down():
            return
        deadline = time.monotonic() + HOLD_SECONDS
        while True:
            asks = self._asks
            try:
                is_more = self._work_until(deadline)
            except Exception:
                logger.exception("What is due in %s cannot be taken; beat will ask again.", self.name)
                close_old_connections()
                self._leave()
                return
            if is_more:
                self._leave()
                asking.ask(self.name)
                return
            # Whoever has asked meanwhile found no seat, perhaps, and a row that came after the last look.
            if self._leave(asks):
                return

    def is_due(self) -> bool:
        """Whether anything waits to be worked on."""
        return any(work.is_due() for work in self.works)

    def _work_until(self, deadline: float) -> bool:
        """Table by table in turn, until nothing is due (False), or the time is over or the process is to end (True)."""
        idle = 0
        for work in cycle(self.works):
            idle = 0 if work.do_next() else idle + 1
            if idle == len(self.works):
                return False
            if not idle and (time.monotonic() >= deadline or _ENDING.is_set()):
                return True
        return False

    def _sit_down(self) -> bool:
        with self._lock:
            self._asks += 1
            if self._taken >= asking.seats(self.name):
                return False
            self._taken += 1
            return True

    def _leave(self, asks: int | None = None) -> bool:
        """Give the seat up; with `asks`, only if nobody has asked since there were so many. Returns whether it did."""
        with self._lock:
            if asks is not None and self._asks != asks:
                return False
            self._taken -= 1
            return True


#: This process's lanes. Which tables they work on, each app says in its tasks.py.
LANES = {name: Lane(name) for name in asking.LANES}


def works(model: type[Row], function: Callable[[Claim[Row]], None], *, seconds: float) -> None:
    """Say how a row of this table is worked on, under a claim of so many seconds to begin with."""
    LANES[model.lane].works.append(Work(model, function, seconds))


def ask_where_due() -> None:
    """For beat: ask for a look at each lane in which something waits; once for each seat, so that all are taken.

    Stops at the first that the broker does not take.
    """
    for lane in LANES.values():
        if lane.is_due() and not all(asking.ask(lane.name) for _ in range(asking.seats(lane.name))):
            return
