"""Brings the database up to date before O-Key starts: one process, because starting Django takes its time."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okey.settings")
    try:
        from django.conf import settings  # noqa: PLC0415 -- reading the settings is what may fail

        debug = settings.DEBUG
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
    except (ImproperlyConfigured, DatabaseError) as problem:
        print(f"O-Key does not start: {problem}".strip(), file=sys.stderr)
        return 1
    if debug:
        call_command("demo")
    else:
        call_command("collectstatic", verbosity=0, interactive=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
