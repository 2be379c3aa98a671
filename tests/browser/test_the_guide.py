"""The user guide, walked through by a person in a browser, against real processes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.processes import Stack

WAIT = 20_000  # milliseconds that a worker, or the sweep after it, may take

#: Every row of every table as it stands in the columns, for a look at what is stored in the clear.
DUMP = """
from django.db import connection
cursor = connection.cursor()
for table in connection.introspection.table_names():
    cursor.execute(f'SELECT * FROM "{table}"')
    for row in cursor.fetchall():
        print(table, row)
"""


class Seen:
    """What O-Key has shown: every page that loads, as the browser has it, and every address but its query."""

    def __init__(self, stack: Stack, context: BrowserContext) -> None:
        self._url = stack.url
        self.texts: list[str] = []
        context.on("response", self._address)

    def _address(self, response: Response) -> None:
        if response.url.startswith(self._url):
            self.texts.append(response.url.split("?")[0])

    def look(self, page: Page) -> None:
        self.texts.append(page.content())


@pytest.fixture
def seen(stack: Stack, context: BrowserContext) -> Seen:
    return Seen(stack, context)


@pytest.fixture(autouse=True)
def zoom_as_usual(stack: Stack) -> Iterator[None]:
    yield
    stack.zoom.clear_faults()


def sign_in(page: Page, stack: Stack) -> None:
    page.goto("/settings/")
    page.get_by_label("E-mail").fill(stack.owner_email)
    page.get_by_label("Password").fill(stack.owner_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Connected meeting providers")).to_be_visible()


def connect(page: Page, button: str) -> None:
    """Connect in the window that opens, and come back to settings."""
    with page.expect_popup() as opened:
        page.get_by_role("button", name=button, exact=True).click()
    opened.value.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Zoom is connected as jill@example.com.")).to_be_visible(timeout=WAIT)


def disconnect(page: Page) -> None:
    page.goto("/settings/")
    page.get_by_role("link", name="Disconnect Zoom").click()
    expect(page.get_by_text("Existing meetings keep their join links.")).to_be_visible()
    page.get_by_role("button", name="Disconnect Zoom").click()
    expect(page.get_by_text("Zoom is disconnected.")).to_be_visible()


def schedule(page: Page, title: str, provider: str) -> str:
    """From the contact's page. Returns the meeting's address."""
    page.goto("/contacts/")
    page.get_by_role("link", name="Yuki Tanaka").first.click()
    page.get_by_role("link", name="Schedule meeting").first.click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Date").fill(f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}")
    page.get_by_label("Time", exact=False).first.fill("15:30")
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)
    assert provider in (page.get_by_role("radio", checked=True).locator("xpath=..").inner_text())
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    return page.url


def join_link(page: Page) -> str:
    """The link, once it has come to the open page by itself."""
    box = page.get_by_label("Join link")
    expect(box).to_be_visible(timeout=WAIT)
    return box.input_value()


def test_the_whole_guide(page: Page, stack: Stack, seen: Seen) -> None:
    sign_in(page, stack)
    connect(page, "Connect Zoom")
    expect(page.get_by_text("It is your default")).to_be_visible()
    page.get_by_role("button", name="Connect Jitsi").click()
    expect(page.get_by_text("Jitsi is on. Your default stays as it was.")).to_be_visible()

    first = schedule(page, "First talk", "Zoom")
    link = join_link(page)
    seen.look(page)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open meeting").click()
    expect(opened.value.get_by_text("First talk")).to_be_visible()
    opened.value.close()

    stack.zoom.fault("create", "status", status=503, times=None)
    waiting = schedule(page, "While Zoom was down", "Zoom")
    expect(page.get_by_text("not available at the moment").first).to_be_visible(timeout=WAIT)

    disconnect(page)
    page.goto(first)
    assert join_link(page) == link
    without = schedule(page, "After the disconnect", "No video link")
    expect(page.get_by_text("No video link").first).to_be_visible()
    expect(page.get_by_text("default when this was scheduled").first).to_be_visible()

    stack.zoom.clear_faults()
    page.goto("/settings/")
    connect(page, "Connect Zoom")
    page.goto(waiting)
    healed = join_link(page)
    page.goto(without)
    page.get_by_role("button", name="Add Zoom link").click()
    assert len({link, healed, join_link(page)}) == 3

    for path in ("/settings/", "/integrations/zoom/diary/", first, waiting, without, "/meetings/", "/contacts/"):
        page.goto(path)
        seen.look(page)
    assert_no_secret(stack, "".join(seen.texts))


def assert_no_secret(stack: Stack, pages: str) -> None:
    """None of the simulator's codes and tokens, nor our client secret, is anywhere in the clear."""
    broker = b"".join(path.read_bytes() for path in (stack.folder / "valkey").rglob("*") if path.is_file())
    mails = "".join(path.read_text() for path in stack.mails_folder.rglob("*") if path.is_file())
    places: dict[str, Any] = {
        "a page or an address": pages,
        "a log": stack.logs(),
        "a column": stack.manage("shell", "-c", DUMP),
        "the broker's file": broker.decode(errors="replace"),
        "a mail": mails,
    }
    secrets = stack.zoom.secrets() | {stack.zoom.client_secret}
    assert len(secrets) > 5
    for place, text in places.items():
        assert text
        found = [secret for secret in secrets if secret in text]
        assert not found, f"{len(found)} secrets in {place}"


def test_the_guide_works_without_scripts(browser: Any, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, stack)
    page.get_by_role("button", name="Reconnect", exact=True).click()
    page.get_by_role("link", name="Continue to Zoom").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Zoom is connected again as jill@example.com.")).to_be_visible(timeout=WAIT)
    context.close()


def test_declining_at_zoom_comes_back_to_settings(page: Page, stack: Stack) -> None:
    sign_in(page, stack)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Reconnect", exact=True).click()
    opened.value.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("You declined at Zoom.")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()


def test_a_blocked_window_leaves_a_link_and_an_address_to_copy(page: Page, stack: Stack) -> None:
    sign_in(page, stack)
    page.evaluate("window.open = () => null")
    page.get_by_role("button", name="Reconnect", exact=True).click()
    expect(page.get_by_role("link", name="Continue to Zoom")).to_be_visible()
    address = page.get_by_label("Authorization address").input_value()
    assert address.startswith(stack.zoom.url)
    page.goto(address)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Zoom is connected again as")).to_be_visible(timeout=WAIT)
