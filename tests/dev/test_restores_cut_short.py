"""A restore is done whole or not at all: whatever it dies of, the old rows stand.

What is wrong with a file: tests/okey/seeing/test_altered_back_ups.py.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dev.commands import ROOT
from dev.postgres import postgresql
from tests.processes import FreshDatabase

pytestmark = pytest.mark.processes

NOT_CHANGED = "Nothing was changed: the database is as it was before."
TABLE = "meetings_meeting"
FILL = "import django; django.setup(); from tests.bench.fill import fill; fill({meetings})"
#: `manage.py`, but that the process ends as by `kill -9` before the statement that has this word.
KILLED = """
import os, signal, sys, django, psycopg
django.setup()
from django.core.management import execute_from_command_line
from django.db import connection
word, begun = sys.argv.pop(1), 0
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def look(execute, statement, *others):
    return die() if word in repr(statement) else execute(statement, *others)
connection.execute_wrappers.append(look)
write = psycopg.Copy.write
def half(copy, block):
    global begun
    begun += word == "COPY"
    return die() if begun == 5 else write(copy, block)
psycopg.Copy.write = half
execute_from_command_line(sys.argv)
"""
#: Fills the tables of the release before and backs them up, as this release does before its migrations are in.
OF_THE_RELEASE_BEFORE = """
import sys
from tests.bench.migrating import before
from django.core.management import call_command
before(int(sys.argv[1]))
call_command("okey_backup", sys.argv[2])
"""
#: PostgreSQL's own answer where a disk is full, at the second row of meetings.
FULL = """
CREATE FUNCTION say_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'could not extend file "base/5/7": No space left on device' USING ERRCODE = '53100'; END $$;
CREATE FUNCTION fill_up() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.meetings_meeting') THEN
    CREATE TRIGGER full_disk BEFORE INSERT ON meetings_meeting FOR EACH ROW EXECUTE FUNCTION say_full();
  END IF; END $$;
CREATE EVENT TRIGGER full_disk ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION fill_up();
"""


@dataclass
class Scene:
    server_url: str
    folder: Path
    #: Of a database with forty meetings.
    file: Path

    def run(self, database: str, *words: str) -> "subprocess.CompletedProcess[str]":
        settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database}
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
    else:
        with postgresql() as url:
            yield url


@pytest.fixture(scope="module")
def scene(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("restores")
    database = FreshDatabase(folder, server_url, with_tables=True)
    scene = Scene(server_url, folder, folder / "okey.backup")
    for words in (("-c", FILL.format(meetings=40)), ("manage.py", "okey_backup", str(scene.file))):
        done = scene.run(database.url, *words)
        assert done.returncode == 0, done.stderr
    yield scene
    database.drop()


@pytest.fixture(scope="module")
def in_use(scene: Scene, server_url: str) -> Iterator[str]:
    """A database with other meetings: one for all tests, since none but the last changes it."""
    database = FreshDatabase(scene.folder, server_url, with_tables=True)
    assert scene.run(database.url, "-c", FILL.format(meetings=60)).returncode == 0
    yield database.url
    database.drop()


def contents(url: str) -> dict[str, tuple[int, str]]:
    """Of each table the number of its rows, and a sum of them."""
    ask = sql.SQL("SELECT count(*), coalesce(md5(string_agg(one::text, '' ORDER BY one::text)), '') FROM {} one")
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: connection.execute(ask.format(sql.Identifier(name))).fetchone() for (name,) in names}


@pytest.mark.parametrize("word", ["COPY", "ANALYZE"])
def test_a_restore_that_is_killed_leaves_what_was_there(scene: Scene, in_use: str, word: str) -> None:
    before = contents(in_use)
    killed = scene.run(in_use, "-c", KILLED, word, "okey_restore", str(scene.file), "--force")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert contents(in_use) == before


def test_where_the_disk_is_full_what_was_there_stands(scene: Scene, in_use: str) -> None:
    before = contents(in_use)
    with psycopg.connect(in_use, autocommit=True) as connection:
        connection.execute(FULL)
    done = scene.run(in_use, "manage.py", "okey_restore", str(scene.file), "--force")
    with psycopg.connect(in_use, autocommit=True) as connection:
        connection.execute("DROP EVENT TRIGGER full_disk")
    [said] = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no room left" in said
    assert said.endswith(NOT_CHANGED)
    assert contents(in_use) == before


def test_a_back_up_of_the_release_before_is_brought_up_to_this_one(scene: Scene, in_use: str) -> None:
    """What is restored, instead of what was there."""
    file = scene.folder / "before.backup"
    database = FreshDatabase(scene.folder, scene.server_url)
    made = scene.run(database.url, "-c", OF_THE_RELEASE_BEFORE, "80", str(file))
    assert made.returncode == 0, made.stderr
    before = contents(database.url)
    database.drop()
    done = scene.run(in_use, "manage.py", "okey_restore", str(file), "--force")
    assert done.returncode == 0, done.stderr
    after = contents(in_use)
    assert {name: after[name][0] for name in ("owners_owner", "contacts_contact", TABLE, "mails_mail")} == {
        name: before[name][0] for name in ("owners_owner", "contacts_contact", TABLE, "mails_mail")
    }
    with psycopg.connect(in_use) as connection:
        types = connection.execute("SELECT count(*) FROM meetings_meetingtype").fetchone()  # made by a migration
    assert types == (before["booking_bookingsettings"][0],)
