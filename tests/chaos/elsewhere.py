"""The books of those who make their links at Google or Microsoft, by what their simulators themselves counted."""

from dataclasses import dataclass
from typing import Any, Self

from tests.chaos.line import Line, none
from tests.chaos.run import Run, Verdict

NAMES = {"google": "Google", "microsoft": "Microsoft"}
#: How the run itself ends a grant, in the words of the simulators.
BY_THE_RUN = {"removed by the user", "sessions revoked", ""}


@dataclass(frozen=True)
class Ledger:
    """One vendor's: O-Key's rows of its meetings, and what the simulator holds."""

    vendor: str
    mine: list[dict[str, Any]]
    #: As the simulator has them, by the ID in O-Key's rows.
    there: dict[str, dict[str, Any]]
    grants: list[dict[str, Any]]
    verdicts: list[Verdict]

    @classmethod
    def of(cls, run: Run, vendor: str, rows: list[dict[str, Any]]) -> Self:
        simulator = run.world.stack.simulators[vendor]
        held = [one for one in simulator.state("meetings")["meetings"] if not one.get("deleted")]
        return cls(
            vendor=vendor,
            mine=[row for row in rows if row["provider"] == simulator.provider],
            there={f"{'spaces/' if vendor == 'google' else ''}{one['id']}": one for one in held},
            grants=simulator.state("grants")["grants"],
            verdicts=[one for one in run.book.verdicts if one.vendor == vendor],
        )

    def lines(self) -> list[Line]:
        name = NAMES[self.vendor]
        wanting = [row for row in self.mine if not row["cancelled"]]
        bad = [row["id"] for row in wanting if not self._opens(row)]
        links = [row["join_url"] for row in wanting if row["join_url"]]
        ended = [one["id"] for one in self.grants if not one["alive"] and one["ended_by"] not in BY_THE_RUN]
        return [
            Line(f"meetings at {name}, more than none", int(bool(wanting)), 1),
            none(f"meetings at {name} without exactly one link that opens", bad),
            none(f"meetings at {name} with two links", self._with_two_links()),
            none(f"links at {name} that two meetings share", sorted({one for one in links if links.count(one) > 1})),
            none(f"connections to {name} wrongly marked dead", [one.grant for one in self.verdicts if one.grant]),
            none(f"living grants at {name} that O-Key ended", ended),
            *self._at_microsoft(),
        ]

    def _opens(self, row: dict[str, Any]) -> bool:
        there = self.there.get(row["external"] or "")
        return row["currents"] == 1 and bool(there) and row["join_url"] == _link(there or {})

    def _with_two_links(self) -> list[str]:
        """By O-Key's own rows; at Microsoft by its externalId too. What Google holds names no meeting."""
        two = {row["id"] for row in self.mine if row["currents"] > 1}
        held = [_meeting_of(one) for one in self.there.values()]
        return sorted(two | {one for one in held if one and held.count(one) > 1})

    def _at_microsoft(self) -> list[Line]:
        if self.vendor != "microsoft":
            return []
        linked = {row["external"] for row in self.mine if not row["cancelled"]}
        stale = [row["id"] for row in self.mine if not row["cancelled"] and not self._is_synced(row)]
        return [
            none("spare meetings left at Microsoft", sorted(set(self.there) - linked)),
            none("meetings that Microsoft knows otherwise than they are", stale),
        ]

    def _is_synced(self, row: dict[str, Any]) -> bool:
        there = self.there.get(row["external"] or "", {})
        minutes = (there.get("end", 0) - there.get("start", 0)) / 60
        return (there.get("subject"), there.get("start"), minutes) == (row["title"], row["starts_at"], row["minutes"])


def _link(there: dict[str, Any]) -> str:
    return str(there.get("uri") or there.get("join_url") or "")


def _meeting_of(there: dict[str, Any]) -> str:
    """Which meeting of ours it was made for: `O-Key-<uuid>-<generation>`, or nothing that could be told."""
    return str(there.get("external_id") or "").removeprefix("O-Key-")[:36]
