"""Processes of before an update work on the new tables: a column that is added has a value without them."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.models import NOT_PROVIDED

from dev.commands import ROOT

#: Added before this rule was kept.
BEFORE = {
    ("contacts", "0002_search_without_accents"),
    ("integrations", "0002_webhook_deliveries"),
    ("integrations", "0004_announced"),
    ("meetings", "0004_generations_of_links"),
    ("meetings", "0005_invitation_mails"),
    ("meetings", "0008_own_hours"),
    ("meetings", "0010_announced_links"),
}


def needed_by_nobody_old(operation: migrations.AddField) -> bool:
    """Whether an INSERT that does not name the column works."""
    field = operation.field
    if isinstance(field, models.ManyToManyField):
        return True
    return bool(field.null or field.db_default is not NOT_PROVIDED or field.primary_key)


def added() -> list[tuple[str, str, Any]]:
    """Each column that a migration of ours adds to a table that is there already."""
    found = []
    for app, name, operations in _migrations():
        made = {one.name_lower for one in operations if isinstance(one, migrations.CreateModel)}
        found += [
            (app, name, one)
            for one in operations
            if isinstance(one, migrations.AddField) and one.model_name_lower not in made
        ]
    return found


def _migrations() -> Iterator[tuple[str, str, list[Any]]]:
    """From their files, whatever this run does with migrations."""
    for config in apps.get_app_configs():
        folder = Path(config.path) / "migrations"
        if not folder.is_relative_to(ROOT) or ".venv" in folder.parts:
            continue
        for file in sorted(folder.glob("[0-9]*.py")):
            module = import_module(f"{config.name}.migrations.{file.stem}")
            yield config.label, file.stem, module.Migration.operations


def test_the_reader_finds_columns() -> None:
    assert ("meetings", "0021_when_links_were_wanted") in {(app, name) for app, name, _ in added()}


def test_what_is_added_has_a_default_in_the_database_or_may_be_empty() -> None:
    wrong = {(app, name, one.name) for app, name, one in added() if not needed_by_nobody_old(one)}
    assert {one for one in wrong if one[:2] not in BEFORE} == set()


@pytest.mark.parametrize(
    ("field", "is_fine"),
    [
        (models.TextField(default=""), False),
        (models.TextField(default="", db_default=""), True),
        (models.TextField(null=True), True),
        (models.BooleanField(default=False), False),
    ],
)
def test_a_default_of_pythons_alone_is_not_enough(field: models.Field[Any, Any], is_fine: bool) -> None:
    assert needed_by_nobody_old(migrations.AddField("thing", "name", field)) is is_fine
