"""Small bar charts that the server draws: numbers in, rectangles out. templates/seeing/chart.html is their SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

#: In the picture's own units; the page decides how large one is.
WIDTH, HEIGHT, FOOT, GAP = 280, 96, 16, 3
#: Columns that have no room for a label each.
MANY = 6


@dataclass(frozen=True)
class Bar:
    """One part of a column. `tone`: good, wait or bad. `words` are for whoever points at it."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


@dataclass(frozen=True)
class Chart:
    """`says` is the picture in one sentence; `rows` is all of it: each column's label and its values."""

    says: str
    series: tuple[tuple[str, str], ...]
    rows: Sequence[tuple[str, tuple[int, ...]]]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def names(self) -> list[Any]:
        return [name for name, _tone in self.series]

    @property
    def top(self) -> int:
        return max((sum(values) for _label, values in self.rows), default=0)

    @property
    def foot(self) -> int:
        return HEIGHT - FOOT

    @property
    def bars(self) -> list[Bar]:
        """Stacked, the first series at the bottom."""
        step, tall = WIDTH / max(len(self.rows), 1), HEIGHT - FOOT - GAP
        found = []
        for number, (label, values) in enumerate(self.rows):
            for (name, tone), value, total in zip(self.series, values, accumulate(values), strict=True):
                if value:
                    height = max(tall * value / self.top, 2.0)
                    y = HEIGHT - FOOT - tall * total / self.top
                    words = f"{label}: {value} {name}"
                    x, width = number * step + GAP / 2, step - GAP
                    found.append(Bar(round(x, 1), round(y, 1), round(width, 1), round(height, 1), tone, words))
        return found

    @property
    def labels(self) -> list[tuple[float, str, str]]:
        """Where, how it is set there, and what: under each column, or of many under the ends alone."""
        step, last = WIDTH / max(len(self.rows), 1), len(self.rows) - 1
        if last >= MANY:
            return [(0, "start", self.rows[0][0]), (WIDTH, "end", self.rows[last][0])]
        return [(round((number + 0.5) * step, 1), "middle", label) for number, (label, _) in enumerate(self.rows)]

    @property
    def line(self) -> int:
        """On which the labels stand."""
        return HEIGHT - 3
