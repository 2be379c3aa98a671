"""How the books of a chaos run are read, by rows written by hand."""

import pytest

from tests.chaos.books import is_storm


@pytest.mark.parametrize(
    ("refreshes", "storm"),
    [
        ([(0, True), (20, True), (45, True), (61, False)], True),
        ([(0, True), (20, True), (45, True), (59, False)], False),  # Zoom still took the old pair
        ([(0, True), (70, False)], False),  # nobody asked for more than half a minute: that is ours
        ([(0, True), (20, True), (30, False), (50, True), (65, False)], False),  # one got through
        ([(0, False), (5, False)], False),
        ([], False),
    ],
)
def test_a_storm_outlasts_the_grace_and_was_asked_through(refreshes: list[tuple[float, bool]], storm: bool) -> None:
    assert is_storm(refreshes, 60) is storm
