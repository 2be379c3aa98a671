"""The guides of all providers, each walked through on a laptop with windows and on a phone without; and what their
*When something does not work* is about."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.guide import GOOGLE_MEET, TEAMS, WAIT, ZOOM, Guide, Reader, Seen, make_readers
from tests.processes import Stack, eventually

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
GUIDES = (ZOOM, GOOGLE_MEET, TEAMS)
DEVICES = ("laptop", "phone")
REFUSED = "refused"
#: Quoted words that are a vendor's, name a place, or are shown while something is wrong: here below, and in
#: tests/integrations, tests/meetings/links and (what is done in Zoom itself) tests/meetings/watching.
SHOWN_ELSEWHERE = {
    "Settings → Booking page",
    "Third-party apps and services",
    "Needs reconnecting",
    "Needs attention",
    "On its way",
    "Waiting for your administrator",
    "Allowed by your administrator",
    "I wait for my administrator",
    "Deleted:",
    "Moved or renamed:",
    "Begun and ended:",
    "Make a new link",
    "Take Zoom’s time",
    "Put Zoom back",
    "Keep what O-Key says",
    "On now",
    *(f"Reconnect {guide.name}" for guide in GUIDES),
}

Start = Callable[..., Reader]


@pytest.fixture(scope="module")
def readers(stack: Stack) -> dict[str, str]:
    """One for each walk, and one for each vendor's refusals, so that no test depends on another."""
    return make_readers(stack, [f"{guide.vendor}.{how}@example.com" for guide in GUIDES for how in (*DEVICES, REFUSED)])


@pytest.fixture
def start(browser: Browser, stack: Stack, readers: dict[str, str]) -> Iterator[Start]:
    """A reader of the guide with an account of their own at the vendor, signed in."""
    contexts = []

    def begin(guide: Guide, how: str) -> Reader:
        viewport: Any = PHONE if how == "phone" else LAPTOP
        context = browser.new_context(base_url=stack.url, viewport=viewport)
        contexts.append(context)
        email = f"{guide.vendor}.{how}@example.com"
        account = str(stack.simulators[guide.vendor].add_user()["email"])
        reader = Reader(context.new_page(), stack, guide, email, readers[email], account, by_link=how == "phone")
        reader.sign_in()
        return reader

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def strangers(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A client's phone, or an administrator's: nobody who has an account here."""
    viewport: Any = PHONE
    context = browser.new_context(base_url=stack.url, viewport=viewport)
    yield context.new_page()
    context.close()


def fits(page: Page) -> None:
    """Nothing is wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def card_of(reader: Reader) -> Locator:
    return reader.page.locator(f"#provider-{reader.guide.provider}")


def held_at_vendor(reader: Reader) -> list[str]:
    """Their account's grants that live there."""
    grants = reader.stack.simulators[reader.guide.vendor].state("grants")["grants"]
    return [one["id"] for one in grants if one["email"] == reader.account and one["alive"]]


def meetings_at_vendor(reader: Reader) -> list[dict[str, Any]]:
    meetings: list[dict[str, Any]] = reader.stack.simulators[reader.guide.vendor].state("meetings")["meetings"]
    return meetings


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.provider)
def test_a_whole_guide(start: Start, strangers: Page, guide: Guide, device: str) -> None:
    reader = start(guide, device)
    page, name = reader.page, guide.name
    seen = Seen(reader.stack, page.context)

    def look() -> None:
        fits(page)
        seen.look(page)

    look()
    page.get_by_role("button", name="Connect Jitsi").click()
    expect(page.get_by_text("Jitsi is on, and it is your default.")).to_be_visible()
    reader.connect()
    for shown in ("Connected", reader.account, "Since", "Permissions"):
        expect(card_of(reader).get_by_text(shown).first).to_be_visible()
    look()
    card_of(reader).get_by_role("button", name="Make default").click()
    expect(page.get_by_text(f"{name} is now your default.")).to_be_visible()

    first = reader.schedule("First talk", name)
    link = reader.join_link()
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    look()
    opens(page, "Join meeting", link)
    strangers.goto(reader.clients_page("First talk"))
    opens(strangers, "Join meeting", link)
    fits(strangers)
    lets_people_in(reader, strangers)
    moves(reader, first, link)

    reader.disconnect()
    expect(page.get_by_text("You have no default provider")).to_be_visible()
    look()
    assert guide is TEAMS or eventually(lambda: not held_at_vendor(reader), 90, "the permission is given back")
    page.goto(first)
    assert reader.join_link() == link
    without = reader.schedule("After the disconnect", "No video link")
    expect(page.get_by_text("No video link").first).to_be_visible()

    page.goto("/settings/")
    reader.connect()
    page.goto(without)
    look()
    page.get_by_role("button", name=f"Add {name} link").click()
    assert reader.join_link() != link
    page.goto("/contacts/")
    page.get_by_role("link", name="Yuki Tanaka").first.click()
    look()
    assert not {one for one in guide.quotes - SHOWN_ELSEWHERE if one not in "".join(seen.texts)}


def opens(page: Page, label: str, link: str) -> None:
    """The button leads to the meeting at the vendor, in a window of its own."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name=label).click()
    expect(opened.value).to_have_url(link)
    opened.value.close()


def lets_people_in(reader: Reader, strangers: Page) -> None:
    """*Who comes in*: people wait until the owner chooses otherwise, which counts for new meetings."""
    page, waits = reader.page, "until you let them in"
    if reader.guide is ZOOM:
        expect(strangers.get_by_text("You may have to wait there")).to_have_count(0)
        return
    expect(strangers.get_by_text("You may have to wait there")).to_be_visible()
    expect(page.get_by_text(waits)).to_be_visible()
    page.goto("/settings/")
    card_of(reader).get_by_role("button", name="Let people with the link in").click()
    expect(page.get_by_text(f"{reader.guide.name} is asked to let people with the link come in")).to_be_visible()
    open_doors = reader.schedule("Open doors", reader.guide.name)
    reader.join_link()
    expect(page.get_by_text(waits)).to_have_count(0)
    page.goto(f"{open_doors}cancel/")
    page.get_by_role("button", name="Cancel meeting").click()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()
    if reader.guide is TEAMS:
        eventually(lambda: any(one["deleted"] and one["subject"] == "Open doors" for one in meetings_at_vendor(reader)))


def moves(reader: Reader, meeting: str, link: str) -> None:
    """*If you reschedule*: the link stays, and Teams is told."""
    page = reader.page
    page.goto(f"{meeting}reschedule/")
    page.get_by_label("Title").fill("A later talk")
    page.locator("#id_time").fill("16:45")
    # Beyond the owner's hours, of which they are told while they choose.
    expect(page.get_by_text("Before you go on")).to_be_visible()
    page.get_by_role("button", name="Save anyway").click()
    expect(page.get_by_role("heading", name="A later talk")).to_be_visible()
    assert reader.join_link() == link
    if reader.guide is TEAMS:
        eventually(lambda: any(one["subject"] == "A later talk" for one in meetings_at_vendor(reader)))


def test_what_google_refuses(start: Start, stack: Stack) -> None:
    reader = start(GOOGLE_MEET, REFUSED)
    page, google = reader.page, stack.simulators["google"]
    reader.decline()

    def leave_the_box_unticked(there: Page) -> None:
        there.get_by_role("checkbox").first.uncheck()
        reader.allow(there)

    page.goto("/settings/")
    reader.at_vendor("Connect Google Meet", leave_the_box_unticked)
    expect(page.get_by_text("did not grant a permission that O-Key needs")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("meetings.space.created")).to_be_visible()

    def is_blocked(there: Page) -> None:
        reader.allow(there, "adam@blocked.example.org")
        expect(there.get_by_text("your institution’s admin needs to review this app")).to_be_visible()
        there.close()

    page.goto("/settings/")
    reader.at_vendor("Connect Google Meet", is_blocked)
    page.get_by_text("Google Meet says the app is unavailable?").click()
    expect(page.get_by_text("include the Google Meet account e-mail you tried to connect")).to_be_visible()

    callbacks: list[str] = []
    page.context.on("request", lambda asked: callbacks.append(asked.url) if "/callback/" in asked.url else None)
    google.change_user(reader.account, has_meet=False)
    page.goto("/settings/")
    reader.connect()
    page.goto(callbacks[-1])
    expect(page.get_by_role("heading", name="This address has been used already.")).to_be_visible()
    reader.schedule("Without Meet", "Google Meet")
    expect(page.get_by_text("Your Google Meet account may not host meetings")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("Needs attention", exact=True)).to_be_visible()
    google.change_user(reader.account, has_meet=True)
    page.get_by_role("button", name="Try again").click()
    reader.join_link()


def test_microsofts_administrators_and_personal_accounts(start: Start, strangers: Page) -> None:
    reader = start(TEAMS, REFUSED)
    page = reader.page
    reader.decline()

    def is_sent_nowhere(account: str, words: str) -> Callable[[Page], None]:
        def act(there: Page) -> None:
            reader.allow(there, account)
            expect(there.get_by_text(words)).to_be_visible()
            there.close()

        return act

    page.goto("/settings/")
    reader.at_vendor("Connect Microsoft Teams", is_sent_nowhere("pat@outlook.example.com", "with a personal account"))
    page.goto("/settings/")
    reader.at_vendor("Connect Microsoft Teams", is_sent_nowhere("fred@fabrikam.example.com", "Please ask an admin"))
    page.get_by_text("Microsoft Teams says that an administrator has to approve?").click()
    text = page.get_by_label("Text for your administrator").input_value()
    link = page.get_by_label("Only the link").input_value()
    assert text.endswith(link)
    page.get_by_role("button", name="I wait for my administrator").click()
    waits_calmly(reader, "Waiting for your administrator")
    assert page.get_by_label("Text for your administrator").input_value() == text

    strangers.goto(link)
    strangers.get_by_role("button", name="Cancel").click()
    expect(strangers.get_by_role("heading", name="O-Key was not allowed.")).to_be_visible()
    strangers.goto(link)
    strangers.locator("label.choice", has_text="fiona@fabrikam.example.com").click()
    strangers.get_by_role("button", name="Accept").click()
    expect(strangers.get_by_role("heading", name="Your organization allows O-Key now.")).to_be_visible()
    fits(strangers)
    assert not [one for one in strangers.context.cookies(page.url) if "session" in one.get("name", "")]
    page.reload()
    waits_calmly(reader, "Allowed by your administrator")
    reader.account = "fred@fabrikam.example.com"
    reader.connect()
    expect(card_of(reader).get_by_text("administrator")).to_have_count(0)


def waits_calmly(reader: Reader, state: str) -> None:
    """A state of its own, in no alarming colour."""
    expect(card_of(reader).get_by_text(state, exact=True)).to_be_visible()
    expect(card_of(reader).locator(".badge--info")).to_have_text(state)
    expect(reader.page.locator(".badge--bad, .notice--bad, .notice--warn")).to_have_count(0)
    fits(reader.page)
