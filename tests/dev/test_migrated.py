"""Two kinds of database are made at once by different processes."""

from pathlib import Path

import pytest

from tests import migrated


def test_a_kind_that_is_being_made_does_not_write_into_another_kinds_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrated, "KEPT", tmp_path)
    making: list[Path] = []

    def make(path: Path) -> None:
        making.append(path)
        path.touch()

    migrated._kept("sql", make)
    migrated._kept("sqlite3", make)

    assert len(set(making)) == 2
