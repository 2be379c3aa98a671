"""Databases with O-Key's tables, as the migrations make them. Migrating takes ten seconds of a processor, and each test
process, stack and world begins with these tables: so it is done once for each kind of database and state of the
migrations, and what came of it is kept in var/.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from dev.postgres import installed

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "var" / "migrated"
#: Lines by which psql keeps others' psql from obeying a dump; no SQL.
META = "\\"


def fill(url: str) -> None:
    """Give an empty PostgreSQL database, by its URL, all tables and what the migrations put into them."""
    kept = _kept("sql", lambda made: _dump(url, made) if _migrate(url) else None)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_tables WHERE tablename = 'django_migrations'").fetchone():
            connection.execute(kept.read_bytes())


def copy(file: Path) -> None:
    """The same in a new SQLite file."""
    shutil.copyfile(_kept("sqlite3", _make_file), file)


@contextmanager
def test_database(server_url: str, name: str) -> Iterator[None]:
    """Under this name (SQLite: this path) while the context lasts."""
    if not is_postgresql(server_url):
        copy(Path(name))
        yield
        for file in (name, f"{name}-shm", f"{name}-wal"):
            Path(file).unlink(missing_ok=True)
        return
    _administer(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    fill(named(server_url, name))
    yield
    _administer(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def is_postgresql(url: str) -> bool:
    return urlsplit(url).scheme.startswith("postgres")


def named(server_url: str, name: str) -> str:
    """The URL of this database in that server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def _kept(ending: str, make: Callable[[Path], object]) -> Path:
    """What `make` writes into the path that it is given; by whoever comes first, and several processes may come."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{_digest()}.{ending}"
    with (KEPT / f"{ending}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for older in KEPT.glob(f"*.{ending}"):
                older.unlink()
            making = kept.with_name(f"{kept.name}.making")  # each kind its own: both may be made at once
            make(making)
            making.replace(kept)
    return kept


def _digest() -> str:
    """Of O-Key's migrations, and of the releases of all others'."""
    ours = sorted(path for path in ROOT.glob("*/**/migrations/*.py") if ".venv" not in path.parts)
    return hashlib.sha256(b"".join(path.read_bytes() for path in [*ours, ROOT / "requirements.lock"])).hexdigest()[:12]


def _migrate(url: str) -> bool:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    return not subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True).returncode


def _dump(url: str, made: Path) -> None:
    command = [str(installed() / "bin" / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", f"--dbname={url}"]
    dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    made.write_text("\n".join(line for line in dumped.splitlines() if not line.startswith(META)))


def _make_file(made: Path) -> None:
    made.unlink(missing_ok=True)
    _migrate(f"sqlite:///{made}")
    with sqlite3.connect(made) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # in one file, to be copied


def _administer(server_url: str, *statements: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
