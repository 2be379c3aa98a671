"""A client books, moves and cancels: by keyboard on a phone up to the link, without scripts, with clicks counted."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hands import Counted, go_to, press
from tests.processes import Stack
from tests.running_owner import make_bookable

#: The owner's.
ZONE = "Europe/Berlin"
#: Of one look with an empty cache.
REQUESTS = 14
#: At most, to book a time on another day than the page shows by itself.
CLICKS, FIELDS = 3, 2
WAIT = 60_000  # milliseconds that a worker, or the sweep after it, may take


@pytest.fixture(scope="module")
def path(stack: Stack) -> str:
    """Of somebody of their own, so that the demo owner's connections stay as the other tests expect them."""
    return make_bookable(stack, email="lena@example.com", name="Lena Licensed", user="len")


def move_by_keyboard(page: Page) -> None:
    go_to(page, page.get_by_role("link", name="Move it now"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Now:")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    go_to(page, page.locator(".times__list a").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Move your meeting?")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    go_to(page, page.get_by_label("A word about it (optional)"))
    page.keyboard.type("My train is late.")
    go_to(page, page.get_by_role("button", name="Move meeting"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("You moved it")).to_be_visible()


def cancel_by_keyboard(page: Page) -> None:
    press(page, page.get_by_role("link", name="Cancel meeting"))
    expect(page.get_by_role("heading", name="Cancel this meeting?")).to_be_visible()
    press(page, page.get_by_role("button", name="Cancel meeting"))
    expect(page.get_by_role("heading", name="Would another time suit you?")).to_be_visible()


def test_a_client_books_moves_and_cancels_by_keyboard_on_a_phone(phone: Page, path: str) -> None:
    phone.goto(path)
    phone.wait_for_url("**/?zone=America%2FNew_York")
    expect(phone.locator(".times")).to_contain_text("America/New York (GMT")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    go_to(phone, phone.locator("a.month__day").last)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**day=**")
    go_to(phone, phone.locator(".times__list a").first)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Your meeting with Lena Licensed")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for label, text in (("Your name", "Yuki Tanaka"), ("Your e-mail address", "yuki.tanaka@client.example")):
        go_to(phone, phone.get_by_label(label))
        phone.keyboard.type(text)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/m/**")
    join = phone.get_by_role("link", name="Join meeting")
    expect(join).to_be_visible(timeout=WAIT)
    with phone.expect_popup() as opened:
        join.click()
    expect(opened.value.get_by_text("Yuki Tanaka and Lena Licensed")).to_be_visible()
    assert phone.context.cookies(phone.url) == []
    move_by_keyboard(phone)
    cancel_by_keyboard(phone)


def test_few_clicks_book_a_time(phone: Page, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From the page up to the meeting's."""
    phone.goto(path)
    phone.wait_for_url("**/?zone=America%2FNew_York")
    hand = Counted(phone)
    hand.click(phone.locator("a.month__day").last)
    phone.wait_for_url("**day=**")
    hand.click(phone.locator(".times__list a").last)
    hand.fill("Your name", "Carla Client")
    hand.fill("Your e-mail address", "carla@client.example")
    hand.click(phone.get_by_role("button", name="Book this time"))
    phone.wait_for_url("**/m/**")
    with capsys.disabled():
        print(f"\n{hand.said('a client, from the page to booked')}")
    assert hand.clicks <= CLICKS
    assert hand.fields <= FIELDS


def test_a_look_is_one_document_and_the_zones_are_there_to_choose(browser: Browser, stack: Stack, path: str) -> None:
    """In the zone that the page shows by itself."""
    context = browser.new_context(base_url=stack.url, timezone_id=ZONE)
    page = context.new_page()
    documents: list[str] = []
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("request", lambda request: documents.append(request.url) if request.resource_type == "document" else None)
    page.goto(path, wait_until="networkidle")

    assert len(documents) == 1, documents
    assert len(requests) <= REQUESTS, requests
    assert sum("/zones/" in url for url in requests) == 1
    zones = page.get_by_label("Times are shown for")
    expect(zones).to_have_value(ZONE)
    assert zones.locator("option").count() > 300
    zones.select_option("Asia/Tokyo")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".times")).to_contain_text("Asia/Tokyo (GMT+9)")
    expect(page.get_by_label("Times are shown for")).to_have_value("Asia/Tokyo")
    context.close()


def test_the_page_works_without_scripts(browser: Browser, stack: Stack, path: str) -> None:
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    page.get_by_label("Another time zone").fill("Asia/Tokyo")
    page.get_by_role("button", name="Show").click()
    page.locator(".times__list a").last.click()
    expect(page.get_by_text("Asia/Tokyo (GMT+9)")).to_be_visible()
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("Your e-mail address").fill("ann@client.example")
    page.get_by_role("button", name="Book this time").click()
    expect(page.get_by_role("heading", name="Meeting with Lena Licensed")).to_be_visible()
    page.get_by_role("link", name="Move it now").click()
    page.get_by_role("link", name="24 hours").click()
    page.locator(".times__list a").first.click()
    expect(page.get_by_text(re.compile(r"\d\d:\d\d–\d\d:\d\d")).first).to_be_visible()
    page.get_by_role("button", name="Move meeting").click()
    expect(page.get_by_text("You moved it")).to_be_visible()
    page.get_by_role("link", name="Cancel meeting").click()
    page.get_by_role("button", name="Cancel meeting").click()
    expect(page.get_by_role("heading", name="Would another time suit you?")).to_be_visible()
    context.close()
