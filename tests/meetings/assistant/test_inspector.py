"""The official MCP client against O-Key as it really runs: the tools, and a meeting whose link is ready."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.node_packages import INSPECTOR
from tests.processes import INHERITED, Stack
from tests.running_owner import connect_zoom, make_token

pytestmark = [pytest.mark.processes, pytest.mark.inspector]

CALL_SECONDS = 60
TOOLS = {
    "find_contacts",
    "add_contact",
    "restore_contact",
    "find_free_times",
    "list_types",
    "answer_request",
    "offer_one_booking",
    "list_offers",
    "withdraw_offer",
    "schedule_meeting",
    "reschedule_meeting",
    "cancel_meeting",
    "list_meetings",
    "get_join_link",
    "list_connections",
}


class Inspector:
    """The inspector's command line, with an API token."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self._folder = folder
        self._command = [folder / INSPECTOR.command, "--cli", url, "--transport", "http"]
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        # By a relative address: NODE_OPTIONS would be cut at a space in the folder's.
        self._env = inherited | {"NODE_OPTIONS": "--import ./authorize.mjs", "OKEY_API_TOKEN": token}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments],
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CALL_SECONDS,
            check=False,
        )

    def ask(self, *arguments: str) -> dict[str, Any]:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """The structure that the tool answers, which the inspector has held against the tool's schema."""
        given = [word for name, value in arguments.items() for word in ("--tool-arg", f"{name}={value}")]
        result = self.ask("--method", "tools/call", "--tool-name", tool, *given)
        assert not result["isError"], result
        structured: dict[str, Any] = result["structuredContent"]
        return structured


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="module")
def folder() -> Path:
    return INSPECTOR.find_or_install()


def test_the_inspector_schedules_a_meeting_whose_link_is_ready(stack: Stack, folder: Path) -> None:
    assert connect_zoom(stack) == "connected"
    client = Inspector(folder, f"{stack.url}/mcp", make_token(stack, "read", "schedule"))

    assert {tool["name"] for tool in client.ask("--method", "tools/list")["tools"]} == TOOLS
    assert client.call("list_connections")["connections"][0]["status"] == "connected"
    contact = client.call("find_contacts", query="Yuki")["contacts"][0]
    # Of another day than today, whose next time may be over within the test.
    free = client.call("find_free_times", limit=20)["slots"][-2:]

    made = client.call(
        "schedule_meeting",
        contact_id=contact["id"],
        title="Kick-off",
        starts_at=free[0]["starts_local"],
        wait_seconds=10,
    )
    if made["link_status"] != "ready":  # the machine is busy; an assistant asks again, as it was told
        made |= client.call("get_join_link", meeting_id=made["id"], wait_seconds=10)
    assert (made["link_status"], made["contact"]) == ("ready", "Yuki Tanaka"), made
    assert [one["join_url"] for one in stack.zoom.meetings()] == [made["join_url"]]
    assert client.call("get_join_link", meeting_id=made["id"])["join_url"] == made["join_url"]

    moved = client.call("reschedule_meeting", meeting_id=made["id"], starts_at=free[1]["starts_utc"])
    assert (moved["starts_utc"], moved["join_url"]) == (free[1]["starts_utc"], made["join_url"])
    assert [line["id"] for line in client.call("list_meetings", query="Kick-off")["meetings"]] == [made["id"]]
    cancelled = client.call("cancel_meeting", meeting_id=made["id"])
    assert (cancelled["status"], cancelled["link_status"]) == ("cancelled", "no_link")


def test_without_a_token_that_works_the_inspector_is_refused(stack: Stack, folder: Path) -> None:
    done = Inspector(folder, f"{stack.url}/mcp", "okey_wrong").run("--method", "tools/list")
    assert done.returncode != 0
    assert "not_authenticated" in done.stderr
