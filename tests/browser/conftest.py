"""A real browser against real processes. Everything in this folder is marked `browser`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dev import chromium
from tests.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.processes import Stack

HERE = Path(__file__).parent

# Milliseconds. Playwright's own five seconds are little on a machine that does other things too.
expect.set_options(timeout=30_000)

#: Containers have no user namespaces and a small /dev/shm.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """pytest-playwright starts this browser, not one that it would have to download."""
    path = os.environ.get(chromium.VARIABLE) or chromium.find_or_install()
    return {"executable_path": path, "args": list(FLAGS), "headless": True}


@pytest.fixture(scope="session")
def acme() -> Iterator[OpenIdProvider]:
    """The organisation by which one may sign in."""
    with OpenIdProvider() as provider:
        yield provider


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, acme: OpenIdProvider) -> Iterator[Stack]:
    """All of O-Key's processes, started once for the browser tests."""
    settings = {
        "OKEY_OIDC_NAME": "Acme",
        "OKEY_OIDC_SERVER_URL": acme.issuer,
        "OKEY_OIDC_CLIENT_ID": CLIENT,
        "OKEY_OIDC_CLIENT_SECRET": SECRET,
        "OKEY_OIDC_SIGN_UP": "1",
    }
    with Stack(tmp_path_factory.mktemp("stack"), settings=settings, vendors=("google", "microsoft")) as stack:
        yield stack


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """`page.goto("/contacts/")` means the stack's."""
    return stack.url


@pytest.fixture
def phone(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A client's, in New York."""
    context = browser.new_context(
        base_url=stack.url, viewport={"width": 390, "height": 844}, timezone_id="America/New_York"
    )
    yield context.new_page()
    context.close()
