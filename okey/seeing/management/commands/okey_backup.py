"""Makes a back-up of the database."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _

from okey.backups import writing
from okey.backups.manifest import Manifest


class Command(BaseCommand):
    help = _("Write everything in the database into one file, while O-Key runs. The encryption keys are not in it.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help=_("a new file; - for standard output"))

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError(_("This is for PostgreSQL. SQLite’s database is one file: copy that."))
        manifest = _to_output() if options["file"] == "-" else _to_file(Path(options["file"]))
        rows = sum(table.rows for table in manifest.tables.values())
        self.stderr.write(_("%(rows)d rows of %(tables)d tables.") % {"rows": rows, "tables": len(manifest.tables)})
        keys = ", ".join(manifest.keys) or _("none")
        text = _(
            "Its sealed values need these of OKEY_ENCRYPTION_KEYS, which are not in it: %(keys)s. Keep them apart."
        )
        self.stderr.write(text % {"keys": keys})


def _to_output() -> Manifest:
    manifest = writing.write(sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return manifest


def _to_file(path: Path) -> Manifest:
    """The whole of it, for its owner alone, or none."""
    if path.exists():
        raise CommandError(_("%(path)s is there already.") % {"path": path})
    try:
        # A name of this run's own, which nobody but its user may read (mkstemp).
        number, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".unfinished", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                manifest = writing.write(file)
                file.flush()
                os.fsync(file.fileno())
            os.link(name, path)  # which fails where another run was faster
        finally:
            Path(name).unlink()
    except OSError as error:
        raise CommandError(_("%(path)s cannot be written: %(why)s.") % {"path": path, "why": error.strerror}) from None
    return manifest
