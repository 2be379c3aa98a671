"""Migrations of tables that may have a million rows: nobody waits a second for them.

tests/test_migrations_at_size.py says which migrations need which of these.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.operations import AddIndex, RemoveIndex, RunPython
from django.db.models import QuerySet


class SqlAtOnce(Migration):
    """One transaction with nothing but statements: all of them are put together before the first is sent.

    Otherwise Django holds the first one's lock while it works out the next ones, which takes it a second and more. For
    operations on tables; rows are written by RunInBatches, in a migration of its own.
    """

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        if collect_sql or schema_editor.connection.vendor != "postgresql":
            return super().apply(project_state, schema_editor, collect_sql)
        with schema_editor.connection.schema_editor(collect_sql=True, atomic=False) as editor:
            state = super().apply(project_state, editor, collect_sql=True)
        for statement in editor.collected_sql:
            if not statement.startswith("--"):
                schema_editor.execute(statement, params=None)
        return state


class AddIndexMeanwhile(AddIndexConcurrently):
    """On PostgreSQL while others write, in a migration with `atomic = False`.

    As usual elsewhere, and where all of it is one transaction, as of a restore. Run again, it begins anew where it was
    broken off, and leaves what is there.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        there = None if schema_editor.collect_sql else _is_valid(schema_editor, app_label, self, to_state)
        if there:
            return
        meanwhile = _may_be_meanwhile(schema_editor)
        if there is False and meanwhile:
            remove = RemoveIndexConcurrently(self.model_name, self.index.name)
            remove.database_forwards(app_label, schema_editor, to_state, from_state)
        kind = AddIndexConcurrently if meanwhile else AddIndex
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = AddIndexConcurrently if _may_be_meanwhile(schema_editor) else AddIndex
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveIndexMeanwhile(RemoveIndexConcurrently):
    """As AddIndexMeanwhile."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = RemoveIndexConcurrently if _may_be_meanwhile(schema_editor) else RemoveIndex
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = RemoveIndexConcurrently if _may_be_meanwhile(schema_editor) else RemoveIndex
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RunInBatches(RunPython):
    """`work` gets some rows of `model` ("app.Model") at a time, in the order of their keys, until it had all of them.

    Each batch is committed by itself, so that nobody waits long for a row. Broken off, it begins with the first again:
    `work` passes over what is done. Backwards nothing happens.
    """

    def __init__(self, model: str, work: Callable[[Any, "QuerySet[Any]"], None], size: int = 1000) -> None:
        def run(apps: Any, schema_editor: Any) -> None:
            rows, last = apps.get_model(model)._default_manager.using(schema_editor.connection.alias), None
            while True:
                ahead = rows.order_by("pk") if last is None else rows.filter(pk__gt=last).order_by("pk")
                keys = list(ahead.values_list("pk", flat=True)[:size])
                if not keys:
                    return
                with transaction.atomic(using=schema_editor.connection.alias):
                    work(apps, rows.filter(pk__in=keys))
                last = keys[-1]

        super().__init__(run, RunPython.noop, atomic=False)


def _may_be_meanwhile(schema_editor: Any) -> bool:
    connection = schema_editor.connection
    return bool(connection.vendor == "postgresql" and not connection.in_atomic_block)


def _is_valid(schema_editor: Any, app_label: str, operation: AddIndex, state: Any) -> bool | None:
    """Whether its index can be used: one that was broken off cannot. None where there is none of its name."""
    connection, name = schema_editor.connection, operation.index.name
    table = state.apps.get_model(app_label, operation.model_name)._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f'"{name}"'])
            row = cursor.fetchone()
            return None if row is None else bool(row[0])
        return True if name in connection.introspection.get_constraints(cursor, table) else None
