"""Where node is missing or npm fails, the test with the official MCP client is left out, and that is said."""

import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dev import chromium, inspector
from dev import test as stages


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The marker expressions that pytest was run with; nothing is run."""
    wanted: list[str] = []

    def pytest_(*options: str, **_: Any) -> bool:
        wanted.append(options[options.index("-m") + 1])
        return True

    monkeypatch.setattr(stages, "pytest", pytest_)
    monkeypatch.setattr(chromium, "find_or_install", lambda: "chromium")
    monkeypatch.setattr(stages.Run, "database_url", lambda _run: "postgres://unused")
    return wanted


def run_processes() -> list[str]:
    with ExitStack() as resources:
        run = stages.Run(resources)
        assert stages.processes(run)
        return run.left_out


def test_without_node_its_test_is_left_out_and_the_end_says_so(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    left_out = run_processes()
    assert asked == ["(browser or processes) and not inspector"]
    stages.report({"processes": (True, 1.0)}, left_out)
    said = "Not run: the test with the official MCP client: node and npm are not installed on this machine."
    assert capsys.readouterr().out.count(said) == 2


def test_a_node_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", str)
    old = subprocess.CompletedProcess([], 0, stdout="v16.20.2\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: old)
    with pytest.raises(inspector.NoInspector, match=r"v16\.20\.2"):
        inspector.find_or_install()


def test_an_installation_that_fails_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: list[str]
) -> None:
    monkeypatch.setattr(inspector, "FOLDER", tmp_path / "inspector")
    monkeypatch.setattr(inspector, "_npm", lambda: "false")  # the command that fails
    assert "npm could not install it" in run_processes()[0]
    assert not inspector._is_whole()


def test_with_the_inspector_everything_is_run(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    monkeypatch.setattr(inspector, "find_or_install", lambda: inspector.FOLDER)
    assert (run_processes(), asked) == ([], ["browser or processes"])
