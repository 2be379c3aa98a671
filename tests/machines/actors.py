"""Processes that a state machine holds in its hand.

An actor runs the real code in a greenlet, on the test's one database connection. It stops at every call to the
provider and, where asked to, before any statement or transaction; there it can be let go on, be left alone past
its claim, or be killed. Transactions are not interleaved: nobody stops inside of one, but may be killed there.
"""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from greenlet import getcurrent, greenlet

from integrations import refreshing
from okey.lib import claims

#: What ends and marks transactions still reaches the database from a process that is being killed.
NO_POINTS = ("BEGIN", "COMMIT", "ROLLBACK", "RELEASE", "SAVEPOINT")


class Crash(BaseException):
    """kill -9 came here."""


class Actor(greenlet):
    """A process that makes one call."""

    def __init__(self, name: str, call: Callable[[], object], *, about: Any = None) -> None:
        super().__init__()
        self.gr_context = contextvars.copy_context()
        self.name = name
        self.call = call
        #: The row that it works on.
        self.about = about
        #: When it took its last claim, and when that runs out.
        self.claimed_at: datetime | None = None
        self.claimed_until: datetime | None = None
        #: When the call that it is making at this moment ends, at the latest.
        self.calls_until: datetime | None = None
        self.at = "start"
        self.answer: Any = None
        self.is_killed = False
        self._points_left: int | None = None
        self._dies = False

    def __repr__(self) -> str:
        return f"<{self.name} at {self.at}>"

    def run(self) -> None:
        try:
            self.call()
        except Crash:
            if not self.is_killed:
                raise

    def go(self, *, points: int | None = None, dies: bool = False, answer: Any = None) -> None:
        """Run until the next call to the provider; or past so many points, and stop or die at the one after."""
        self._points_left, self._dies, self.answer = points, dies, answer
        self.switch()
        assert not database.in_atomic_block

    def go_to_the_end(self) -> None:
        """Nothing stops it, and every answer is true."""
        while not self.dead:
            self.go()

    def kill(self) -> None:
        """Nothing that it would still do, `finally` included, reaches the database."""
        if not self.dead:
            self.is_killed = True
            self.throw(Crash)

    def point(self, where: str) -> None:
        """Something is about to happen that others could see, or has happened elsewhere."""
        if self.is_killed:
            raise Crash
        if self._points_left is None:
            return
        if self._points_left > 0:
            self._points_left -= 1
        elif self._dies:
            self.is_killed = True
            raise Crash
        elif not database.in_atomic_block:
            self.stop(where)

    def stop(self, where: str) -> None:
        """Wait here for the machine."""
        self.at = where
        main = self.parent
        assert main is not None
        main.switch()


def acting() -> Actor | None:
    """Whoever runs now; None for the machine itself, whose own steps nothing interrupts."""
    current = getcurrent()
    return current if isinstance(current, Actor) else None


@contextmanager
def claims_known() -> Iterator[None]:
    """While this lasts, actors know until when they hold what they took."""
    take = claims.take

    def take_and_tell(*args: Any, **options: Any) -> Any:
        began = timezone.now()  # from here the claim's time counts, however long its UPDATE takes
        claim = take(*args, **options)
        actor = acting()
        if actor is not None and claim is not None:
            actor.claimed_at, actor.claimed_until = began, claim.until
        return claim

    announce = refreshing.announce

    def announce_and_tell(*args: Any) -> None:
        announce(*args)
        actor, began = acting(), args[2].asked_at
        if actor is not None:
            actor.claimed_at, actor.claimed_until = began, began + timedelta(seconds=refreshing.LEASE_SECONDS)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "take", take_and_tell)
        patch.setattr(refreshing, "announce", announce_and_tell)
        yield


@contextmanager
def points_in_the_database() -> Iterator[None]:
    """While this lasts, every statement and every transaction of an actor begins with a point."""
    enter = transaction.Atomic.__enter__

    def enter_at_a_point(self: transaction.Atomic) -> None:
        actor = acting()
        if actor is not None and not database.in_atomic_block:
            actor.point("a transaction")
        enter(self)

    def execute_at_a_point(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        actor = acting()
        if actor is not None and not sql.startswith(NO_POINTS):
            actor.point(sql[:60])
        return execute(sql, params, many, context)

    with pytest.MonkeyPatch.context() as patch, database.execute_wrapper(execute_at_a_point):
        patch.setattr(transaction.Atomic, "__enter__", enter_at_a_point)
        yield
