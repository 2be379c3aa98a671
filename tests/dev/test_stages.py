"""`make test`: which stages it runs, and in which order."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from dev import test as stages
from dev.commands import ROOT
from tests import databases
from tests.moments import TIME_BOUND


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What happens where each stage only says that it ran, and chaos is another program."""
    happened: list[str] = []

    def begin() -> "subprocess.Popen[bytes]":
        happened.append("chaos begins")
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(0)"])

    def stage(name: str) -> Callable[[stages.Run], bool]:
        return lambda _run: happened.append(name) is None

    (tmp_path / "chaos.log").write_text("the table\n")
    monkeypatch.setattr(stages, "CHAOS_LOG", tmp_path / "chaos.log")
    monkeypatch.setattr(stages, "begin_chaos", begin)
    monkeypatch.setattr(stages.signal, "signal", lambda *_: None)  # pytest's own handlers stay
    for name in stages.STAGES:
        if name != "chaos":
            monkeypatch.setitem(stages.STAGES, name, stage(name))
    return happened


def test_chaos_is_one_of_them_and_goes_on_beside_all_others(
    diary: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert stages.main([]) == 0
    assert diary == ["chaos begins", *(name for name in stages.STAGES if name != "chaos")]
    assert "the table" in capsys.readouterr().out


def test_what_is_named_runs_alone(diary: list[str]) -> None:
    assert stages.main(["lint", "types"]) == 0
    assert diary == ["lint", "types"]


def test_broken_promises_fail_the_run(diary: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "begin_chaos", lambda: subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"]))
    assert stages.main(["lint", "chaos"]) == 1


def test_chaos_ends_with_a_run_that_is_broken_off(diary: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def begin() -> "subprocess.Popen[bytes]":
        begun.append(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]))
        return begun[0]

    def broken_off(_run: stages.Run) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "begin_chaos", begin)
    monkeypatch.setitem(stages.STAGES, "lint", broken_off)
    with pytest.raises(KeyboardInterrupt):
        stages.main(["lint", "chaos"])
    assert begun[0].returncode is not None


@dataclass
class Item:
    """What pytest says of a test."""

    markers: list[pytest.Mark] = field(default_factory=list)
    fixturenames: tuple[str, ...] = ()
    file: str = "tests/meetings/pages/test_meeting.py"

    @property
    def path(self) -> Path:
        return ROOT / self.file

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next((marker for marker in self.markers if marker.name == name), None)


ASKS, THREADS, ALIKE = (
    pytest.mark.django_db.mark,
    pytest.mark.django_db(transaction=True).mark,
    pytest.mark.one_database.mark,
)


@pytest.mark.parametrize(
    ("item", "run_on"),
    [
        (Item(), {"sqlite"}),
        (Item([ASKS]), {"postgresql"}),
        (Item(fixturenames=("alice", "db")), {"postgresql"}),
        (Item([ASKS, ALIKE]), {"sqlite"}),
        (Item([THREADS]), {"sqlite", "postgresql"}),
        (Item(fixturenames=("transactional_db",)), {"sqlite", "postgresql"}),
        (Item([ASKS], file="tests/test_indexes.py"), {"sqlite", "postgresql"}),
        (Item([ASKS], file="tests/okey/lib/test_claims.py"), {"sqlite", "postgresql"}),
    ],
)
def test_what_asks_a_database_runs_on_postgresql_and_what_may_differ_on_both(item: Item, run_on: set[str]) -> None:
    assert databases.databases_of(cast(pytest.Item, item)) == run_on


def test_files_that_are_named_are_there() -> None:
    assert [path for path in (*databases.BOTH, *TIME_BOUND) if not (ROOT / path).exists()] == []
