"""Where node is missing, npm fails or there is no curl, the tests that need it are left out, and that is said."""

import dataclasses
import re
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dev import chromium
from dev import test as stages
from dev.node_packages import INSPECTOR, MCP_CLIENTS, OPENAPI_TOOLS, NodePackage, NotInstalled


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
    without = "not inspector and not mcp_clients and not openapi_tools and not documents"
    assert asked == [f"(browser or processes) and {without}"]
    stages.report({"processes": (True, 1.0)}, left_out)
    printed = capsys.readouterr().out
    for what in (
        "the test with the official MCP client",
        "the official MCP SDK in TypeScript and the conformance suite",
        "the strict readers of the OpenAPI document and the client in TypeScript",
    ):
        assert printed.count(f"Not run: {what}: node and npm are not installed on this machine.") == 2
    missing = "bash, curl, jq not found on this machine."
    assert printed.count(f"Not run: the commands of docs/api.md, docs/mcp.md and docs/webhooks.md: {missing}") == 2


@pytest.mark.parametrize(
    ("package", "version"), [(INSPECTOR, "v16.20.2"), (OPENAPI_TOOLS, "v18.20.4"), (OPENAPI_TOOLS, "v20.18.9")]
)
def test_a_node_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, package: NodePackage, version: str) -> None:
    monkeypatch.setattr(shutil, "which", str)
    old = subprocess.CompletedProcess([], 0, stdout=f"{version}\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: old)
    with pytest.raises(NotInstalled, match=re.escape(version)):
        package.find_or_install()


def test_an_installation_that_fails_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: list[str]
) -> None:
    elsewhere = dataclasses.replace(INSPECTOR, folder=tmp_path / "inspector")
    monkeypatch.setattr(stages, "NEED_NODE", {"inspector": (elsewhere, "the test")})
    monkeypatch.setattr(NodePackage, "_npm", lambda _package: "false")  # the command that fails
    assert "npm could not install it" in run_processes()[0]
    assert not elsewhere.is_whole()


def test_with_all_of_them_everything_is_run(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    monkeypatch.setattr(NodePackage, "find_or_install", lambda package: package.folder)
    monkeypatch.setattr(shutil, "which", str)
    assert (run_processes(), asked) == ([], ["(browser or processes)"])


@pytest.mark.parametrize("package", [INSPECTOR, MCP_CLIENTS, OPENAPI_TOOLS])
def test_a_lock_names_no_registry(package: NodePackage) -> None:
    assert '"resolved"' not in (package.source / "package-lock.json").read_text()
