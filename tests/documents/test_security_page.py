"""docs/security.md leaves no section of the standard out, and names tests that there are."""

import re

import pytest

from dev.commands import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
#: How many sections each chapter of OWASP ASVS 4.0.3 has.
SECTIONS = {1: 14, 2: 10, 3: 7, 4: 3, 5: 5, 6: 4, 7: 4, 8: 3, 9: 2, 10: 3, 11: 1, 12: 6, 13: 4, 14: 5}
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| V")]
TESTS = sorted(set(re.findall(r"`(tests/\S+?\.py)::(\w+)`", PAGE)))


def test_every_section_has_one_row_in_its_order() -> None:
    named = [row[0].split()[0] for row in ROWS]
    assert named == [f"V{chapter}.{number + 1}" for chapter, many in SECTIONS.items() for number in range(many)]


def test_every_row_says_a_known_state_and_how() -> None:
    assert {row[1] for row in ROWS} <= {"met", "in part", "operator", "none"}
    assert [row[0] for row in ROWS if row[1] == "met" and not ("::" in row[3] and row[2])] == []


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_the_test_that_guards_it_exists(file: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)
