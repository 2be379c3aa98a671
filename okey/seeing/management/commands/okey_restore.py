"""Puts a back-up into an empty database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from okey.backups import reading
from okey.backups.manifest import CannotRestore


class Command(BaseCommand):
    help = _("Restore what okey_backup wrote, into an empty database, and bring it up to this release.")
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help=_("lose all that is in the database now"))
        parser.add_argument("--without-keys", action="store_true", help=_("though no key opens its tokens"))

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError(_("This is for PostgreSQL."))
        try:
            manifest = reading.restore(options["file"], replaces=options["force"], without_keys=options["without_keys"])
        except CannotRestore as problem:
            raise CommandError(str(problem)) from None
        rows = sum(table.rows for table in manifest.tables.values())
        text = _("Restored as of %(moment)s (O-Key %(version)s): %(rows)d rows of %(tables)d tables.")
        values = {"moment": manifest.made_at, "version": manifest.version, "rows": rows, "tables": len(manifest.tables)}
        self.stdout.write(text % values)
        self.stdout.write(_("Next: start O-Key, and run manage.py okey_doctor --all, which opens every sealed value."))
