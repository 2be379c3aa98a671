"""How the books of a chaos run are read, by rows written by hand."""

import pytest

from tests.chaos.books import is_storm


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
