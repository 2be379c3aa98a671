"""A back-up made while O-Key runs, restored into a new database for new processes: links, keys and pages work."""

import base64
import os
import stat
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dev.commands import ROOT
from dev.postgres import postgresql
from tests.chaos.database import Questions
from tests.chaos.people import Owner, sign_in
from tests.processes import FreshDatabase, Stack, eventually

pytestmark = pytest.mark.processes

OTHER_KEY = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()
JOIN_URL = "SELECT coalesce(max(join_url), '') FROM meetings_meeting WHERE id = %(id)s"


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
    else:
        with postgresql() as url:
            yield url


def plan(title: str, days: int) -> dict[str, str]:
    day = datetime.now(UTC) + timedelta(days=7 + days)
    return {"title": title, "date": f"{day:%Y-%m-%d}", "time": "10:00"}


@dataclass
class Scene:
    stack: Stack
    owner: Owner
    #: A meeting with a link, and one whose link is owed when the back-up is made.
    linked: str
    pending: str
    file: Path

    def run(self, database: str, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        settings = self.stack.env | {"DATABASE_URL": database} | changes
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)

    def restore(self, database: str, *arguments: str, file: Path | None = None, **changes: str) -> str:
        """What the command refuses for; nothing where it restored."""
        done = self.run(database, "okey_restore", str(file or self.file), *arguments, **changes)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, server_url: str) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, server_url=server_url) as stack, closing(Questions(stack.env["DATABASE_URL"])) as questions:
        user = stack.zoom.add_user()
        [owner] = sign_in(stack, questions, [(stack.zoom, str(user["email"]))], None)
        owner.connect()
        linked = owner.schedule(str(uuid.uuid4()), **plan("Linked", 1))
        eventually(lambda: questions.one(JOIN_URL, id=linked), 90, what="no link came")
        stack.kill("worker")
        pending = owner.schedule(str(uuid.uuid4()), **plan("Pending", 2))
        file = folder / "okey.backup"
        stack.manage("okey_backup", str(file))
        for name in ("web", "beat"):
            stack.kill(name)
        yield Scene(stack, owner, linked, pending, file)
        owner.http.close()


@pytest.fixture
def new_database(scene: Scene, server_url: str, tmp_path: Path) -> Iterator[str]:
    """Without tables."""
    database = FreshDatabase(tmp_path, server_url)
    yield database.url
    database.drop()


def rows(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        count = sql.SQL("SELECT count(*) FROM {}")
        return {name: connection.execute(count.format(sql.Identifier(name))).fetchone()[0] for (name,) in names}


def test_the_file_is_its_owners_alone_and_has_every_table_and_no_key(scene: Scene) -> None:
    assert stat.S_IMODE(scene.file.stat().st_mode) == 0o600
    with zipfile.ZipFile(scene.file) as archive:
        names = set(archive.namelist())
        everything = b"".join(archive.read(name) for name in names)
    assert names == set(rows(scene.stack.env["DATABASE_URL"])) - {"django_migrations"} | {"manifest.json"}
    for setting in ("OKEY_ENCRYPTION_KEYS", "SECRET_KEY"):
        assert scene.stack.env[setting].encode() not in everything
    again = scene.run(scene.stack.env["DATABASE_URL"], "okey_backup", str(scene.file))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)


def test_new_processes_on_the_restored_database_go_on_where_it_stood(scene: Scene, new_database: str) -> None:
    before = rows(scene.stack.env["DATABASE_URL"])
    assert scene.restore(new_database) == ""
    assert rows(new_database) == before
    stack, owner, there = scene.stack, scene.owner, scene.stack.env["DATABASE_URL"]
    questions = Questions(new_database)
    stack.env["DATABASE_URL"] = new_database
    try:
        link = questions.one(JOIN_URL, id=scene.linked)
        for name in ("web", "worker", "beat"):
            stack.start(name)
        assert link in owner.page(f"/meetings/{scene.linked}/")  # whose session was restored with the rest
        pending = eventually(lambda: questions.one(JOIN_URL, id=scene.pending), 90, what="the owed link did not come")
        assert pending in owner.page(f"/meetings/{scene.pending}/")
        after = owner.schedule(str(uuid.uuid4()), **plan("After", 3))
        eventually(lambda: questions.one(JOIN_URL, id=after), 90, what="no link came after the restore")
        said = scene.run(new_database, "okey_doctor", "--all").stdout
        assert "1 sealed value, and it opens." in said, said
        assert "The database is in use" in scene.restore(new_database, "--force")
        for name in ("web", "worker", "beat"):
            stack.kill(name)
    finally:
        stack.env["DATABASE_URL"] = there
        questions.close()
    assert "The database is not empty" in scene.restore(new_database)
    assert scene.restore(new_database, "--force") == ""
    assert rows(new_database) == before


def test_other_keys_are_refused_before_anything_is_changed(scene: Scene, new_database: str) -> None:
    said = scene.restore(new_database, OKEY_ENCRYPTION_KEYS=OTHER_KEY)
    assert "has not the keys of this back-up" in said
    assert rows(new_database) == {}
    assert scene.restore(new_database, "--without-keys", OKEY_ENCRYPTION_KEYS=OTHER_KEY) == ""


def test_what_is_cut_short_or_no_back_up_is_refused(scene: Scene, new_database: str, tmp_path: Path) -> None:
    whole = scene.file.read_bytes()
    with zipfile.ZipFile(scene.file) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    spoilt = bytearray(whole)
    spoilt[largest.header_offset + 50 + len(largest.filename) + largest.compress_size // 2] ^= 0xFF  # within its data
    for name, content in {"short": whole[: len(whole) // 2], "none": b"-- a dump", "spoilt": bytes(spoilt)}.items():
        (tmp_path / name).write_bytes(content)
        said = scene.restore(new_database, file=tmp_path / name)
        assert "no back-up of O-Key’s" in said or "damaged" in said
    assert "cannot be read" in scene.restore(new_database, file=tmp_path / "elsewhere")
    assert rows(new_database) == {}
