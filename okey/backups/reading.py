"""Puts a back-up into a database, all of it or nothing: one transaction."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import Error as DjangoError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from psycopg import sql

from okey.backups import tables
from okey.backups.archive import Archive, opened
from okey.backups.manifest import CannotRestore, Manifest

NO_ROOM = "53100"
PLACE = re.compile(r"^COPY (?P<table>\w+), line (?P<line>\d+)", re.MULTILINE)


def restore(path: Path, *, replaces: bool, without_keys: bool) -> Manifest:
    """`replaces`: what stands in the database is lost. `without_keys`: what no key opens is lost.

    Raises CannotRestore; then the database is as it was, and so it is where this process is killed.
    """
    with opened(path) as archive:
        _look(archive.manifest, replaces=replaces, without_keys=without_keys)
        archive.read_through()
        with all_or_nothing():
            _make_tables(archive.manifest)
            fill(archive)
            _bring_up()
    return archive.manifest


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Raises CannotRestore where the database does not take it."""
    try:
        with transaction.atomic():
            yield
    except (DjangoError, psycopg.Error) as error:
        raise CannotRestore(_why(error)) from None


def _look(manifest: Manifest, *, replaces: bool, without_keys: bool) -> None:
    """Whether it can be and may be restored here."""
    known = MigrationExecutor(connection).loader.disk_migrations
    if unknown := [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]:
        text = _("It was made by a newer O-Key, %(version)s, of which this one does not know %(name)s. Use that one.")
        raise CannotRestore(text % {"version": manifest.version, "name": unknown[0]})
    if (missing := manifest.missing_keys()) and not without_keys:
        text = _(
            "OKEY_ENCRYPTION_KEYS has not the keys of this back-up: %(keys)s. Put them there. "
            "--without-keys restores all the same; then owners reconnect."
        )
        raise CannotRestore(text % {"keys": ", ".join(missing)})
    if others := _others():
        text = _("The database is in use (%(count)d connections). Stop every process of O-Key’s first.")
        raise CannotRestore(text % {"count": others})
    used = [table for table in tables.ours() if table not in tables.MADE_BY_MIGRATIONS and tables.has_rows(table)]
    if used and not replaces:
        text = _("The database is not empty (%(table)s has rows). --force loses all that is in it.")
        raise CannotRestore(text % {"table": used[0]})


def _others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            """
        )
        return int(cursor.fetchone()[0])


def _make_tables(manifest: Manifest) -> None:
    """As they were when the back-up was made, and empty."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in sorted(there & {*tables.ours(), tables.MIGRATIONS}):
            cursor.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
    executor = MigrationExecutor(connection, lambda *_: _settle())
    applied, nodes = set(manifest.migrations), executor.loader.graph.node_map

    def is_last(key: tuple[str, str]) -> bool:
        return not any(child.key in applied and child.key[0] == key[0] for child in nodes[key].children)

    targets: list[tuple[str, str | None]] = [key for key in sorted(applied) if is_last(key)]
    executor.migrate(targets)


def _settle() -> None:
    """Looks at references now that are otherwise looked at in the end: a table that waits for it cannot be altered."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def fill(archive: Archive) -> None:
    """The tables of when it was made. References between them are looked at when all rows are there."""
    wanted = archive.manifest.tables
    if missing := sorted(set(tables.ours()) - set(wanted)):
        raise CannotRestore(_("The file is damaged (in %(part)s). Take another.") % {"part": missing[0]})
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, wanted))))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name, table in wanted.items():
            with cursor.copy(tables.copy_statement(name, table.columns, "FROM STDIN")) as copy:
                for block in archive.blocks(name):
                    copy.write(block)
            if cursor.rowcount != table.rows:
                text = _("%(table)s has %(found)d rows in the file, and should have %(wanted)d. Take another.")
                raise CannotRestore(text % {"table": name, "found": cursor.rowcount, "wanted": table.rows})
            for column in tables.numbered(name):
                _count_on(name, column)
    _settle()


def _count_on(table: str, column: str) -> None:
    """The next row gets the number after the last."""
    statement = sql.SQL(
        "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 1), max({}) IS NOT NULL) FROM {}"
    )
    name, field = sql.Literal(f'"{table}"'), sql.Identifier(column)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(name, sql.Literal(column), field, field, sql.Identifier(table)))


class _Migrate(migrate.Command):
    """`migrate`, all of it within one transaction."""

    def migration_progress_callback(self, action: str, *args: Any, **options: Any) -> None:
        super().migration_progress_callback(action, *args, **options)
        _settle()


def _bring_up() -> None:
    """To this release."""
    call_command(_Migrate(), interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _why(error: Exception) -> str:
    """Without what stands in rows."""
    cause = error.__cause__ if isinstance(error, DjangoError) else error
    diagnosis = cause.diag if isinstance(cause, psycopg.Error) else psycopg.Error().diag
    place = PLACE.search(diagnosis.context or "")
    if diagnosis.sqlstate is None:
        why = _("The database ended the connection.")
    elif diagnosis.sqlstate == NO_ROOM:
        why = _("The database has no room left: %(message)s.") % {"message": diagnosis.message_primary}
    elif place:
        text = _("The database does not take line %(line)s of %(table)s (%(kind)s).")
        why = text % {**place.groupdict(), "kind": type(cause).__name__}
    elif diagnosis.constraint_name:
        text = _("What %(table)s refers to is not all there (%(constraint)s).")
        why = text % {"table": diagnosis.table_name, "constraint": diagnosis.constraint_name}
    else:
        why = _("The database says: %(message)s.") % {"message": diagnosis.message_primary}
    return _("%(why)s Nothing was changed: the database is as it was before.") % {"why": why}
