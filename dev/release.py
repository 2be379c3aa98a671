"""Make a release of what is here: its version where it stands, and its section in CHANGELOG.md.

python -m dev.release VERSION [YYYY-MM-DD]     (the day: today, where none is given)

docs/operations.md, "Releases", says what a version promises, and what comes before and after this.
"""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from dev.commands import ROOT

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
PACKAGE, PROJECT, CHANGES = Path("okey/__init__.py"), Path("pyproject.toml"), Path("CHANGELOG.md")
UNRELEASED = "## Unreleased\n"


class NoRelease(Exception):
    """Says why."""


def release(folder: Path, version: str, day: date) -> None:
    """In this checkout. Raises NoRelease, before anything was written."""
    new = _numbers(version)
    package, project, changes = ((folder / name).read_text() for name in (PACKAGE, PROJECT, CHANGES))
    said = re.search(r'^__version__ = "([^"]+)"$', package, re.MULTILINE)
    if said is None or f'\nversion = "{said[1]}"\n' not in project:
        raise NoRelease(f"{PACKAGE} and {PROJECT} do not say the same version.")
    before, found, after = changes.partition(UNRELEASED)
    released = [_numbers(one) for one in re.findall(r"^## (\d+\.\d+\.\d+), ", after, re.MULTILINE)]
    if not found or not re.match(r"\s*- ", after):
        raise NoRelease(f"Nothing stands under {UNRELEASED.strip()!r} in {CHANGES}.")
    if released and new <= released[0]:
        raise NoRelease(f"{version} does not come after the last release.")
    (folder / PACKAGE).write_text(package.replace(said[0], f'__version__ = "{version}"'))
    (folder / PROJECT).write_text(project.replace(f'\nversion = "{said[1]}"\n', f'\nversion = "{version}"\n', 1))
    (folder / CHANGES).write_text(f"{before}{UNRELEASED}\n## {version}, {day.isoformat()}\n{after}")


def _numbers(version: str) -> tuple[int, ...]:
    if not VERSION.fullmatch(version):
        raise NoRelease(f"{version} is no version: three numbers with dots between them.")
    return tuple(int(number) for number in version.split("."))


def main(words: list[str]) -> int:
    try:
        day = date.fromisoformat(words[1]) if len(words) > 1 else datetime.now(UTC).date()
        release(ROOT, words[0], day)
    except (IndexError, ValueError):
        print(__doc__, file=sys.stderr)
        return 2
    except NoRelease as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{PACKAGE}, {PROJECT} and {CHANGES} say {words[0]}, {day.isoformat()}. Next: docs/operations.md, Releases.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
