"""The official conformance suite against O-Key as it really runs: as an MCP server, and as an authorization server.

Scenarios that need diagnostic tools, prompts or resources are not for a server of its own tools: of those that are run,
the checks that nobody can try here are named, and everything else has to pass.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dev import ports
from dev.node_packages import MCP_CLIENTS
from tests.consent import SECONDS, OwnersBrowser
from tests.processes import INHERITED, Stack
from tests.running_owner import make_token

pytestmark = [pytest.mark.processes, pytest.mark.mcp_clients]

COMMAND = ["node", "--import", "./older_node.mjs", "--import", "./with_token.mjs", "node_modules/.bin/conformance"]
#: And how many checks of each succeed at least: a scenario that tries nothing shows nothing.
SERVER = {
    "server-initialize": 2,
    "ping": 2,
    "tools-list": 3,
    "tools-list --spec-version 2026-07-28": 4,
    "server-stateless": 20,
    "http-header-validation": 14,
    "dns-rebinding-protection": 2,
    "input-required-result-unsupported-methods": 2,
    "caching": 4,
}
#: What O-Key does not have: prompts, resources, and tools by which the suite makes servers misbehave.
NOT_HERE = {
    "sep-2549-prompts-list-caching-hints": "Method not found: 'prompts/list'",
    "sep-2549-resources-list-caching-hints": "Method not found: 'resources/list'",
    "sep-2549-resources-templates-list-caching-hints": "Method not found: 'resources/templates/list'",
    "sep-2575-server-rejects-undeclared-capability": "Not testable",
    "sep-2575-missing-capability-http-400": "Not testable",
    "sep-2575-http-server-no-independent-requests-on-stream": "Not testable",
    "sep-2575-server-no-log-without-loglevel": "Not testable",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="module")
def folder() -> Path:
    return MCP_CLIENTS.find_or_install()


@pytest.fixture(scope="module")
def env(stack: Stack) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {"OKEY_API_TOKEN": make_token(stack, "read", "schedule")}


def checks(results: Path) -> list[tuple[str, str, str]]:
    """ID, status and what was wrong, of each check that was written down."""
    [written] = results.rglob("checks.json")
    return [(one["id"], one["status"], one.get("errorMessage", "")) for one in json.loads(written.read_text())]


@pytest.mark.parametrize("scenario", SERVER)
def test_it_is_an_mcp_server_as_specified(
    scenario: str, stack: Stack, folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    url = f"{stack.url}/mcp"
    done = subprocess.run(
        [*COMMAND, "server", "--url", url, "-o", str(tmp_path), "--scenario", *scenario.split()],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    found = checks(tmp_path)
    bad = [one for one in found if one[1] in {"FAILURE", "WARNING"}]
    assert [one for one in bad if NOT_HERE.get(one[0], "nothing") not in one[2]] == [], done.stdout
    assert sum(status == "SUCCESS" for _id, status, _words in found) >= SERVER[scenario], found


def test_it_is_an_authorization_server_as_specified(
    stack: Stack, folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    port = ports.pick_free()
    metadata = {"client_name": "Test assistant", "redirect_uris": [f"http://127.0.0.1:{port}/callback"]}
    pipe = subprocess.PIPE
    with requests.Session() as session:
        session.trust_env = False
        client = session.post(f"{stack.url}/oauth/register", json=metadata, timeout=SECONDS).json()
        asked = ["--client-id", client["client_id"], "--port", str(port), "--resource", f"{stack.url}/mcp"]
        command = [*COMMAND, "authorization", "--url", stack.url, "-o", str(tmp_path), *asked]
        with (
            OwnersBrowser(stack) as browser,
            subprocess.Popen(command, cwd=folder, env=env, stdout=pipe, stderr=pipe, text=True) as program,
        ):
            assert program.stdout is not None
            try:
                url = next((line for line in program.stdout if line.startswith(f"{stack.url}/oauth/")), "")
                assert url, program.stderr and program.stderr.read()
                session.get(browser.allow(url.strip()), timeout=SECONDS)
                said, errors = program.communicate(timeout=SECONDS)
            finally:
                program.kill()
    assert program.returncode == 0, said + errors
    found = [
        (one["id"], one["status"]) for path in tmp_path.rglob("checks.json") for one in json.loads(path.read_text())
    ]
    assert {status for _id, status in found} == {"SUCCESS"}, found
    assert {"authorization-server-metadata", "authorization-server-metadata-cimd", "authorization-code-grant"} == {
        name for name, _status in found
    }
