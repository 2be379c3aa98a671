"""The official Python SDK with its OAuth provider: from a bare address to a scheduled meeting, on O-Key as it runs."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.oauth2 import AuthorizationCodeResult
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from tests.consent import SECONDS, OwnersBrowser
from tests.processes import Stack
from tests.running_owner import connect_zoom

pytestmark = pytest.mark.processes

REDIRECT = "http://127.0.0.1:33418/callback"


class Memory:
    """What a client keeps between two starts."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """As the SDK wants it: opened, then waited for."""

    def __init__(self, owners: OwnersBrowser) -> None:
        self._owners = owners
        self.back = ""

    async def open(self, url: str) -> None:
        self.back = self._owners.allow(url)

    async def callback(self) -> AuthorizationCodeResult:
        said = {name: values[0] for name, values in parse_qs(urlsplit(self.back).query).items()}
        return AuthorizationCodeResult(code=said["code"], state=said["state"], iss=said["iss"])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def browser(stack: Stack) -> Iterator[Browser]:
    with OwnersBrowser(stack) as owners:
        yield Browser(owners)


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return result.structured_content


async def schedule(url: str, memory: Memory, browser: Browser) -> tuple[set[str], Any]:
    """Which tools there are, and the meeting that was made."""
    metadata = OAuthClientMetadata(client_name="Test assistant", redirect_uris=[REDIRECT])  # type: ignore[list-item]
    provider = OAuthClientProvider(url, metadata, memory, browser.open, browser.callback)
    async with (
        httpx2.AsyncClient(auth=provider, timeout=SECONDS, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        tools = {tool.name for tool in (await client.list_tools()).tools}
        contact = (await call(client, "find_contacts", query="Yuki"))["contacts"][0]
        free = (await call(client, "find_free_times", limit=20))["slots"][-1]
        made = await call(
            client,
            "schedule_meeting",
            contact_id=contact["id"],
            title="Kick-off",
            starts_at=free["starts_local"],
            wait_seconds=10,
        )
        if made["link_status"] != "ready":  # the machine is busy; an assistant asks again, as it was told
            made |= await call(client, "get_join_link", meeting_id=made["id"], wait_seconds=10)
        return tools, made


def test_a_bare_address_leads_to_a_meeting_whose_link_is_ready(stack: Stack, browser: Browser) -> None:
    assert connect_zoom(stack) == "connected"
    memory = Memory()
    # In a thread of its own: a browser test in this process may have left an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        tools, made = pool.submit(lambda: asyncio.run(schedule(f"{stack.url}/mcp", memory, browser))).result()
    assert {"find_contacts", "schedule_meeting"} <= tools
    assert (made["link_status"], made["contact"]) == ("ready", "Yuki Tanaka"), made
    assert [one["join_url"] for one in stack.zoom.meetings()] == [made["join_url"]]
    assert memory.tokens is not None
    assert memory.tokens.refresh_token
    for secret in (
        memory.tokens.access_token,
        memory.tokens.refresh_token,
        parse_qs(urlsplit(browser.back).query)["code"][0],
    ):
        assert secret not in stack.logs()
