"""What the release before this one writes works on this one's tables: an update leaves its processes at work.

Every table of it, each column, with values as long as they may be; its columns alone, as its own statements name them.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.releases import previous

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="old processes stay at work on PostgreSQL"),
    pytest.mark.django_db,
]

RELEASE = previous()


def value(kind: str, number: int) -> Any:
    """Another one for each number, of the type's full length."""
    name, _, length = kind.removesuffix(")").partition("(")
    if name in ("character varying", "text"):
        return str(number).ljust(int(length or 500), "x")
    if name == "uuid":
        return uuid.UUID(int=number)
    if name in ("integer", "bigint", "smallint"):
        return 20 + number
    values = {"boolean": False, "jsonb": Jsonb({}), "date": date(2026, 1, 1), "time without time zone": time(10)}
    return {**values, "timestamp with time zone": datetime(2026, 1, 1, tzinfo=UTC)}[name]


def row(table: str, number: int, *, is_full: bool) -> dict[str, Any]:
    """`is_full`: also what may be empty."""
    columns = RELEASE.tables[table]
    return {
        name: value(kind, number) if is_full or not may_be_empty else None
        for name, (kind, may_be_empty) in columns.items()
    }


def problems(table: str) -> Iterator[str]:
    names = [*RELEASE.tables[table]]
    listed, name = sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
    given = sql.SQL(", ").join([sql.Placeholder()] * len(names))
    insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(name, listed, given)
    update = sql.SQL("UPDATE {} SET ({}) = ROW ({})").format(name, listed, given)
    select = sql.SQL("SELECT {} FROM {}").format(listed, name)
    full, sparse = (row(table, number, is_full=is_full) for number, is_full in ((1, True), (2, False)))
    for statement, values in (
        (insert, full),
        (insert, sparse),
        (select, {}),
        (sql.SQL("DELETE FROM {}").format(name), {}),
        (insert, sparse),
        (update, full),
    ):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT one_statement")
                cursor.execute(statement, list(values.values()))
        except Exception as error:  # noqa: BLE001 # each is a finding
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK TO SAVEPOINT one_statement")
            yield f"{table}: {str(error).splitlines()[0]}"


def found() -> list[str]:
    """References are left out: rows stand alone here."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        tables = sql.SQL(", ").join(sql.Identifier(one) for one in RELEASE.tables)
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))  # what the migrations put there
    return [problem for table in RELEASE.tables for problem in problems(table)]


def test_every_statement_of_the_release_before_works() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ADD COLUMN news integer NOT NULL", 'null value in column "news"'),
        ("ALTER COLUMN title TYPE varchar(10)", "value too long for type character varying(10)"),
        ("DROP COLUMN agenda", 'column "agenda"'),
        ("ADD CHECK (source <> '')", None),
    ],
)
def test_a_change_that_breaks_one_is_seen(change: str, says: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE meetings_meeting {change}")
    seen = found()
    assert bool(seen) is (says is not None), seen
    assert all(says in one for one in seen if says), seen
