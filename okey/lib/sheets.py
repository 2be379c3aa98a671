"""CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

#: How a cell begins that a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: By which spreadsheets know UTF-8.
MARK = "\ufeff"


def safe(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \n").startswith(FORMULA) or text.startswith(FORMULA) else text


def unguarded(cell: str) -> str:
    """What `safe` was given."""
    bare = cell[1:]
    return bare if cell.startswith("'") and bare.lstrip(" \n").startswith(FORMULA) else cell


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """A CSV file, line by line, with no cell that would be taken for a formula.

    Each in quotes: where a list is separated by semicolons, one within a cell would begin another.
    """
    yield MARK
    for row in rows:
        line = io.StringIO(newline="")
        csv.writer(line, quoting=csv.QUOTE_ALL).writerow([safe(cell) for cell in row])
        yield line.getvalue()
