"""Indexes of large tables are made and dropped while others write, where the database knows how."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from okey.lib.large_migrations import AddIndexMeanwhile, RemoveIndexMeanwhile, RunInBatches, SqlAtOnce
from okey.mails.models import Mail

pytestmark = pytest.mark.django_db(transaction=True)

ADD = AddIndexMeanwhile("meeting", models.Index(fields=["owner", "title"], name="meetings_by_title"))
REMOVE = RemoveIndexMeanwhile("meeting", "meetings_by_title")


def sql_of(operation: Operation, before: ProjectState, after: ProjectState, *, forwards: bool = True) -> str:
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        step = operation.database_forwards if forwards else operation.database_backwards
        step("meetings", editor, before, after)
    [statement] = editor.collected_sql
    return statement


def test_they_are_made_and_dropped_while_others_write() -> None:
    without = ProjectState.from_apps(apps)
    having = without.clone()
    ADD.state_forwards("meetings", having)
    made = [sql_of(ADD, without, having), sql_of(REMOVE, without, having, forwards=False)]
    dropped = [sql_of(REMOVE, having, without), sql_of(ADD, having, without, forwards=False)]
    how = " CONCURRENTLY" if connection.vendor == "postgresql" else ""
    assert all(one.startswith(f"CREATE INDEX{how} ") for one in made)
    assert all(one.startswith(f"DROP INDEX{how} ") for one in dropped)


def columns() -> set[str]:
    with connection.cursor() as cursor:
        return {one.name for one in connection.introspection.get_table_description(cursor, "meetings_meeting")}


def _noting(work: Any, happened: list[str]) -> Any:
    def noted(*given: Any) -> None:
        work(*given)
        happened.append("worked out")

    return noted


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere as usual")
def test_all_statements_are_known_before_the_first_is_sent() -> None:
    migration = SqlAtOnce("0999_news", "meetings")
    migration.operations = [
        migrations.AddField("meeting", name, models.CharField(max_length=100, db_default="50 %", default=""))
        for name in ("news", "olds")
    ]
    happened: list[str] = []
    for operation in migration.operations:
        operation.database_forwards = _noting(operation.database_forwards, happened)

    def note(execute: Any, sql: Any, *others: Any) -> Any:
        happened.append(str(sql).split()[0])
        return execute(sql, *others)

    with connection.execute_wrapper(note), connection.schema_editor() as editor:
        after = migration.apply(ProjectState.from_apps(apps), editor)
    assert happened == ["worked out", "worked out", "ALTER", "ALTER"]
    assert {"news", "olds"} <= columns()
    assert "news" in after.models["meetings", "meeting"].fields
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_default FROM information_schema.columns WHERE column_name = 'olds'")
        assert "50 %" in cursor.fetchone()[0]
    with connection.schema_editor() as editor:
        for name in ("news", "olds"):
            editor.execute(f"ALTER TABLE meetings_meeting DROP COLUMN {name}")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere as usual")
def test_an_index_that_was_broken_off_is_begun_anew_and_one_that_is_there_is_left() -> None:
    without = ProjectState.from_apps(apps)
    having = without.clone()
    ADD.state_forwards("meetings", having)

    def add() -> int:
        with connection.schema_editor(atomic=False) as editor:
            ADD.database_forwards("meetings", editor, without, having)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexrelid::int, indisvalid FROM pg_index WHERE indexrelid = 'meetings_by_title'::regclass"
            )
            number, is_valid = cursor.fetchone()
        assert is_valid
        return int(number)

    first = add()
    assert add() == first
    with connection.cursor() as cursor:  # as PostgreSQL leaves one whose making ended half way
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s", [first])
    assert add() != first
    with connection.schema_editor(atomic=False) as editor:
        REMOVE.database_forwards("meetings", editor, having, without)


def test_rows_come_in_batches_each_committed_by_itself_and_all_of_them() -> None:
    for number in range(5):
        Mail.objects.create(to=f"{number}@example.com", subject="", text="")
    seen: list[list[str]] = []

    def work(_apps: Any, rows: Any) -> None:
        assert connection.in_atomic_block
        seen.append(sorted(rows.values_list("to", flat=True)))
        rows.update(subject="done")

    step = RunInBatches("mails.Mail", work, size=2)
    step.code(apps, connection.schema_editor())
    assert [len(batch) for batch in seen] == [2, 2, 1]
    assert sorted(one for batch in seen for one in batch) == [f"{number}@example.com" for number in range(5)]
    assert Mail.objects.filter(subject="done").count() == 5
