"""A client arranges it all by chat on a phone: books, joins by the meeting's page, moves, cancels; with the mails."""

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from okey.mails import reader
from tests.meetings.invitations.inviting import subject, text
from tests.processes import Stack, eventually
from tests.running_owner import make_bookable

WAIT = 60_000  # milliseconds that a worker, or the sweep after it, may take
MAIL_WAIT = 60  # seconds
CLIENT = "yuki@client.example"
TIME = re.compile(r"^\w{3} \d{1,2} \w{3}, \d\d:\d\d$")

#: A change is told when nothing has changed for half a minute; it passes in the rows.
HALF_A_MINUTE_LATER = """
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from meetings.models import Invitation
found = Invitation.objects.filter(token={token!r})
found.update(changed_at=F("changed_at") - timedelta(seconds=31), due_at=timezone.now())
found.get().wake()
"""


@pytest.fixture(scope="module")
def path(stack: Stack) -> str:
    return make_bookable(stack, email="ben@okey.example", name="Ben Basic", user="ben")


class Chat:
    """The open chat, as whoever holds the phone uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._by_bot = page.locator(".chat__message--bot")

    def say(self, words: str, answer: str) -> None:
        """Type it, and see the bot answer so."""
        self.page.get_by_label("Your message").fill(words)
        self._send(self.page.get_by_role("button", name="Send"), answer)

    def press(self, button: str, answer: str) -> None:
        self._send(self.page.get_by_role("button", name=button, exact=True), answer)

    def pick(self, answer: str, *, other_than: str = "no such time") -> str:
        """Press the button of the last of the times on offer. What it says."""
        times = self.page.get_by_label("Suggested answers").get_by_role("button", name=TIME)
        button = times.filter(has_not_text=other_than).last
        label = button.inner_text()
        self._send(button, answer)
        return label

    def card(self) -> dict[str, str]:
        """The facts that the bot has read back last."""
        card = self._by_bot.last.locator("dl")
        return dict(zip(card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts(), strict=True))

    def _send(self, button: Locator, answer: str) -> None:
        before = self._by_bot.count()
        button.click()
        expect(self._by_bot).to_have_count(before + 1)
        expect(self._by_bot.last).to_contain_text(answer)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 390


def mails_to_client(stack: Stack) -> list[EmailMessage]:
    """The oldest first: their Message-IDs are numbered."""
    kept = [mail.message for mail in reader.newest(stack.mails_folder, limit=1000) if CLIENT in mail.recipient]
    return sorted(kept, key=lambda mail: int(numbered(mail)[1]))


def numbered(mail: EmailMessage) -> tuple[str, str]:
    """Of which invitation it is, and the how-manieth: `<invitation.number@…>`."""
    name, _dot, number = str(mail["Message-ID"]).strip(" <>").partition("@")[0].rpartition(".")
    return name, number


def mail_number(stack: Stack, number: int) -> EmailMessage:
    found = eventually(
        lambda: len(mails := mails_to_client(stack)) >= number and mails, MAIL_WAIT, f"mail {number} did not come"
    )
    assert found
    assert len(found) == number
    return found[-1]


def label_of(mail: EmailMessage) -> str:
    """The meeting's time in the mail, as the bot's buttons have it."""
    found = re.search(r"^  (\w{3} \d{1,2} \w{3}) \d{4}, (\d\d:\d\d)–", text(mail), re.MULTILINE)
    assert found, text(mail)
    assert "America/New York" in text(mail)
    return f"{found[1]}, {found[2]}"


def test_a_client_books_moves_and_cancels_by_chat(phone: Page, stack: Stack, path: str) -> None:
    chat = Chat(phone)
    phone.goto(path)
    phone.get_by_role("link", name="Or tell our assistant when it suits you").click()
    expect(phone.locator(".chat__message--bot")).to_contain_text("When would you like to meet?")

    chat.say("Hi there!", "When would you like to meet?")
    chat.say("next week please", "Which of these suits you? Times in America/New York")
    booked = chat.pick("What is your name?")
    chat.say("Yuki Tanaka", "To which e-mail address")
    chat.say(CLIENT, "Please check:")
    assert chat.card()["Name"] == "Yuki Tanaka"
    assert chat.card()["Invitation to"] == CLIENT
    chat.press("Yes, book it", "Booked:")

    with phone.expect_popup() as opened:
        phone.get_by_role("link", name="Open your meeting page").last.click()
    meeting = opened.value
    meeting.wait_for_url("**/m/**")
    token = meeting.url.rstrip("/").rpartition("/")[2]
    join = meeting.get_by_role("link", name="Join meeting")
    expect(join).to_be_visible(timeout=WAIT)
    with meeting.expect_popup() as joined:
        join.click()
    expect(joined.value.get_by_text("Yuki Tanaka and Ben Basic")).to_be_visible()
    invitation = mail_number(stack, 1)

    chat.press("Move it", "Which of these suits you?")
    moved = chat.pick("Please check:", other_than=booked)
    assert list(chat.card()) == ["From", "To"]
    chat.press("Yes, move it", "Moved:")
    meeting.reload()
    expect(meeting.get_by_text("You moved it")).to_be_visible()
    expect(join).to_be_visible(timeout=WAIT)
    stack.manage("shell", "-c", HALF_A_MINUTE_LATER.format(token=token))
    change = mail_number(stack, 2)

    chat.say("sorry, I have to cancel", "Shall I cancel your meeting on")
    chat.press("Yes, cancel it", "Cancelled: the meeting on")
    meeting.reload()
    expect(join).to_have_count(0)
    expect(meeting.get_by_text("cancelled").first).to_be_visible()
    cancellation = mail_number(stack, 3)

    assert phone.context.cookies(phone.url) == []
    mails = [invitation, change, cancellation]
    assert [label_of(mail) for mail in mails] == [booked, moved, moved]
    assert len({numbered(mail)[0] for mail in mails}) == 1
    for mail in mails:
        assert "text/calendar" not in [part.get_content_type() for part in mail.walk()], "nobody confirmed the address"
    assert all(f"/m/{token}/" in text(mail) for mail in mails[:2])
    assert [subject(mail).partition(":")[0] for mail in mails[1:]] == ["Changed", "Cancelled"]


def test_the_chat_without_scripts(browser: Browser, stack: Stack, path: str) -> None:
    """Books and cancels: each answer is a page of its own."""
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    last = page.locator(".chat__message--bot").last
    page.goto(path)
    page.get_by_role("link", name="Or tell our assistant when it suits you").click()

    def say(words: str, answer: str) -> None:
        page.get_by_label("Your message").fill(words)
        page.get_by_role("button", name="Send").click()
        expect(last).to_contain_text(answer)

    say("next week please", "Which of these suits you?")
    page.get_by_label("Suggested answers").get_by_role("button", name=TIME).last.click()
    expect(last).to_contain_text("What is your name?")
    say("Nils Noscript", "To which e-mail address")
    say("nils@client.example", "Please check:")
    page.get_by_role("button", name="Yes, book it").click()
    expect(last).to_contain_text("Booked:")
    say("sorry, I have to cancel", "Shall I cancel your meeting on")
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(last).to_contain_text("Cancelled: the meeting on")
    assert context.cookies(stack.url) == []
    context.close()
