"""Migrations after the release before this one, by the SQL that they send: on tables that have rows, none holds a lock
for longer than a moment. `python -m tests.bench migrations` measures it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from okey.lib.large_migrations import AddIndexMeanwhile, RemoveIndexMeanwhile, RunInBatches, SqlAtOnce
from tests.releases import Release, previous

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at any time"),
    pytest.mark.django_db(transaction=True),  # as production's: within one, indexes are made as usual
]

RELEASE = previous()
#: What stays small whatever an installation's size is: rows live for hours, or there is one a process.
SMALL = {"booking_unconfirmedbooking", "pulse_process", "pulse_pulse"}
#: A default that is another for each row is written into each.
VOLATILE = re.compile(r"\b(random|gen_random_uuid|uuidv[47]|clock_timestamp|nextval)\(", re.IGNORECASE)
VARCHAR = re.compile(r"(?:character varying|varchar)\((\d+)\)")
WRITTEN = re.compile(r"\b(UNIQUE|PRIMARY KEY|STORED|IDENTITY|serial|bigserial)\b")
Columns = dict[str, tuple[str, bool]]


def faults(statement: str, tables: dict[str, Columns]) -> Iterator[str]:
    """What takes as long as such a table is large, while others wait."""
    if made := re.match(r'CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?.*?\bON "(\w+)"', statement):
        if made[2] in tables and not made[1]:
            yield "an index is made while nobody may write: AddIndexMeanwhile"
    elif changed := re.match(r'ALTER TABLE "(\w+)" (.*)', statement, re.DOTALL):
        if changed[1] in tables:
            yield from _faults_of_change(changed[2], tables[changed[1]])
    elif (written := re.match(r'(?:UPDATE|DELETE FROM) "(\w+)"', statement)) and written[1] in tables:
        yield "all rows are written at once: RunInBatches"


def _faults_of_change(change: str, columns: Columns) -> Iterator[str]:
    if change.startswith("ADD CONSTRAINT") and "NOT VALID" not in change:
        yield "a constraint is looked at in all rows at once: NOT VALID, and VALIDATE after it"
    if change.startswith("ADD COLUMN") and (WRITTEN.search(change) or VOLATILE.search(change)):
        yield "a column is written into all rows"
    if "SET NOT NULL" in change:
        yield "all rows are looked at: a CHECK that is NOT VALID, VALIDATE, and then SET NOT NULL"
    for name, kind in re.findall(r'ALTER COLUMN "(\w+)" TYPE ([\w ]+(?:\(\d+\))?)', change):
        before = VARCHAR.fullmatch(columns.get(name, ("", False))[0])
        after = VARCHAR.fullmatch(kind.strip())
        is_wider = before and (kind.strip() == "text" or (after and int(after[1]) >= int(before[1])))
        if not is_wider and kind.strip() != columns.get(name, ("", False))[0]:
            yield "a column is written anew"


def faults_of(migration: Migration, statements: list[str], tables: dict[str, Columns]) -> list[str]:
    found = [f"{fault}: {one}" for one in statements for fault in faults(one, tables)]
    meanwhile = [one for one in migration.operations if isinstance(one, AddIndexMeanwhile | RemoveIndexMeanwhile)]
    data = [one for one in migration.operations if isinstance(one, migrations.RunPython | migrations.RunSQL)]
    if any(not isinstance(one, RunInBatches) for one in data):
        found.append("rows are written at once: RunInBatches")
    if (meanwhile or data) and migration.atomic:
        found.append("all of it is one transaction: atomic = False")
    if data and len(data) < len(migration.operations):
        found.append("tables are changed and rows written by one migration: make it two")
    if migration.atomic and not isinstance(migration, SqlAtOnce) and _thinks_with_a_lock(migration, statements, tables):
        found.append("a table is locked while Django works out what comes next: SqlAtOnce")
    return found


def _thinks_with_a_lock(migration: Migration, statements: list[str], tables: dict[str, Columns]) -> bool:
    altered = re.findall(r'ALTER TABLE "(\w+)"', "\n".join(statements))
    return len(migration.operations) > 1 and not tables.keys().isdisjoint(altered)


def large() -> dict[str, Columns]:
    return {name: columns for name, columns in RELEASE.tables.items() if name not in SMALL}


def later(release: Release) -> list[Migration]:
    """Those of ours that it had not."""
    loader = MigrationLoader(connection, replace_migrations=False)
    plan = loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True)
    return [
        loader.graph.nodes[app, name]
        for app, name in plan
        if app not in release.migrations or name > release.migrations[app]
    ]


def test_no_migration_after_the_release_before_keeps_others_waiting(settings: Any) -> None:
    settings.MIGRATION_MODULES = {}  # from their files, whatever this run does with migrations
    loader = MigrationLoader(connection, replace_migrations=False)
    found: dict[str, list[str]] = {}
    for one in later(RELEASE):
        statements = [line for line in loader.collect_sql([(one, False)]) if not line.startswith("--")]
        found[f"{one.app_label}.{one.name}"] = faults_of(one, statements, large())
    assert "meetings.0024_meeting_types" in found
    assert {name: problems for name, problems in found.items() if problems} == {}


def sql(operation: Any) -> list[str]:
    before = ProjectState.from_apps(apps)
    after = before.clone()
    operation.state_forwards("meetings", after)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        operation.database_forwards("meetings", editor, before, after)
    return list(editor.collected_sql)


def test_a_lock_that_is_held_while_django_thinks_is_seen() -> None:
    two = [migrations.AddField("meeting", name, models.TextField(null=True)) for name in ("news", "olds")]
    statements = [statement for one in two for statement in sql(one)]
    for kind, is_seen in ((Migration, True), (SqlAtOnce, False)):
        migration = kind("0999_news", "meetings")
        migration.operations = two
        assert bool(faults_of(migration, statements, large())) is is_seen


def one(operation: Any, *, atomic: bool = True) -> list[str]:
    migration = Migration("0999_news", "meetings")
    migration.operations, migration.atomic = [operation], atomic
    is_data = isinstance(operation, migrations.RunPython)
    return faults_of(migration, [] if is_data else sql(operation), large())


INDEX = models.Index(fields=["title"], name="by_title")
CHECK = models.CheckConstraint(condition=models.Q(revision__lte=1000), name="few_revisions")


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (migrations.AddIndex("meeting", INDEX), "AddIndexMeanwhile"),
        (AddIndexMeanwhile("meeting", INDEX), "atomic = False"),
        (migrations.AddConstraint("meeting", CHECK), "NOT VALID"),
        (migrations.AddField("meeting", "news", models.UUIDField(null=True, unique=True)), "into all rows"),
        (migrations.AlterField("meeting", "title", models.CharField(max_length=20)), "written anew"),
        (migrations.AlterField("meeting", "minutes", models.BigIntegerField()), "written anew"),
        (
            migrations.AlterField("meeting", "cancelled_at", models.DateTimeField(default="2026-01-01T00:00Z")),
            "NOT NULL",
        ),
        (migrations.RunPython(lambda *_: None), "RunInBatches"),
        (RunInBatches("meetings.Meeting", lambda *_: None), "atomic = False"),
    ],
)
def test_what_keeps_others_waiting_is_seen(operation: Any, says: str) -> None:
    assert says in "; ".join(one(operation))


@pytest.mark.parametrize(
    "operation",
    [
        AddIndexMeanwhile("meeting", INDEX),
        RunInBatches("meetings.Meeting", lambda *_: None),
        migrations.AlterField("meeting", "title", models.CharField(max_length=2000)),
        migrations.AddField("meeting", "news", models.TextField(db_default="", default="")),
    ],
)
def test_what_does_not_is_let_through(operation: Any) -> None:
    assert one(operation, atomic=False) == []
