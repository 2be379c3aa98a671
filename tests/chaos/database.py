"""A PostgreSQL that is killed and comes back with all it has confirmed, and questions that survive that."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from dev.postgres import Server

RETURN_SECONDS = 30
PAUSE_SECONDS = 0.2


class DurableServer(Server):
    """What is committed survives a kill -9 of the processes; a power cut is not tried, so no fsync is needed."""

    options = ("fsync=off",)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Comes back when it answers. After a kill its orphans must have gone first, so it may take a few tries."""
        deadline = time.monotonic() + RETURN_SECONDS
        while True:
            self._process = self.start()
            try:
                return self.wait(self._process)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise

    def end(self, signal_number: int) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal_number)
            process.wait(RETURN_SECONDS)


@contextmanager
def durable_postgresql() -> Iterator[DurableServer]:
    """A running server of its own; gone at the end."""
    parent = "/tmp" if sys.platform == "linux" and os.geteuid() == 0 else None  # where another user may pass
    with tempfile.TemporaryDirectory(prefix="okey-chaos-", dir=parent, ignore_cleanup_errors=True) as name:
        server = DurableServer(Path(name))
        server.make()
        try:
            server.run()
            yield server
        finally:
            server.end(signal.SIGINT)


class Questions:
    """SQL to O-Key's database, asked again until a killed server is back. A connection for each thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._opened: list[psycopg.Connection[dict[str, Any]]] = []

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def rows(self, statement: LiteralString, **values: Any) -> list[dict[str, Any]]:
        return self._ask(statement, values, fetch=True)

    def one(self, statement: LiteralString, **values: Any) -> Any:
        """The first column of the first row."""
        return next(iter(self.rows(statement, **values)[0].values()))

    def change(self, statement: LiteralString, **values: Any) -> None:
        self._ask(statement, values, fetch=False)

    def _ask(self, statement: LiteralString, values: Mapping[str, Any], *, fetch: bool) -> list[dict[str, Any]]:
        deadline = time.monotonic() + RETURN_SECONDS
        while True:
            try:
                cursor = self._connection().execute(statement, values)
                return cursor.fetchall() if fetch else []
            except psycopg.OperationalError:
                self._local.connection = None
                if time.monotonic() > deadline:
                    raise
                threading.Event().wait(PAUSE_SECONDS)

    def _connection(self) -> psycopg.Connection[dict[str, Any]]:
        connection: psycopg.Connection[dict[str, Any]] | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
            self._local.connection = connection
            self._opened.append(connection)
        return connection
