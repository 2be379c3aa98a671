"""What a provider's guide has its reader do, in a browser. The provider and its consent page are all that differs."""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Response, expect

from okey.mails import reader
from tests.processes import Stack, eventually

DOCS = Path(__file__).parents[2] / "docs"
WAIT = 60_000  # milliseconds that a worker, or the sweep after it, may take
#: What a guide emphasizes, but whole sentences and the heads of paragraphs.
QUOTED = re.compile(r"(?<!\*)(\*{1,2})(?![\s*])([^*\n]+?)(?<![\s.,?!])\1(?!\*)")
OWN_WORDS = ("If ", "An assistant", "Clients")

MAKE_READERS = """
import json
from okey.contacts.editing import add_contact
from okey.owners.models import Owner
for email, password in json.loads({people!r}):
    owner = Owner.objects.create_user(email, password, name="Rita Reader", timezone="Europe/Berlin")
    add_contact(owner=owner, name="Yuki Tanaka", email="yuki-of-" + email)
"""


@dataclass(frozen=True)
class Guide:
    """One guide's provider, and the buttons of its consent page."""

    provider: str
    name: str
    vendor: str
    allow: str
    decline: str

    @property
    def quotes(self) -> set[str]:
        """The buttons and states that the guide names. Its own emphasis begins small, or with one of OWN_WORDS."""
        text = (DOCS / f"connect-{self.name.lower().replace(' ', '-')}.md").read_text()
        found = {words for _stars, words in QUOTED.findall(text)}
        return {words for words in found if words[0].isupper() and not words.startswith(OWN_WORDS)}


ZOOM = Guide("zoom", "Zoom", "zoom", "Allow", "Decline")
GOOGLE_MEET = Guide("google_meet", "Google Meet", "google", "Continue", "Cancel")
TEAMS = Guide("microsoft_teams", "Microsoft Teams", "microsoft", "Accept", "Cancel")


class Seen:
    """What O-Key has shown: every page that was looked at, as the browser has it, and every address but its query."""

    def __init__(self, stack: Stack, context: BrowserContext) -> None:
        self._url = stack.url
        self.texts: list[str] = []
        context.on("response", self._address)

    def _address(self, response: Response) -> None:
        if response.url.startswith(self._url):
            self.texts.append(response.url.split("?")[0])

    def look(self, page: Page) -> None:
        self.texts.append(page.content())


def make_readers(stack: Stack, emails: list[str]) -> dict[str, str]:
    """Owners with a contact each, who have connected nothing. Their passwords."""
    people = {email: secrets.token_hex(8) for email in emails}
    stack.manage("shell", "-c", MAKE_READERS.format(people=json.dumps(list(people.items()))))
    return people


@dataclass
class Reader:
    """Somebody who does what a guide says, with an account at the vendor. `by_link`: their browser opens no windows."""

    page: Page
    stack: Stack
    guide: Guide
    email: str
    password: str = field(repr=False)
    account: str
    by_link: bool = False

    def sign_in(self) -> None:
        self.page.goto("/settings/")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_role("heading", name="Connected meeting providers")).to_be_visible()

    def at_vendor(self, button: str, act: Callable[[Page], None]) -> None:
        """Press the button, and act on the vendor's page in the window that opens, or by the link in this one."""
        press = self.page.get_by_role("button", name=button, exact=True)
        if self.by_link:
            self.page.evaluate("window.open = () => null")
            press.click()
            self.page.get_by_role("link", name=f"Continue to {self.guide.name}").click()
            act(self.page)
            return
        with self.page.expect_popup() as opened:
            press.click()
        act(opened.value)

    def allow(self, page: Page, account: str = "") -> None:
        page.locator("label.choice", has_text=account or self.account).click()
        page.get_by_role("button", name=self.guide.allow).click()

    def connect(self, *, button: str = "", again: bool = False) -> None:
        """… and come back to settings, which have the account."""
        self.at_vendor(button or f"Connect {self.guide.name}", self.allow)
        said = "is connected again as" if again else "is connected as"
        expect(self.page.get_by_text(f"{self.guide.name} {said} {self.account}.")).to_be_visible(timeout=WAIT)
        if self.by_link:
            expect(self.page.get_by_text("you can close this one")).to_have_count(0)
            self.page.get_by_role("link", name="Go to settings").click()

    def decline(self, *, button: str = "") -> None:
        self.at_vendor(
            button or f"Connect {self.guide.name}",
            lambda page: page.get_by_role("button", name=self.guide.decline).click(),
        )
        expect(self.page.get_by_text(f"You declined at {self.guide.name}.")).to_be_visible(timeout=WAIT)

    def disconnect(self) -> None:
        name = self.guide.name
        self.page.goto("/settings/")
        self.page.get_by_role("link", name=f"Disconnect {name}").click()
        expect(self.page.get_by_text("Existing meetings keep their join links.")).to_be_visible()
        self.page.get_by_role("button", name=f"Disconnect {name}").click()
        expect(self.page.get_by_text(f"{name} is disconnected.")).to_be_visible()

    def schedule(self, title: str, provider: str) -> str:
        """From the contact's page, where this provider is preselected. Returns the meeting's address."""
        page = self.page
        page.goto("/contacts/")
        page.get_by_role("link", name="Yuki Tanaka").first.click()
        page.get_by_role("link", name="Schedule meeting").first.click()
        page.get_by_label("Title").fill(title)
        page.locator("button[name=pick]").last.click()  # the first may be over within the test
        expect(page.get_by_text("For Yuki Tanaka")).to_be_visible()
        expect(page.get_by_role("radio", checked=True)).to_have_count(1)
        assert provider in (page.get_by_role("radio", checked=True).locator("xpath=..").inner_text())
        page.get_by_role("button", name="Schedule").click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        return page.url

    def join_link(self) -> str:
        """The link, once it has come to the open page by itself."""
        box = self.page.get_by_label("Join link")
        expect(box).to_be_visible(timeout=WAIT)
        return box.input_value()

    def clients_page(self, title: str) -> str:
        """The page whose address stands in the mail that the client got about this meeting."""

        def mailed() -> str:
            for mail in reader.newest(self.stack.mails_folder, limit=1000):
                if f"yuki-of-{self.email}" in mail.recipient and title in mail.text_of("text/plain"):
                    found = re.search(r"/m/[\w-]+/", mail.text_of("text/plain"))
                    return found[0] if found else ""
            return ""

        return eventually(mailed, 90, "no mail came")
