"""The booking page on an owner's own site, of another origin: in the page, in a window, from a button in the corner."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import Stack
from tests.running_owner import last_line, make_bookable

SITE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Lotta's site</title><body>
<h1>Lotta's site</h1><p id="heard"></p>
<a href="{page}?name=Yuki&email=yuki.of.lotta@client.example" data-okey="{kind}">Book a meeting with Lotta</a>
<script src="{okey}/embed.js" async></script>
<script>addEventListener("okey:booked", (event) => heard.textContent = "Booked: " + event.detail.startsAt)</script>
"""
ALLOW = """
from meetings.booking.models import BookingSettings
print(BookingSettings.objects.filter(public_name={name!r}).update(embeds_on=[{origin!r}]))
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def path(stack: Stack) -> str:
    return make_bookable(stack, email="lotta@example.com", name="Lotta Lind", user="len")


@pytest.fixture
def site(stack: Stack, path: str, tmp_path: Path) -> Iterator[str]:
    """Lotta's own, with a page for each way."""
    for kind in ("inline", "popup", "button"):
        html = SITE.format(page=stack.url + path, okey=stack.url, kind=kind)
        (tmp_path / f"{kind}.html").write_text(html)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, timezone_id="Europe/Berlin")
    yield context.new_page()
    assert context.cookies() == [], "the page in a frame keeps nothing in the browser"
    context.close()


def allow(stack: Stack, path: str, origin: str) -> None:
    assert last_line(stack, ALLOW.format(name=path.split("/")[2], origin=origin)) == "1"


def test_a_client_books_within_the_page_and_the_site_hears_of_it(
    page: Page, stack: Stack, path: str, site: str
) -> None:
    allow(stack, path, site)
    page.goto(f"{site}/inline.html")
    frame = page.frame_locator("iframe")
    frame.locator(".times__list a").first.wait_for()
    expect(page.get_by_role("link", name="Book a meeting with Lotta")).to_be_hidden()
    assert frame.locator("html").evaluate("root => root.scrollHeight <= innerHeight"), "nothing in it is cut off"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    frame.locator(".times__list a").first.click()
    expect(frame.get_by_label("Your name")).to_have_value("Yuki")
    assert page.locator("iframe").evaluate("frame => frame.getBoundingClientRect().top >= 0"), "its top is in sight"
    frame.get_by_role("button", name="Book this time").click()
    expect(frame.get_by_text("The time is yours.")).to_be_visible()
    expect(page.locator("#heard")).to_contain_text("Booked: 20")


@pytest.mark.parametrize("kind", ["popup", "button"])
def test_a_window_opens_above_the_page_and_closes_by_escape(
    page: Page, stack: Stack, path: str, site: str, kind: str
) -> None:
    allow(stack, path, site)
    page.goto(f"{site}/{kind}.html", wait_until="networkidle")
    link = page.get_by_role("link", name="Book a meeting with Lotta")
    link.focus()
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog", name="Book a meeting with Lotta")
    page.frame_locator("iframe").locator(".times__list a").first.wait_for()
    close = window.get_by_role("button", name="Close")
    assert (close.bounding_box() or {})["height"] >= 44
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(link).to_be_focused()


def test_on_a_site_that_the_owner_did_not_name_the_link_stays(page: Page, stack: Stack, path: str, site: str) -> None:
    allow(stack, path, "https://elsewhere.example")
    page.goto(f"{site}/inline.html", wait_until="networkidle")
    expect(page.locator("iframe")).to_have_count(1)
    link = page.get_by_role("link", name="Book a meeting with Lotta")
    expect(link).to_be_visible()
    link.click()
    expect(page.get_by_role("heading", name="Book a meeting with Lotta Lind")).to_be_visible()
