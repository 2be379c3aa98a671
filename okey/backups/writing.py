"""Makes a back-up while everything runs."""

import hashlib
import zipfile
from typing import IO

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from okey import __version__
from okey.backups import tables
from okey.backups.manifest import NAME, Manifest, Table, keys_in_use


def write(file: IO[bytes]) -> Manifest:
    """All tables as they were at one moment, into a file that need not be seekable."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        applied = MigrationRecorder.Migration.objects.values_list("app", "name").order_by("pk")
        manifest = Manifest(timezone.now().isoformat(), __version__, keys_in_use(), [*applied])
        for table in tables.ours():
            manifest.tables[table] = _copied(archive, table)
        archive.writestr(NAME, manifest.to_json())
    return manifest


def _copied(archive: zipfile.ZipFile, table: str) -> Table:
    names, rows, digest = tables.columns(table), 0, hashlib.sha256()
    statement = tables.copy_statement(table, names, "TO STDOUT")
    with (
        archive.open(table, "w", force_zip64=True) as out,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for block in copy:
            out.write(block)
            digest.update(block)
            rows += bytes(block).count(b"\n")  # one ends each row; those within it are written as \n
    return Table(names, rows, digest.hexdigest())
