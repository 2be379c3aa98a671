"""Reads an uploaded CSV file: its encoding, its delimiter, its columns. Judges no line."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from okey.lib import sheets

LARGEST_FILE = 5 * 1024 * 1024
MOST_LINES = 10_000

#: What each column may be called, lower-case and with single spaces: in English, German, French and Spanish.
_CALLED = {
    "name": "name; full name; contact; contact name; display name; kontakt; anzeigename; vollständiger name; "
    "nom complet; nombre completo",
    "first_name": "first name; firstname; given name; forename; vorname; prénom; nombre",
    "last_name": "last name; lastname; surname; family name; nachname; familienname; nom; nom de famille; apellido; "
    "apellidos",
    "email": "email; e mail; mail; email address; e mail address; email 1 value; e mail 1 value; e mail adresse; "
    "email adresse; mailadresse; adresse e mail; adresse mail; courriel; correo; correo electrónico; "
    "dirección de correo electrónico",
    "phone": "phone; phone number; telephone; tel; mobile; mobile phone; phone 1 value; telefon; telefonnummer; mobil; "
    "handy; mobiltelefon; téléphone; portable; teléfono; móvil",
    "company": "company; company name; organisation; organization; organisation name; organization name; firma; "
    "unternehmen; société; entreprise; empresa; compañía; organización",
    "timezone": "time zone; timezone; tz; zeitzone; fuseau horaire; zona horaria",
    "tags": "tags; tag; labels; categories; schlagwörter; kategorien; étiquettes; etiquetas",
    "notes": "notes; note; comment; comments; notiz; notizen; bemerkung; bemerkungen; remarques; notas; comentarios",
}
COLUMN_NAMES = {column: frozenset(names.split("; ")) for column, names in _CALLED.items()}
COLUMN_OF = {name: column for column, names in COLUMN_NAMES.items() for name in names}
DELIMITERS = ",;\t"

#: Closes the text, to notice a quote that was opened and never closed: it would swallow this line too.
END = "\x1eend"

# Control characters that mean nothing in a cell; the line breaks among them stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")


class UnreadableFile(Exception):
    """The file as a whole can't be used. `words` tell its owner why, and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Line:
    """One record: where it starts in the file, its cells by column, and how many cells had no column."""

    number: int
    cells: dict[str, str]
    surplus: int = 0


@dataclass(frozen=True)
class ReadFile:
    lines: list[Line]
    encoding: str
    ignored_columns: list[str]


def read_file(data: bytes) -> ReadFile:
    """The file's lines. Raises UnreadableFile."""
    if len(data) > LARGEST_FILE:
        raise UnreadableFile(_("The file is larger than 5 MB. Split it into smaller files."))
    text, encoding = _decoded(data)
    text, delimiter = _delimiter(text)
    records = _records(text, delimiter)
    header = next(records, (1, []))[1]
    columns = _columns(header)
    lines = [_line(number, cells, columns) for number, cells in islice(records, MOST_LINES + 1)]
    if len(lines) > MOST_LINES:
        raise UnreadableFile(_("The file has more than 10,000 lines. Split it into smaller files."))
    if not lines:
        raise UnreadableFile(_("The file has no contacts: nothing follows the line of column names."))
    ignored = [name for name, column in zip(header, columns, strict=True) if name and not column]
    return ReadFile(lines, encoding, ignored)


def _decoded(data: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _text(data, "utf-16"), "UTF-16"
    if b"\0" in data:
        raise UnreadableFile(
            _("This is not a CSV file. In a spreadsheet program, save it as “CSV UTF-8” and upload that.")
        )
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return _text(data, "cp1252"), "Windows-1252"


def _text(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            _(
                "The encoding of this file is unknown: line %(line)d can’t be read. "
                "Save it as “CSV UTF-8” and upload that."
            )
            % {"line": line}
        ) from error
    if "\0" in text or (encoding == "cp1252" and _CONTROL.search(text)):
        raise UnreadableFile(
            _("This is not a CSV file. In a spreadsheet program, save it as “CSV UTF-8” and upload that.")
        )
    return text


def _delimiter(text: str) -> tuple[str, str]:
    """The text from its header on, and the delimiter under which most of the header is known."""
    if declared := re.match(r"sep=([,;\t])\r?\n", text):  # Excel's own first line
        # The empty line keeps the line numbers right.
        return "\n" + text[declared.end() :], declared[1]

    def known(delimiter: str) -> tuple[int, int]:
        cells = next(_records(text, delimiter), (1, []))[1]
        return sum(_column(cell) is not None for cell in cells), len(cells)

    return text, max(DELIMITERS, key=known)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that isn't empty, with the line that it starts on."""
    separator = "" if text.endswith(("\n", "\r")) else "\n"
    reader = csv.reader(io.StringIO(text + separator + END, newline=""), delimiter=delimiter)
    start = 1
    while True:
        try:
            record = next(reader)
        except csv.Error as error:
            raise _open_quote(start) from error
        if record == [END]:
            return
        if record and END in record[-1]:
            raise _open_quote(start)
        cells = [sheets.unguarded(_CONTROL.sub(" ", cell).strip()) for cell in record]
        if any(cells):
            yield start, cells
        start = reader.line_num + 1


def _open_quote(line: int) -> UnreadableFile:
    return UnreadableFile(_('Line %(line)d opens a quotation mark (") that is never closed.') % {"line": line})


def _columns(header: list[str]) -> list[str | None]:
    """The column of each cell, or None where it is ignored. A column named twice is taken once."""
    columns: list[str | None] = []
    for cell in header:
        column = _column(cell)
        columns.append(None if column in columns else column)
    if "email" not in columns:
        raise UnreadableFile(_("The first line must name the columns, and none of them is called “E-mail”."))
    if not {"name", "first_name", "last_name"} & set(columns):
        raise UnreadableFile(_("The first line must name the columns, and none of them is called “Name”."))
    return columns


def _column(cell: str) -> str | None:
    return COLUMN_OF.get(" ".join(re.sub(r"[^\w]|_", " ", cell.lower()).split()))


def _line(number: int, cells: list[str], columns: list[str | None]) -> Line:
    by_column = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}
    surplus = sum(bool(cell) for cell in cells[len(columns) :])
    return Line(number, by_column, surplus)
