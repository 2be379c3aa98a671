"""Every page of tests/looks/pages.py in a browser, as a phone has it: no fault that axe finds, no sideways scrolling at
any width, nothing too small for a finger, nothing from elsewhere, nothing that moves while it loads, no word in the
browser's console, and not more bytes and requests than a page may have. The worst are printed.

`python -m dev.screenshots --check` looks at each of them at 1280 px too, and in light and dark.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.looks import browsing, measuring
from tests.looks.pages import PAGES
from tests.looks.serve import Site, site

#: The two schemes differ in colours alone, and each part stands on several pages: these are seen by turns.
LIGHT, DARK = ((390, "light"),), ((390, "dark"),)
#: What only wide screens have.
WIDE = ("home", "meeting-ready", "contacts", "settings", "week", "book-type", "chat-talk")


@pytest.fixture(scope="session")
def base_url() -> str:
    """None: what this file looks at is served by itself, and needs none of the stack's processes."""
    return ""


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    with site() as served:
        yield served


def test_every_page_has_no_fault(browser: Browser, served: Site, capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        *measuring.measure(browser, served, PAGES[::2], LIGHT),
        *measuring.measure(browser, served, PAGES[1::2], DARK),
        *measuring.measure(browser, served, [one for one in PAGES if one.name in WIDE], ((1280, "light"),)),
    ]
    with capsys.disabled():
        print("", f"{len(found)} looks at {len(PAGES)} pages; the worst:", *measuring.worst(found), sep="\n  ")
    faults = [f"{one.name}: {fault}" for one in found for fault in one.faults]
    assert faults == [], "\n".join(faults)


@pytest.fixture
def visitor(browser: Browser, served: Site) -> Iterator[Callable[[str], Page]]:
    """The page of this name, opened on a phone."""
    opened = []

    def visit(name: str) -> Page:
        (listed,) = (one for one in PAGES if one.name == name)
        page = browsing.visitor(browser, served, listed.who, width=390)
        opened.append(page.context)
        page.goto(served.url + listed.path.format(**served.ids))
        return page

    yield visit
    for context in opened:
        context.close()


@pytest.mark.parametrize("name", ["contacts", "meetings", "meeting-new"])
def test_a_search_answers_as_one_types(visitor: Callable[[str], Page], name: str) -> None:
    page = visitor(name)
    rows = page.locator("#results tbody tr")
    expect(rows).not_to_have_count(1)
    page.get_by_role("searchbox").press_sequentially("Yuki")
    expect(rows.filter(has_not_text="Yuki").filter(has_not_text="Quarterly")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"[?&]q=Yuki"))
    page.get_by_role("searchbox").fill("zzz")
    page.keyboard.press("Enter")
    expect(page.locator("#results h2")).to_be_visible()
    page.reload()
    expect(page.locator("#results h2")).to_be_visible()


def test_hours_are_added_on_the_page_that_is_open(visitor: Callable[[str], Page]) -> None:
    page = visitor("hours")
    page.evaluate("window.stays = true")
    page.get_by_label("Last day").fill("2026-12-24")
    ranges = page.locator("fieldset", has_text="Monday").first.locator(".range")
    before = ranges.count()
    more = page.get_by_role("button", name=re.compile("Add hours ?: Monday"))
    more.click()
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    expect(ranges).to_have_count(before + 1)
    expect(more).to_be_focused()
    expect(page.get_by_label("Last day")).to_have_value("2026-12-24")
    assert page.evaluate("window.stays")


def test_what_a_screen_reader_gets_of_the_chat(visitor: Callable[[str], Page]) -> None:
    page = visitor("chat-talk")
    expect(page.locator("body")).to_match_aria_snapshot("""
      - main:
        - region "Arrange a meeting with Alice Archer":
          - heading "Arrange a meeting with Alice Archer" [level=1]
          - paragraph:
            - link "Pick a time from a calendar instead"
          - log "Conversation":
            - list:
              - listitem:
                - text: "Bot:"
                - paragraph: /What would you like to book/
              - listitem:
                - text: "You:"
                - paragraph: Meeting
              - listitem:
                - text: "Bot:"
                - paragraph: /When would suit you/
              - listitem:
                - text: "You:"
                - paragraph: tomorrow afternoon
              - listitem:
                - text: "Bot:"
                - paragraph: /Which of these suits you/
          - textbox "Your message"
          - button "Send"
          - form "Suggested answers":
            - button /Wed 2 Dec/
      - contentinfo
      - status
    """)
    # What the bot answers is read out where it comes, and the times on offer stand in its words.
    expect(page.get_by_role("log")).to_contain_text("Wed 2 Dec: 13:00, 13:30")


def test_what_a_screen_reader_gets_of_booking(visitor: Callable[[str], Page]) -> None:
    expect(visitor("book-type").locator("body")).to_match_aria_snapshot("""
      - main:
        - heading "Book a meeting with Alice Archer" [level=1]
        - heading "Consultation" [level=2]
        - list "How long"
        - combobox "Times are shown for"
        - list "How times are written"
        - heading "December 2026" [level=2]
        - link "Later month"
        - table "December 2026"
        - heading "Tuesday 1 December 2026" [level=2]
        - heading "Afternoon" [level=3]
        - list "Afternoon"
      - contentinfo
    """)
    expect(visitor("book-details").locator("body")).to_match_aria_snapshot("""
      - main:
        - heading "Your meeting with Alice Archer" [level=1]
        - paragraph:
          - link "Choose another time"
        - textbox "Your name"
        - textbox "Your e-mail address"
        - textbox "What is it about? (optional)"
        - button "Book this time"
    """)
    month = visitor("book-type").get_by_role("table", name="December 2026")
    expect(month.get_by_role("link", name="Tuesday 1 December, 4 free times")).to_be_visible()
