"""What a measurement says: figures and their goals, printed as one table and written as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure. `goal`: its bound in words ("≤ 1.3"), whose figure `figure` is held against."""

    name: str
    figure: float
    goal: str = ""
    #: How it came about: the two sides of the ratio, and whatever else helps to read it.
    seen: str = ""

    @property
    def is_met(self) -> bool | None:
        """None where nothing was to be met."""
        if not self.goal:
            return None
        sign, bound = self.goal.split()
        return self.figure <= float(bound) if sign == "≤" else self.figure >= float(bound)


def print_table(rows: list[Row]) -> None:
    width = max((len(row.name) for row in rows), default=10)
    for row in rows:
        verdict = {True: "ok", False: "MISSED", None: ""}[row.is_met]
        print(f"{row.name:<{width}}  {row.figure:>10.4g}  {row.goal:<9} {verdict:<7} {row.seen}", flush=True)


def write_json(rows: list[Row], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    kept = [asdict(row) | {"met": row.is_met} for row in rows]
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> list[Row]:
    return [
        Row(**{name: value for name, value in kept.items() if name != "met"}) for kept in json.loads(path.read_text())
    ]


def percentile(values: list[float], share: float) -> float:
    """The value below which so large a share of them lies: 0.95 for p95. Infinity where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")
