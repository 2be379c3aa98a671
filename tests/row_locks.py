"""Two transactions that meet, in an order that the test chooses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection

from tests.processes import eventually


def is_waited_for() -> bool:
    """Whether somebody waits for a row that this transaction holds. SQLite lets nobody get as far as asking."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        mine = "pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND {mine}")  # noqa: S608 -- a constant
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def meet(module: Any, name: str, first: Callable[[], object], second: Callable[[], object]) -> list[Any]:
    """`first` stops where it calls `module.name`, until `second` waits for a row that it holds. What both return.

    Where both take their locks in one order they just come one after the other; else the database ends one of them.
    """
    reached = Event()
    really = getattr(module, name)

    def stop(*args: Any, **kwargs: Any) -> Any:
        if not reached.is_set():
            reached.set()
            eventually(is_waited_for)
        return really(*args, **kwargs)

    def alone(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(module, name, stop)
        begun = pool.submit(alone, first)
        assert reached.wait(30)
        met = pool.submit(alone, second)
        return [begun.result(60), met.result(60)]
