"""A release is made by one command: the version everywhere, and a section of its own in the changelog."""

from datetime import date
from pathlib import Path

import pytest

from dev.release import NoRelease, main, release

DAY = date(2026, 11, 30)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "okey").mkdir()
    (tmp_path / "okey" / "__init__.py").write_text('#: As elsewhere.\n__version__ = "0.1.0"\n\nimport this\n')
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "okey"\nversion = "0.1.0"\ndependencies = ["a"]\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nWords.\n\n## Unreleased\n\n- One.\n- Two.\n")
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_what_was_not_released_stands_under_the_version_and_its_day(checkout: Path) -> None:
    release(checkout, "0.1.0", DAY)
    (checkout / "CHANGELOG.md").write_text(
        (checkout / "CHANGELOG.md").read_text().replace("## Unreleased\n", "## Unreleased\n\n- Three.\n")
    )
    release(checkout, "0.2.0", date(2026, 12, 24))
    assert contents(checkout) == {
        "__init__.py": '#: As elsewhere.\n__version__ = "0.2.0"\n\nimport this\n',
        "pyproject.toml": '[project]\nname = "okey"\nversion = "0.2.0"\ndependencies = ["a"]\n',
        "CHANGELOG.md": "# Changelog\n\nWords.\n\n## Unreleased\n\n## 0.2.0, 2026-12-24\n\n- Three.\n\n"
        "## 0.1.0, 2026-11-30\n\n- One.\n- Two.\n",
    }


@pytest.mark.parametrize("version", ["0.1", "v0.2.0", "0.2.0-rc1", "0.1.0", "0.0.9"])
def test_what_is_no_later_version_changes_nothing(checkout: Path, version: str) -> None:
    release(checkout, "0.1.0", DAY)
    (checkout / "CHANGELOG.md").write_text(
        (checkout / "CHANGELOG.md").read_text().replace("## Unreleased\n", "## Unreleased\n\n- Three.\n")
    )
    before = contents(checkout)
    with pytest.raises(NoRelease):
        release(checkout, version, DAY)
    assert contents(checkout) == before


def test_without_a_change_there_is_no_release(checkout: Path) -> None:
    release(checkout, "0.1.0", DAY)
    with pytest.raises(NoRelease, match="Nothing stands under"):
        release(checkout, "0.2.0", DAY)


def test_two_versions_are_none(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('[project]\nversion = "0.3.0"\n')
    with pytest.raises(NoRelease, match="do not say the same version"):
        release(checkout, "0.4.0", DAY)


def test_no_version_is_a_question_of_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "python -m dev.release VERSION" in capsys.readouterr().err
