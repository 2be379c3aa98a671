"""What Zoom's guide says of outages and of secrets, and connecting where a browser lacks something."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.guide import ZOOM, Reader, Seen
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


@pytest.fixture
def seen(stack: Stack, context: BrowserContext) -> Seen:
    return Seen(stack, context)


@pytest.fixture(autouse=True)
def zoom_as_usual(stack: Stack) -> Iterator[None]:
    yield
    stack.zoom.clear_faults()


@pytest.fixture
def jane(page: Page, stack: Stack) -> Reader:
    """The demo owner, who reads Zoom's guide."""
    reader = Reader(page, stack, ZOOM, stack.owner_email, stack.owner_password, "jill@example.com")
    reader.sign_in()
    return reader


@pytest.fixture
def connected(jane: Reader, page: Page) -> Reader:
    """The demo owner with Zoom connected, whichever test came before."""
    if not page.get_by_role("button", name="Reconnect", exact=True).count():
        jane.connect()
    return jane


def test_the_whole_guide(jane: Reader, page: Page, stack: Stack, seen: Seen) -> None:
    jane.connect()
    expect(page.get_by_text("It is your default")).to_be_visible()
    page.get_by_role("button", name="Connect Jitsi").click()
    expect(page.get_by_text("Jitsi is on. Your default stays as it was.")).to_be_visible()

    first = jane.schedule("First talk", "Zoom")
    link = jane.join_link()
    seen.look(page)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Join meeting").click()
    expect(opened.value.get_by_text("First talk")).to_be_visible()
    opened.value.close()

    stack.zoom.fault("create", "status", status=503, times=None)
    waiting = jane.schedule("While Zoom was down", "Zoom")
    expect(page.get_by_text("not available at the moment").first).to_be_visible(timeout=WAIT)

    jane.disconnect()
    page.goto(first)
    assert jane.join_link() == link
    without = jane.schedule("After the disconnect", "No video link")
    expect(page.get_by_text("No video link").first).to_be_visible()
    expect(page.get_by_text("default when this was scheduled").first).to_be_visible()

    stack.zoom.clear_faults()
    page.goto("/settings/")
    jane.connect()
    page.goto(waiting)
    healed = jane.join_link()
    page.goto(without)
    page.get_by_role("button", name="Add Zoom link").click()
    assert len({link, healed, jane.join_link()}) == 3

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


def test_the_guide_works_without_scripts(browser: Any, connected: Reader, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    Reader(page, stack, ZOOM, stack.owner_email, stack.owner_password, "").sign_in()
    page.get_by_role("button", name="Reconnect", exact=True).click()
    page.get_by_role("link", name="Continue to Zoom").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Zoom is connected again as jill@example.com.")).to_be_visible(timeout=WAIT)
    context.close()


def test_declining_at_zoom_comes_back_to_settings(connected: Reader, page: Page) -> None:
    connected.decline(button="Reconnect")
    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()


def test_a_blocked_window_leaves_a_link_and_an_address_to_copy(connected: Reader, page: Page, stack: Stack) -> None:
    page.evaluate("window.open = () => null")
    page.get_by_role("button", name="Reconnect", exact=True).click()
    expect(page.get_by_role("link", name="Continue to Zoom")).to_be_visible()
    address = page.get_by_label("Authorization address").input_value()
    assert address.startswith(stack.zoom.url)
    page.goto(address)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Zoom is connected again as")).to_be_visible(timeout=WAIT)
