"""The file of a back-up, read: whether all of it is there, before anything is done with it."""

import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from okey.backups.manifest import NAME, CannotRestore, Manifest

BLOCK = 1 << 20
#: What reading raises where a file is cut short or altered, by where: in its directory, a part's head or its data.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
)


class Archive:
    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        with _or_said(NAME):
            text = file.read(NAME)
        self.manifest = Manifest.from_json(text)

    def blocks(self, table: str) -> Iterator[bytes]:
        """A table's rows, as COPY reads them."""
        with _or_said(table), self._file.open(table) as rows:
            while block := rows.read(BLOCK):
                yield block

    def read_through(self) -> None:
        """Each part has a checksum of its own, and one in the manifest."""
        for name, table in self.manifest.tables.items():
            digest = hashlib.sha256()
            for block in self.blocks(name):
                digest.update(block)
            if table.sha256 and table.sha256 != digest.hexdigest():
                raise _damaged(name)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Raises CannotRestore, as all of an archive's methods do."""
    try:
        file = zipfile.ZipFile(path)
    except UNREADABLE:
        raise CannotRestore(_("This is no back-up of O-Key’s, or not all of it.")) from None
    except OSError as error:
        raise CannotRestore(_("It cannot be read: %(why)s.") % {"why": error.strerror}) from None
    with file:
        yield Archive(file)


@contextmanager
def _or_said(part: str) -> Iterator[None]:
    try:
        yield
    except UNREADABLE:
        raise _damaged(part) from None
    except OSError as error:
        if error.strerror is None:  # of what unpacks, not of the system
            raise _damaged(part) from None
        raise CannotRestore(_("It cannot be read: %(why)s.") % {"why": error.strerror}) from None


def _damaged(part: str) -> CannotRestore:
    return CannotRestore(_("The file is damaged (in %(part)s). Take another.") % {"part": part})
