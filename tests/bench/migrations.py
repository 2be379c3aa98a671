"""How long somebody waits for a row while the release before is brought up to this one, with a million meetings in it.

python -m tests.bench migrations[=MEETINGS]

The tables are made as the release before had them (tests/releases.py) and filled. One process migrates. Meanwhile each
large table has a reader and a writer, which name that release's columns: of meetings every 50 ms, of others every
200 ms. A lock that is not had within a second is given up, counted, and asked for again; the wait goes on.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psycopg
from psycopg import sql

from dev.commands import ROOT
from dev.postgres import postgresql
from dev.test import environment
from tests.bench.rows import Row
from tests.releases import Release, previous

MEETINGS = 1_000_000
MEETING = "meetings_meeting"
GOAL = "≤ 1"
#: Before the first migration: what a wait is while nothing is changed.
QUIET_SECONDS = 3
KEY = "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)"
Fields = dict[str, Any]


@dataclass(frozen=True)
class Wait:
    table: str
    is_writer: bool
    began: float
    seconds: float
    #: How often a second was not enough for the lock.
    given_up: int


@dataclass
class Probes:
    """Readers and writers. `waits` grows while they run; `failed` are statements that the new tables do not take."""

    url: str
    release: Release
    waits: list[Wait] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, tables: list[str]) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._run, args=(table, is_writer))
            for table in tables
            for is_writer in (False, True)
        ]
        for thread in threads:
            thread.start()
        yield
        self._over.set()
        for thread in threads:
            thread.join()

    def _run(self, table: str, is_writer: bool) -> None:
        # Prepared by nobody, as with Django: what is prepared fails once after a column has become wider.
        with psycopg.connect(self.url, autocommit=True, prepare_threshold=None) as connection:
            connection.execute("SET lock_timeout = '1s'")
            statements = self._statements(connection, table, is_writer)
            turn = 0
            while not self._over.wait(0.05 if table == MEETING else 0.2):
                self._once(connection, table, is_writer, statements[turn % len(statements)])
                turn += 1

    def _statements(self, connection: "psycopg.Connection[Any]", table: str, is_writer: bool) -> list[sql.Composed]:
        found = connection.execute(f"{KEY} WHERE indrelid = %s::regclass AND indisprimary", [table]).fetchone()
        assert found
        name, key = sql.Identifier(table), sql.Identifier(found[0])
        columns = [sql.Identifier(one) for one in self.release.tables[table] if one != found[0]]
        listed = sql.SQL(", ").join(columns)
        row = connection.execute(
            sql.SQL("SELECT {key} FROM {name} OFFSET {number} LIMIT 1").format(
                key=key, name=name, number=sql.Literal(int(is_writer))
            )
        ).fetchone()
        assert row
        names: Fields = {"name": name, "key": key, "listed": listed, "value": sql.Literal(row[0])}
        if not is_writer:
            return [sql.SQL("SELECT {key}, {listed} FROM {name} WHERE {key} = {value}").format(**names)]
        same = sql.SQL(
            "UPDATE {name} SET ({listed}) = (SELECT {listed} FROM {name} WHERE {key} = {value}) WHERE {key} = {value}"
        )
        more = sql.SQL(
            "INSERT INTO {name} ({key}, {listed}) SELECT gen_random_uuid(), {listed} FROM {name} WHERE {key} = {value}"
        )
        return [one.format(**names) for one in ([same, more] if table == MEETING else [same])]

    def _once(
        self, connection: "psycopg.Connection[Any]", table: str, is_writer: bool, statement: sql.Composed
    ) -> None:
        wall, began, given_up = time.time(), time.monotonic(), 0
        while True:
            try:
                connection.execute(statement)
                break
            except psycopg.errors.LockNotAvailable:
                given_up += 1
            except psycopg.Error as error:
                self.failed.append(f"{table}: {error}")
                break
        self.waits.append(Wait(table, is_writer, wall, time.monotonic() - began, given_up))


def migrations(meetings: int = MEETINGS) -> list[Row]:
    with postgresql() as url:
        _run(url, "before", meetings)
        probes = Probes(url, previous())
        with psycopg.connect(url) as connection:
            counted = "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples > %s ORDER BY relname"
            names = [*probes.release.tables]
            tables = [name for (name,) in connection.execute(counted, [names, meetings / 100]).fetchall()]
        with probes.running(tables):
            time.sleep(QUIET_SECONDS)
            begun = _run(url, "after")
        assert not probes.failed, probes.failed[:5]
        spans = [(name, start, end) for (start, name), (end, _) in pairwise(begun)]
        return [_row(name, start, end, probes.waits) for name, start, end in spans if name != "between"]


def _run(url: str, *words: object) -> list[tuple[float, str]]:
    """In O-Key's own process. What it prints: moments, and what began then."""
    command = [sys.executable, "-m", "tests.bench.migrating", *map(str, words)]
    settings = environment(DATABASE_URL=url) | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    said = subprocess.run(command, cwd=ROOT, env=settings, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [(float(line.split()[0]), line.split()[1]) for line in said.splitlines()]


def _row(name: str, start: float, end: float, waits: list[Wait]) -> Row:
    during = [one for one in waits if start <= one.began < end]
    said = []
    for is_writer in (False, True):
        longest = max((one for one in during if one.is_writer == is_writer), key=lambda one: one.seconds, default=None)
        if longest:
            said.append(f"{'writer' if is_writer else 'reader'} {longest.seconds:.3f} s ({longest.table})")
    given_up = sum(one.given_up for one in during)
    seen = f"{', '.join(said)}; {end - start:.1f} s in all, {len(during)} looks, {given_up} gave up after 1 s"
    return Row(f"{name}: longest wait, s", max((one.seconds for one in during), default=0.0), GOAL, seen)
