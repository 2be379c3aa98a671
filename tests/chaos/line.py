"""One promise, counted."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One promise: what was counted, and what it has to be."""

    promise: str
    counted: int
    wanted: int
    examples: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        return self.counted == self.wanted

    def __str__(self) -> str:
        words = f"{'ok ' if self.is_kept else 'NOT'}  {self.promise}: {self.counted}"
        return words + ("" if self.is_kept else f" (wanted {self.wanted}) {' '.join(self.examples[:5])}")


def none(promise: str, found: list[Any]) -> Line:
    """A promise that something never happens: whatever is found is too much."""
    return Line(promise, len(found), 0, tuple(str(one) for one in found))
