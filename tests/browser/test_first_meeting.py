"""A new owner, from the first page after signing in to a first meeting with its link: with a mouse, counted; by
keyboard alone; and without scripts. The last two then move the meeting and cancel it.
"""

import re
import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hands import Counted, go_to, press, type_in
from tests.processes import Stack

WAIT = 60_000  # milliseconds that a worker, or the sweep after it, may take
#: At most, from the first page after signing in.
CLICKS, FIELDS = 6, 3
#: Who has nothing yet. O-Key's hours are theirs, so there is always a next free time.
MAKE_OWNER = """
from okey.owners.models import Owner
Owner.objects.create_user({email!r}, {password!r}, name="Nora New", timezone="Europe/Berlin")
"""
Starts = Callable[..., Page]


@pytest.fixture
def starts(browser: Browser, stack: Stack) -> Iterator[Starts]:
    """A page of a new owner's own browser, on the page after signing in."""

    def start(name: str, **how: bool) -> Page:
        email, password = f"{name}@okey.example", secrets.token_hex(8)
        stack.manage("shell", "-c", MAKE_OWNER.format(email=email, password=password))
        page = browser.new_context(base_url=stack.url, timezone_id="Europe/Berlin", **how).new_page()
        contexts.append(page.context)
        page.goto("/")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="First steps")).to_be_visible()
        return page

    contexts = []
    yield start
    for context in contexts:
        context.close()


def has_link(page: Page) -> None:
    expect(page.get_by_label("Join link")).to_be_visible(timeout=WAIT)


def test_with_few_clicks(starts: Starts, capsys: pytest.CaptureFixture[str]) -> None:
    page = starts("nora")
    hand = Counted(page)
    with page.expect_popup() as opened:
        hand.click(page.get_by_role("button", name="Connect Zoom"))
    opened.value.locator("label.choice", has_text="jill@example.com").click()  # as who is signed in there
    hand.click(opened.value.get_by_role("button", name="Allow"))
    expect(page.get_by_text("Zoom is connected as")).to_be_visible(timeout=WAIT)
    hand.click(page.get_by_role("link", name="New contact"))
    hand.fill("Name", "Yuki Tanaka")
    hand.fill("E-mail", "yuki.of.nora@client.example")
    hand.click(page.get_by_role("button", name="Add contact"))
    hand.click(page.locator("a.chip").last)
    hand.click(page.get_by_role("button", name="Schedule"))
    has_link(page)
    with capsys.disabled():
        print(f"\n{hand.said('a new owner, to a first meeting with a link')}")
    assert hand.clicks <= CLICKS
    assert hand.fields <= FIELDS


def test_by_keyboard(starts: Starts) -> None:
    page = starts("kay")
    go_to(page, page.get_by_role("button", name="Connect Zoom"))
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    there = opened.value
    there.get_by_role("radio").first.focus()
    there.keyboard.press("Space")
    there.get_by_role("button", name="Allow").focus()
    there.keyboard.press("Enter")
    expect(page.get_by_text("Zoom is connected as")).to_be_visible(timeout=WAIT)
    press(page, page.get_by_role("link", name="New contact"))
    type_in(page, page.get_by_label("Name"), "Yuki Tanaka")
    type_in(page, page.get_by_label("E-mail"), "yuki.of.kay@client.example")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("link", name="Schedule meeting").first)
    press(page, page.locator("button[name=pick]").last)
    expect(page.locator("button[name=pick]").last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button[name=pick]").last).to_be_focused()
    press(page, page.get_by_role("button", name="Schedule").last)
    has_link(page)

    press(page, page.get_by_role("link", name="Reschedule"))
    press(page, page.locator("button[name=pick]").first)
    expect(page.locator("button[name=pick]").first).to_have_attribute("aria-pressed", "true")
    type_in(page, page.get_by_label(re.compile("A word")), "My train is late.")
    press(page, page.get_by_role("button", name=re.compile("^Save")).last)
    expect(page.get_by_role("link", name="Reschedule")).to_be_visible()

    cancel = page.get_by_role("link", name="Cancel meeting")
    press(page, cancel)
    dialog = page.get_by_role("dialog", name="Cancel this meeting?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    press(page, dialog.get_by_role("button", name="Cancel meeting"))
    expect(page.get_by_text("Cancelled").first).to_be_visible()


def test_without_scripts(starts: Starts) -> None:
    page = starts("noa", java_script_enabled=False)
    page.get_by_role("button", name="Connect Zoom").click()
    page.get_by_role("link", name="Continue to Zoom").click()
    page.locator("label.choice", has_text="jill@example.com").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Zoom is connected as")).to_be_visible(timeout=WAIT)
    page.goto("/contacts/new/")
    page.get_by_label("Name").fill("Yuki Tanaka")
    page.get_by_label("E-mail").fill("yuki.of.noa@client.example")
    page.get_by_role("button", name="Add contact").click()
    page.locator("a.chip").last.click()
    page.get_by_role("button", name="Schedule").last.click()
    meeting = page.url
    page.get_by_role("link", name="Reschedule").click()
    page.locator("button[name=pick]").first.click()
    page.get_by_role("button", name=re.compile("^Save")).last.click()
    expect(page).to_have_url(meeting)
    page.get_by_role("link", name="Cancel meeting").click()
    page.get_by_label(re.compile("A word")).fill("I am ill.")
    page.get_by_role("button", name="Cancel meeting").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
