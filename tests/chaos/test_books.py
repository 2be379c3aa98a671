"""How the books of a chaos run are read, by rows written by hand."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.books import is_storm
from tests.chaos.elsewhere import Ledger
from tests.chaos.run import Verdict

MEETING = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("refreshes", "storm"),
    [
        ([(0, True), (20, True), (45, True), (61, False)], True),
        # As a run had it: five faults, then a refresh a second too late.
        ([(0, True), (1, True), (3, True), (7, True), (46, True), (61, False), (61, False)], True),
        ([(0, True), (20, True), (45, True), (59, False)], False),  # Zoom still took the old pair
        ([(0, True), (20, True), (61, False)], False),  # two faults are outlived
        ([(0, True), (70, False)], False),
        ([(0, True), (20, True), (30, False), (50, True), (65, False)], False),  # one got through
        ([(0, False), (5, False)], False),
        ([], False),
    ],
)
def test_a_storm_is_more_than_two_faults_that_outlast_the_grace(
    refreshes: list[tuple[float, bool]], storm: bool
) -> None:
    assert is_storm(refreshes, 60) is storm


def ledger(vendor: str, **changes: Any) -> Ledger:
    """Of one meeting with its link, at a vendor who holds just that."""
    names = {"google": {"uri": "https://one.example"}, "microsoft": {"join_url": "https://one.example"}}[vendor]
    there = {"external_id": f"O-Key-{MEETING}-1", "subject": "Talk", "start": 60, "end": 1860, **names}
    row = {"id": MEETING, "cancelled": False, "currents": 1, "external": "x", "join_url": "https://one.example"}
    row |= {"title": "Talk", "starts_at": 60, "minutes": 30}
    grants = [
        {"id": "living", "alive": True, "ended_by": ""},
        {"id": "a", "alive": False, "ended_by": "sessions revoked"},
    ]
    return replace(Ledger(vendor, [row], {"x": there}, grants, [Verdict(vendor, "will", None, 0, 0)]), **changes)


def broken(one: Ledger) -> list[str]:
    return [line.promise for line in one.lines() if not line.is_kept]


@pytest.mark.parametrize("vendor", ["google", "microsoft"])
def test_the_promises_elsewhere_are_kept_and_each_can_be_broken(vendor: str) -> None:
    good = ledger(vendor)
    name = {"google": "Google", "microsoft": "Microsoft"}[vendor]
    assert broken(good) == []
    given_up = replace(good, verdicts=[Verdict(vendor, "will", "living", 0, 0)])
    assert broken(given_up) == [f"connections to {name} wrongly marked dead"]
    revoked = replace(good, grants=[{"id": "living", "alive": False, "ended_by": "revoked by the app"}])
    assert broken(revoked) == [f"living grants at {name} that O-Key ended"]
    twice = replace(good, mine=[{**good.mine[0], "currents": 2}])
    assert f"meetings at {name} with two links" in broken(twice)
    gone = replace(good, there={})
    assert f"meetings at {name} without exactly one link that opens" in broken(gone)
    assert f"meetings at {name}, more than none" in broken(replace(good, mine=[]))


def test_a_second_meeting_at_microsoft_is_seen_there() -> None:
    good = ledger("microsoft")
    two = replace(good, there={**good.there, "y": {**good.there["x"], "external_id": f"O-Key-{MEETING}-2"}})
    assert broken(two) == ["meetings at Microsoft with two links", "spare meetings left at Microsoft"]
    late = replace(good, mine=[{**good.mine[0], "starts_at": 120}])
    assert broken(late) == ["meetings that Microsoft knows otherwise than they are"]
