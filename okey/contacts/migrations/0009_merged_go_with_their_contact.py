"""A contact that the release before deletes takes with it those that were merged into it, which that does not know of."""

from typing import Any

from django.db import migrations

TABLE = "contacts_mergedcontact"
NAME = "contacts_mergedconta_contact_id_c1b7ddfe_fk_contacts_"
POINTS = f'ADD CONSTRAINT "{NAME}" FOREIGN KEY ("contact_id") REFERENCES "contacts_contact" ("id")'


def _put(schema_editor: Any, on_delete: str) -> None:
    if schema_editor.connection.vendor == "postgresql":  # two releases at once have that below them
        points = f"{POINTS} {on_delete} DEFERRABLE INITIALLY DEFERRED"
        schema_editor.execute(f'ALTER TABLE "{TABLE}" DROP CONSTRAINT "{NAME}", {points}', params=None)


def with_it(apps: Any, schema_editor: Any) -> None:
    _put(schema_editor, "ON DELETE CASCADE")


def without_it(apps: Any, schema_editor: Any) -> None:
    _put(schema_editor, "")


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0008_merged_contacts'),
    ]

    operations = [
        migrations.RunPython(with_it, without_it),
    ]
