"""`.env`: read as O-Key itself reads it, and changed without losing a line of it."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

#: What needs no quotes, neither for django-environ nor for Docker Compose or a shell.
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
#: django-environ's own.
SETS = re.compile(r"(?:export )?([A-Za-z_0-9]+)=")


def read(path: Path) -> dict[str, str]:
    """By name. Empty where there is no such file."""

    class Reader(environ.Env):  # type: ignore[misc]
        ENVIRON: dict[str, str] = {}

    if path.exists():
        Reader.read_env(path)
    return Reader.ENVIRON


def quoted(name: str, value: str, *, for_compose: bool = False) -> str:
    """As it stands in `.env`, so that exactly `value` is read from there; raises ImproperlyConfigured for what cannot
    be written so. `for_compose`: so that Docker Compose reads the same as well.
    """
    if not value.isprintable():
        raise ImproperlyConfigured(f"{name} has a line break or another character that cannot be printed.")
    if value.startswith("$"):
        raise ImproperlyConfigured(f"{name} begins with $, which would name another setting. Choose another value.")
    if not value or PLAIN.fullmatch(value):
        return value
    # What is within double quotes within single ones would lose both.
    if not set(value) & {"'", "\\"} and not (value.startswith('"') and value.endswith('"')):
        return f"'{value}'"
    if for_compose and "$" in value:
        raise ImproperlyConfigured(f"{name} has $ beside a quote or a backslash. Choose another value.")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def changed(text: str, values: Mapping[str, str], *, for_compose: bool = False) -> str:
    """The file's text with these values: each on the line that had the name (the last one counts), or at the end."""
    lines = text.splitlines()
    places = {found[1]: number for number, line in enumerate(lines) if (found := SETS.match(line))}
    for name, value in values.items():
        line = f"{name}={quoted(name, value, for_compose=for_compose)}"
        if name in places:
            lines[places[name]] = line
        else:
            lines.append(line)
    return "".join(line + "\n" for line in lines)


def save(path: Path, text: str) -> None:
    """The whole file or nothing of it, for its owner alone; as root, for whoever owned it, or owns its folder."""
    path = path.resolve()
    owner = (path if path.exists() else path.parent).stat()
    number, name = tempfile.mkstemp(prefix=".env-", dir=path.parent)  # 0600
    unfinished = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
            if os.geteuid() == 0:
                os.fchown(number, owner.st_uid, owner.st_gid)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
