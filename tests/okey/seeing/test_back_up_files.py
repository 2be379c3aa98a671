"""What a back-up is written to, how it is read, and what is no sign that a database is in use. The rest: tests/dev."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from okey.backups import tables, writing
from okey.backups.archive import opened
from okey.backups.manifest import NAME, CannotRestore, Manifest, Table
from okey.owners import support

POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="back-ups are of PostgreSQL")


@POSTGRESQL
@pytest.mark.django_db
def test_a_database_that_was_only_migrated_is_not_in_use() -> None:
    support.make()  # as each migrate does
    assert [one for one in tables.ours() if one not in tables.MADE_BY_MIGRATIONS and tables.has_rows(one)] == []


@POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_of_two_runs_to_one_name_the_slower_one_leaves_the_others_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, write = tmp_path / "okey.backup", writing.write

    def be_slower(file: Any) -> Any:
        monkeypatch.setattr(writing, "write", write)
        call_command("okey_backup", str(wanted))
        return write(file)

    monkeypatch.setattr(writing, "write", be_slower)
    with pytest.raises(CommandError):
        call_command("okey_backup", str(wanted))
    assert [one.name for one in tmp_path.iterdir()] == ["okey.backup"]
    assert wanted.stat().st_mode & 0o777 == 0o600
    assert wanted.read_bytes()[:2] == b"PK"


ROWS = {"contacts_contact": b"1\tAnn\n2\tBob\n" * 20, "meetings_meeting": b"7\tKick-off\t\\N\n"}


def small(path: Path) -> Manifest:
    tables = {
        name: Table(["id", "name"], rows.count(b"\n"), hashlib.sha256(rows).hexdigest()) for name, rows in ROWS.items()
    }
    manifest = Manifest("2026-11-26T00:00:00+00:00", "0.1.0", [], [("meetings", "0001_initial")], tables)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in ROWS.items():
            archive.writestr(name, rows)
        archive.writestr(NAME, manifest.to_json())
    return manifest


def read(path: Path) -> tuple[Manifest, dict[str, bytes]] | None:
    """None where it is refused."""
    try:
        with opened(path) as archive:
            archive.read_through()
            return archive.manifest, {name: b"".join(archive.blocks(name)) for name in archive.manifest.tables}
    except CannotRestore:
        return None


def test_whichever_byte_of_a_file_is_altered_it_is_refused_or_the_same(tmp_path: Path) -> None:
    file = tmp_path / "okey.backup"
    manifest = small(file)
    whole = file.read_bytes()
    assert read(file) == (manifest, ROWS)
    refused = 0
    for place in range(len(whole)):
        for bits in (0x01, 0xFF):
            altered = bytearray(whole)
            altered[place] ^= bits
            file.write_bytes(altered)
            seen = read(file)
            assert seen in (None, (manifest, ROWS)), (place, bits)
            refused += seen is None
    assert refused > len(whole)


def test_a_file_that_is_cut_short_is_refused_wherever(tmp_path: Path) -> None:
    file = tmp_path / "okey.backup"
    small(file)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert read(file) is None, length


def test_one_without_sums_in_its_manifest_is_read(tmp_path: Path) -> None:
    """As the first of them were."""
    file = tmp_path / "okey.backup"
    manifest = small(file)
    for table in manifest.tables.values():
        table.sha256 = ""
    with zipfile.ZipFile(file, "w") as archive:
        for name, rows in ROWS.items():
            archive.writestr(name, rows)
        said = json.loads(manifest.to_json())
        for table in said["tables"].values():
            del table["sha256"]
        archive.writestr(NAME, json.dumps(said))
    assert read(file) == (manifest, ROWS)
