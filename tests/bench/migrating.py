"""python -m tests.bench.migrating before MEETINGS | after

`before` gives an empty database the tables of the release before, and so many meetings; `after` brings it up to this
release, and prints when each migration began: seconds since the epoch, and its name.
"""

import sys
import time
from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.bench.fill import fill_rows
from tests.releases import previous


class Told(migrate.Command):
    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_start":
            say(f"{migration.app_label}.{migration.name}")
        elif action == "apply_success":
            say("between")


def say(what: str) -> None:
    print(time.time(), what, flush=True)


def before(meetings: int) -> None:
    MigrationExecutor(connection).migrate([*previous().migrations.items()])
    fill_rows(meetings)


def after() -> None:
    say("planning")
    call_command(Told(), interactive=False, verbosity=0)
    say("end")


if __name__ == "__main__":
    if sys.argv[1] == "before":
        before(int(sys.argv[2]))
    else:
        after()
