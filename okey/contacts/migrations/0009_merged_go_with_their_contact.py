"""A contact that the release before deletes takes with it those that were merged into it, which that does not know of."""

from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

TABLE = "contacts_mergedcontact"
NAME = "contacts_mergedconta_contact_id_c1b7ddfe_fk_contacts_"
POINTS = f'ADD CONSTRAINT "{NAME}" FOREIGN KEY ("contact_id") REFERENCES "contacts_contact" ("id")'


class GoWithIt(Operation):
    """The constraint that Django made, with its rows deleted by the database. Django's own state is the same."""

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._put(schema_editor, "ON DELETE CASCADE")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._put(schema_editor, "")

    def _put(self, schema_editor: Any, on_delete: str) -> None:
        if schema_editor.connection.vendor == "postgresql":  # two releases at once have that below them
            points = f"{POINTS} {on_delete} DEFERRABLE INITIALLY DEFERRED"
            schema_editor.execute(f'ALTER TABLE "{TABLE}" DROP CONSTRAINT "{NAME}", {points}', params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0008_merged_contacts'),
    ]

    operations = [
        GoWithIt(),
    ]
