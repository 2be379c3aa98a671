"""What a benchmark finds: ratios, each with the most that it may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`figure`: both sides in words. `ratio`: the second over the first."""

    name: str
    figure: str
    ratio: float
    goal: float

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal

    def __str__(self) -> str:
        return f"{self.name:<52} {self.figure:<34} {self.ratio:6.2f}  {'' if self.is_met else f'more than {self.goal}'}"
