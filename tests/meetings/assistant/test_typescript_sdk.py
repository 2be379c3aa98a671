"""The official SDK in TypeScript with its OAuth client provider: from a bare address to a scheduled meeting."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.node_packages import MCP_CLIENTS
from tests.consent import SECONDS, OwnersBrowser
from tests.processes import INHERITED, Stack
from tests.running_owner import connect_zoom

pytestmark = [pytest.mark.processes, pytest.mark.mcp_clients]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def signed_in(folder: Path, stack: Stack) -> dict[str, Any]:
    """What the program says last."""
    command = ["node", "sign_in.mjs", f"{stack.url}/mcp"]
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    pipe = subprocess.PIPE
    with (
        OwnersBrowser(stack) as browser,
        subprocess.Popen(command, cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as program,
    ):
        assert program.stdout is not None
        try:
            asked = program.stdout.readline()
            back = browser.allow(json.loads(asked)["open"]) if asked else ""
            said, errors = program.communicate(f"{back}\n", timeout=SECONDS)
        finally:
            program.kill()
    assert program.returncode == 0, errors
    last: dict[str, Any] = json.loads(said.splitlines()[-1])
    return last


def test_a_bare_address_leads_to_a_meeting_whose_link_is_ready(stack: Stack) -> None:
    folder = MCP_CLIENTS.find_or_install()
    assert connect_zoom(stack) == "connected"
    last = signed_in(folder, stack)
    assert {"find_contacts", "schedule_meeting"} <= set(last["tools"])
    made = last["made"]
    assert (made["link_status"], made["contact"]) == ("ready", "Yuki Tanaka"), made
    assert [one["join_url"] for one in stack.zoom.meetings()] == [made["join_url"]]
    assert last["tokens"]["access_token"] != "okey_access_old"  # it has got another one by itself
    assert not [
        secret for secret in (last["tokens"]["access_token"], last["tokens"]["refresh_token"]) if secret in stack.logs()
    ]
