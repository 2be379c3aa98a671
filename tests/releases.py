"""The release before this one, as its tables were: what its processes still write while an update is under way.

python -m tests.releases COMMIT     after a release: writes tests/previous_release.json from that commit's own code
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import psycopg

from dev.commands import ROOT
from dev.postgres import postgresql

RECORD = ROOT / "tests" / "previous_release.json"
COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), NOT attnotnull
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
AND attgenerated = '' ORDER BY relname, attnum
"""
#: The last of each app: Django numbers them.
MIGRATIONS = "SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app"
NOT_OURS = "django_migrations"


@dataclass
class Release:
    """`migrations`: the last of each app. `tables`: of each, its columns' types, and whether they may be empty."""

    commit: str
    version: str
    migrations: dict[str, str]
    tables: dict[str, dict[str, tuple[str, bool]]]


def previous() -> Release:
    return Release(**json.loads(RECORD.read_text()))


def record(commit: str) -> Release:
    """Runs that commit's own migrations, with the packages that are installed here."""
    said = ["git", "log", "-1", "--format=%H", commit]
    whole = subprocess.run(said, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    code = subprocess.run(["git", "archive", whole], cwd=ROOT, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        with tarfile.open(fileobj=BytesIO(code)) as archive:
            archive.extractall(folder, filter="data")
        settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=folder, env=settings, check=True)
        version = tomllib.loads((Path(folder) / "pyproject.toml").read_text())["project"]["version"]
        with psycopg.connect(url) as connection:
            tables: dict[str, dict[str, tuple[str, bool]]] = {}
            for table, column, kind, may_be_empty in connection.execute(COLUMNS):
                tables.setdefault(table, {})[column] = (kind, may_be_empty)
            del tables[NOT_OURS]
            return Release(whole, version, dict(connection.execute(MIGRATIONS).fetchall()), tables)


def _written(release: Release) -> str:
    """A line for each table."""
    said = asdict(release)
    tables = ",\n".join(f"  {json.dumps(name)}: {json.dumps(columns)}" for name, columns in said.pop("tables").items())
    return json.dumps(said, indent=1).removesuffix("\n}") + f',\n "tables": {{\n{tables}\n }}\n}}\n'


def main(commit: str) -> None:
    release = record(commit)
    RECORD.write_text(_written(release))
    print(f"{RECORD.relative_to(ROOT)}: {len(release.tables)} tables of {release.commit[:7]}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
