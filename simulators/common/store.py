"""The file behind the simulator's memory: each change is written through, so a kill -9 loses nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

RecordT = TypeVar("RecordT")


class Store:
    """Records as JSON by kind and key. The caller holds a lock: there is one connection for all threads."""

    def __init__(self, path: Path | None) -> None:
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        # A killed process loses nothing that reached the operating system, and only a power cut could
        # lose more: not worth an fsync for each call.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
            " data TEXT NOT NULL, UNIQUE (kind, key))"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing reaches the file; a refusal inside still keeps what it wrote."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def put(self, key: str, record: Any) -> None:
        """`record` is an instance of a dataclass, whose name is the kind."""
        self.put_json(type(record).__name__, key, asdict(record))

    def put_json(self, kind: str, key: str, data: dict[str, Any]) -> None:
        self._connection.execute(
            "INSERT INTO records (kind, key, data) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET data = excluded.data",
            (kind, key, json.dumps(data)),
        )

    def load(self, of: type[RecordT]) -> list[RecordT]:
        return [of(**data) for data in self.load_json(of.__name__)]

    def load_json(self, kind: str) -> list[dict[str, Any]]:
        rows = self._connection.execute("SELECT data FROM records WHERE kind = ? ORDER BY number", (kind,))
        return [json.loads(data) for (data,) in rows]

    def clear(self) -> None:
        self._connection.execute("DELETE FROM records")

    def close(self) -> None:
        self._connection.close()
