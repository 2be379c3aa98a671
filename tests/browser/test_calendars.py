"""An owner connects each kind of calendar by its page, sees their week, and puts right a calendar that died."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.guide import WAIT, make_readers
from tests.calendar_servers import PASSWORD, CalendarServer, radicale
from tests.integrations.calendars.publishing import Publisher
from tests.integrations.calendars.test_expansion import calendar
from tests.processes import Stack, eventually

EMAIL = "wanda@example.com"
PICTURES = os.environ.get("OKEY_PICTURES", "")
READ_NOW = """
from django.utils import timezone
from integrations.calendars.models import Calendar
Calendar.objects.filter(source="ics", owner__email={email!r}).update(due_at=timezone.now(), attempts=0)
Calendar.wake_on_commit()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[CalendarServer]:
    with radicale() as one:
        yield one


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as one:
        yield one


@pytest.fixture
def day() -> date:
    """A Wednesday of next week, or of the one after it: never one whose clocks change."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=9 - today.weekday())


def sign_in(page: Page, stack: Stack) -> None:
    password = make_readers(stack, [EMAIL])[EMAIL]
    page.goto("/settings/calendars/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your calendars")).to_be_visible()


def add_address(page: Page, publisher: Publisher) -> None:
    page.get_by_label("Address of the calendar").fill(f"{publisher.url}/work.ics")
    page.get_by_label("Name (optional)").fill("Published")
    page.get_by_role("button", name="Add calendar").click()
    expect(page.get_by_text("Added. O-Key reads it now")).to_be_visible()


def connect_server(page: Page, server: CalendarServer) -> None:
    page.get_by_role("link", name="Connect a calendar server").click()
    page.get_by_label("Server or e-mail address").fill(server.url)
    page.get_by_label("User name").fill(server.user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Connect").click()
    page.get_by_label("Work").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Your calendars")).to_be_visible()


def connect_by_sign_in(page: Page, name: str, allow: str) -> None:
    page.goto("/settings/calendars/")
    page.get_by_role("button", name=f"Connect {name}").click()
    page.get_by_role("link", name=f"Continue to {name}").click()
    page.locator("label.choice").first.click()
    page.get_by_role("button", name=allow).click()
    expect(page.get_by_text(f"{name} is connected as")).to_be_visible(timeout=WAIT)
    look(page, f"connected-{name.partition(' ')[0]}")


def reloaded(page: Page, path: str, is_there: Callable[[], bool]) -> None:
    def seen() -> bool:
        page.goto(path)
        return is_there()

    eventually(seen, 90, f"{path} does not come to show it")


def look(page: Page, name: str) -> None:
    """Nothing stands out sideways. OKEY_PICTURES: the folder for what somebody wants to see."""
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


@pytest.fixture
def small(page: Page, browser: Browser, stack: Stack) -> Iterator[Callable[[], Page]]:
    """The owner's phone, without scripts; signed in as they are by then."""
    opened = []

    def take() -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": 390, "height": 844},
            java_script_enabled=False,
            storage_state=page.context.storage_state(),
        )
        opened.append(context)
        return context.new_page()

    yield take
    for context in opened:
        context.close()


def test_an_owner_connects_calendars_and_sees_their_week(
    page: Page,
    small: Callable[[], Page],
    stack: Stack,
    server: CalendarServer,
    publisher: Publisher,
    day: date,
) -> None:
    publisher.body = calendar(f"DTSTART:{day:%Y%m%d}T080000Z|DURATION:PT45M")
    server.empty()
    server.put("own.ics", calendar(f"UID:own|DTSTART:{day:%Y%m%d}T100000Z|DURATION:PT45M"))
    for vendor, hour in (("google", 12), ("microsoft", 14)):
        there = stack.simulators[vendor]
        times = {"start": f"{day}T{hour}:00:00", "end": f"{day}T{hour}:45:00", "zone": "UTC"}
        there.add_entries(there.first_user, {"title": "Secret of hers", **times})
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, stack)
    look(page, "no-calendars")
    add_address(page, publisher)
    connect_server(page, server)
    connect_by_sign_in(page, "Google Calendar", "Continue")
    connect_by_sign_in(page, "Outlook", "Accept")
    reloaded(page, "/settings/calendars/", lambda: page.get_by_text("Counts", exact=True).count() == 4)
    expect(page.get_by_text(re.compile(r"last read .*, 1 entry$"))).to_have_count(4)
    look(page, "calendars")

    week = f"/week/?day={day}"
    page.goto(week)
    expect(page.locator(f"section[aria-labelledby=day-{day}] .agenda__busy")).to_have_count(4)
    expect(page.get_by_text("Secret of hers")).to_have_count(0)
    look(page, "week")
    schedule_over_busy_times(page, day)
    page.goto(week)
    is_conflict(page)
    look(page, "conflict")
    phone = small()
    on_a_phone(phone, day)
    a_calendar_dies(page, phone, stack, publisher)


def schedule_over_busy_times(page: Page, day: date) -> None:
    """A free time is pressed, and another one typed, which is none."""
    page.get_by_role("link", name="Free").first.click()
    page.get_by_role("link", name="Yuki Tanaka").click()
    expect(page.get_by_label("Date")).not_to_have_value("")
    page.get_by_label("Title").fill("Kick-off")
    page.get_by_label("Minutes").fill("300")
    page.get_by_label("Date").fill(str(day))
    page.locator("#id_time").fill("09:00")
    page.get_by_label("Title").focus()
    expect(page.locator("#said")).to_contain_text("09:00–14:00")
    expect(page.get_by_text("Your calendar has something then")).to_have_count(3)
    anyway = page.get_by_role("button", name="Schedule anyway")
    expect(anyway).to_be_visible()
    look(page, "schedule")
    anyway.click()
    expect(page.get_by_role("heading", name="Kick-off")).to_be_visible()


def is_conflict(page: Page) -> None:
    expect(page.get_by_role("heading", name="1 meeting overlaps something else")).to_be_visible()
    expect(page.get_by_role("link", name="Overlaps something else: Kick-off").locator("visible=true")).to_have_count(1)


def on_a_phone(phone: Page, day: date) -> None:
    """One day."""
    phone.goto("/settings/calendars/")
    look(phone, "calendars")
    phone.goto(f"/week/?day={day}")
    shown = phone.locator("section.agenda__day:visible")
    expect(shown).to_have_count(1)
    expect(shown.locator(".agenda__busy")).to_have_count(4)
    is_conflict(phone)
    look(phone, "conflict")
    phone.get_by_role("link", name="Day after").click()
    expect(shown.get_by_role("heading")).to_contain_text(f"{day + timedelta(days=1):%A}")
    expect(shown.locator(".agenda__busy")).to_have_count(0)
    look(phone, "day-after")
    for path in ("servers/connect/", "at/google_calendar/"):
        phone.goto(f"/settings/calendars/{path}")
        look(phone, path.strip("/").replace("/", "-"))


def a_calendar_dies(page: Page, phone: Page, stack: Stack, publisher: Publisher) -> None:
    """And is replaced."""
    publisher.status, publisher.headers = "410 Gone", []
    stack.manage("shell", "-c", READ_NOW.format(email=EMAIL))
    dead = page.get_by_text("Published cannot be read")
    reloaded(page, "/week/", lambda: dead.count() > 0)
    expect(page.get_by_text("shown as it was")).to_be_visible()
    look(page, "dead-week")
    phone.goto("/week/")
    look(phone, "dead-week")
    phone.goto("/settings/calendars/")
    expect(phone.get_by_text("Cannot be read", exact=True)).to_be_visible()
    look(phone, "dead")
    page.goto("/settings/calendars/")
    look(page, "dead")
    publisher.status = "200 OK"
    page.get_by_role("link", name="Replace the address").first.click()
    page.get_by_label("Address of the calendar").fill(f"{publisher.url}/another.ics")
    look(page, "replace")
    page.get_by_role("button", name="Replace").click()
    expect(page.get_by_text("Replaced. O-Key reads the new address now")).to_be_visible()
    reloaded(page, "/week/", lambda: dead.count() == 0)
