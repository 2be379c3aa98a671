"""Strict tools take the OpenAPI document: two linters find no error in it, and clients made from it work with O-Key as
it really runs. Nothing that is generated is kept.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dev.node_packages import OPENAPI_TOOLS
from tests.processes import INHERITED, Stack
from tests.running_owner import connect_zoom, make_token

pytestmark = pytest.mark.processes

SECONDS = 240
PROGRAMS = Path(__file__).parent / "clients"


def run(folder: Path, *command: str | Path, **more: str) -> str:
    """What it printed. It must end well."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=inherited | quiet | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        assert connect_zoom(stack) == "connected"
        yield stack


@pytest.fixture(scope="module")
def document(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as programs get it."""
    text = stack.get("/api/v1/openapi.json").text
    assert [server["url"] for server in json.loads(text)["servers"]] == [stack.url]
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    file.write_text(text)
    return file


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of this test's own with the tools in it."""
    installed = OPENAPI_TOOLS.find_or_install()
    for name in OPENAPI_TOOLS.files:
        shutil.copy(installed / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(installed / "node_modules")
    return tmp_path


def tool(tools: Path, name: str) -> Path:
    return tools / "node_modules" / ".bin" / name


def check(said: dict[str, Any]) -> None:
    """What both programs print."""
    assert said["link"] == "ready", said
    assert said["holder"] == said["contact_id"], said
    assert datetime.fromisoformat(said["next_free"]) == datetime.fromisoformat(said["second_slot"]), said
    assert said["refused"] == "not_authenticated", said
    assert said["cancelled"] == ["cancelled", "cancelled"], said


@pytest.mark.openapi_tools
def test_redocly_finds_no_error(tools: Path, document: Path) -> None:
    assert "is valid" in run(tools, tool(tools, "redocly"), "lint", "--config", "redocly.yaml", document)


@pytest.mark.openapi_tools
def test_spectral_finds_no_error(tools: Path, document: Path) -> None:
    said = run(
        tools, tool(tools, "spectral"), "lint", "--ruleset", "spectral.yaml", "--fail-severity", "error", document
    )
    assert "(0 errors" in said or "No results with a severity of 'error'" in said, said


def test_a_python_client_schedules_reads_problems_and_cancels(stack: Stack, document: Path, tmp_path: Path) -> None:
    # It writes by ruff, which is beside it and not in everybody's PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    generate = ["--path", document, "--meta", "none", "--output-path", tmp_path / "okey_client", "--fail-on-warning"]
    run(tmp_path, Path(sys.executable).with_name("openapi-python-client"), "generate", *generate, PATH=path)
    program = shutil.copy(PROGRAMS / "program.py", tmp_path)
    said = run(tmp_path, sys.executable, program, stack.url, make_token(stack, "read", "schedule"))
    check(json.loads(said.strip().splitlines()[-1]))


@pytest.mark.openapi_tools
def test_a_typescript_client_schedules_reads_problems_and_cancels(tools: Path, stack: Stack, document: Path) -> None:
    run(tools, tool(tools, "openapi-ts"), "--input", document, "--output", "client", "--silent")
    shutil.copy(PROGRAMS / "program.ts", tools)
    run(tools, tool(tools, "tsc"), "--project", "tsconfig.json")
    token = make_token(stack, "read", "schedule")
    said = run(tools, "node", "built/program.js", stack.url, token)
    check(json.loads(said.strip().splitlines()[-1]))
