"""A back-up whose contents were changed by somebody: refused in words, and the database is as it was."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from meetings.models import Meeting
from okey.backups import reading, writing
from okey.backups.archive import opened
from okey.backups.manifest import CannotRestore
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.bench import fill

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="back-ups are of PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

MEETINGS, CONTACTS = "meetings_meeting", "contacts_contact"
NOT_CHANGED = "Nothing was changed: the database is as it was before."
Contents = dict[str, bytes]
Change = Callable[[Contents, dict[str, Any]], None]


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[Change], Path]:
    """A back-up of forty meetings, changed: whole, for a program that reads zip files."""

    def make(change: Change) -> Path:
        fill.fill_rows(40)
        with (tmp_path / "whole").open("wb") as file:
            writing.write(file)
        with zipfile.ZipFile(tmp_path / "whole") as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(contents.pop("manifest.json"))
        change(contents, manifest)
        with zipfile.ZipFile(tmp_path / "altered", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**contents, "manifest.json": json.dumps(manifest).encode()}.items():
                archive.writestr(name, content)
        return tmp_path / "altered"

    return make


def put_in(file: Path) -> None:
    """As restore() does, into the tables that are here."""
    with opened(file) as archive:
        reading._look(archive.manifest, replaces=True, without_keys=False)
        archive.read_through()
        with reading.all_or_nothing():
            reading.fill(archive)


def refused(file: Path) -> str:
    """What for. A later owner is what may not be lost."""
    later = Owner.objects.create_user("later@example.com", None, name="Later", timezone="UTC")
    with pytest.raises(CannotRestore) as problem:
        put_in(file)
    assert Owner.objects.filter(pk=later.pk).exists()
    assert (Meeting.objects.count(), Contact.objects.count() > 0) == (40, True)
    return str(problem.value)


def with_its_sum(contents: Contents, manifest: dict[str, Any], table: str, lines: list[bytes]) -> None:
    """Other rows of a table, as if they had been backed up."""
    contents[table] = b"".join(lines)
    manifest["tables"][table]["sha256"] = hashlib.sha256(contents[table]).hexdigest()


def alter(contents: Contents, manifest: dict[str, Any]) -> None:
    contents[MEETINGS] = contents[MEETINGS].replace(b"Kick-off", b"Kick-On ", 1)


def lose(contents: Contents, manifest: dict[str, Any]) -> None:
    del contents[MEETINGS]


def leave_out(contents: Contents, manifest: dict[str, Any]) -> None:
    del manifest["tables"][MEETINGS], contents[MEETINGS]


def shorten(contents: Contents, manifest: dict[str, Any]) -> None:
    with_its_sum(contents, manifest, MEETINGS, contents[MEETINGS].splitlines(keepends=True)[:-1])


def spoil(contents: Contents, manifest: dict[str, Any]) -> None:
    first, second, third, *rest = contents[MEETINGS].splitlines(keepends=True)
    third = third.replace(b"Europe/Berlin", b"\\N", 1)  # which may not be empty
    with_its_sum(contents, manifest, MEETINGS, [first, second, third, *rest])


def say_what_is_secret(contents: Contents, manifest: dict[str, Any]) -> None:
    lines = contents[MEETINGS].splitlines(keepends=True)
    with_its_sum(contents, manifest, MEETINGS, [lines[0].replace(b"\t30\t", b"\tAnn Lee\t", 1), *lines[1:]])


def orphan(contents: Contents, manifest: dict[str, Any]) -> None:
    with_its_sum(contents, manifest, CONTACTS, [])
    manifest["tables"][CONTACTS]["rows"] = 0


def be_newer(contents: Contents, manifest: dict[str, Any]) -> None:
    manifest["version"] = "9.0.0"
    manifest["migrations"].append(["meetings", "0999_of_later"])


def be_of_another_format(contents: Contents, manifest: dict[str, Any]) -> None:
    manifest["format"] = 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (alter, f"The file is damaged (in {MEETINGS}). Take another."),
        (lose, f"The file is damaged (in {MEETINGS}). Take another."),
        (leave_out, f"The file is damaged (in {MEETINGS}). Take another."),
        (shorten, f"{MEETINGS} has 39 rows in the file, and should have 40. Take another."),
        (spoil, f"The database does not take line 3 of {MEETINGS} (NotNullViolation). {NOT_CHANGED}"),
        (
            say_what_is_secret,
            f"The database does not take line 1 of {MEETINGS} (InvalidTextRepresentation). {NOT_CHANGED}",
        ),
        (orphan, "refers to is not all there (meetings_invitation_contact_id"),
        (be_newer, "It was made by a newer O-Key, 9.0.0, of which this one does not know meetings.0999_of_later."),
        (be_of_another_format, "It was made by another release of O-Key. Use that one."),
    ],
)
def test_it_is_refused_in_words(
    altered: Callable[[Change], Path], monkeypatch: pytest.MonkeyPatch, change: Change, says: str
) -> None:
    monkeypatch.setattr(reading, "_others", lambda: 0)  # the test run's own connections
    said = refused(altered(change))
    assert says in said
    assert "Ann Lee" not in said
