"""Where the owner wants addresses confirmed: a mail, a link, a button, and only then a meeting."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from meetings import scheduling
from meetings.booking import bookings, confirming
from meetings.booking.models import UnconfirmedBooking
from meetings.models import Invitation, Meeting
from okey.contacts.models import Contact
from okey.mails import limits, outbox
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db

DETAILS = "/book/alice-archer/details/"
AT = "2026-11-25T08:00Z"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def page_on(alice: Owner) -> None:
    bookable(alice, confirms_addresses=True)


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def ask(client: Client, *, times: int = 1, **changes: str) -> Any:
    html = client.get(DETAILS, {"at": AT}).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    data = {"token": token, "at": AT, "zone": "Europe/Madrid", "name": "Yuki Tanaka", "email": "yuki@client.example"}
    return [client.post(DETAILS, {**data, **changes}) for _time in range(times)][-1]


def elsewhere(number: int) -> Client:
    """Somebody in another network."""
    return Client(REMOTE_ADDR=f"198.51.{100 + number}.7")


def link() -> str:
    """The way that the mail to the client names."""
    return re.findall(
        r"http://testserver\.localhost:8000(/booking/\S+)", Mail.objects.get(to="yuki@client.example").text
    )[0]


def test_asking_books_nothing_and_sends_a_mail(client: Client) -> None:
    response = ask(client)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Look into your mail" in html
    assert "yuki@client.example" in html
    assert not Meeting.objects.exists()
    assert not Contact.objects.exists()
    mail = Mail.objects.get()
    assert mail.to == "yuki@client.example"
    assert "Wed 25 Nov 2026, 09:00 (Europe/Madrid (GMT+1))" in mail.text


def test_the_mail_to_an_address_that_nobody_confirmed_holds_no_typed_word(client: Client) -> None:
    ask(client, name="Buy Pills", note="at evil.example")
    mail = Mail.objects.get()
    for typed in ("Buy", "Pills", "evil"):
        assert typed not in mail.text + mail.subject


def test_where_no_mail_can_go_it_is_said_with_what_to_do(client: Client, alice: Owner) -> None:
    for number in range(6):
        ask(elsewhere(number), at=f"2026-11-25T{9 + number:02}:00Z")
    assert Mail.objects.count() == 6
    for mail in Mail.objects.all():
        outbox.send(str(mail.pk))
    response = ask(client)
    html = response.content.decode()
    assert response.status_code == 429
    assert "No mail can go to this address today" in html
    assert "Give another address, or ask Alice Archer directly." in html
    assert Mail.objects.count() == 6
    assert "Look into your mail" in ask(client, email="other@client.example").content.decode()


def test_what_waits_to_be_sent_counts_already(client: Client) -> None:
    ask(client)
    outbox.send(str(Mail.objects.get().pk))
    answers = [ask(elsewhere(number), at=f"2026-11-25T{9 + number:02}:00Z").status_code for number in range(6)]
    assert answers == [200] * 5 + [429]


def test_whoever_wants_no_mails_gets_none_and_whoever_typed_the_address_hears_so(client: Client) -> None:
    limits.stop(limits.key_of("yuki@client.example"))
    assert "whoever has it wants none" in ask(client).content.decode()
    assert not UnconfirmedBooking.objects.exists()


def test_when_the_owners_mails_of_the_day_are_used_up_it_is_said(client: Client, settings: Settings) -> None:
    settings.OKEY_MAILS_A_DAY = 1
    ask(client)
    outbox.send(str(Mail.objects.get().pk))
    html = ask(client, at="2026-11-25T09:00Z", email="other@client.example").content.decode()
    assert "No more mails go out for Alice Archer today, so nothing was booked." in html


def test_the_bot_says_so_too(alice: Owner) -> None:
    limits.stop(limits.key_of("yuki@client.example"))
    talk = Talk(alice)
    assert "No mail can go to yuki@client.example today" in talk.book("friday at 10")
    assert "Another e-mail" in talk.buttons


def test_a_double_click_is_one_mail(client: Client) -> None:
    assert ask(client, times=2).status_code == 200
    assert Mail.objects.count() == 1


def test_an_address_that_is_put_right_gets_a_mail_and_the_first_link_books_nothing(client: Client) -> None:
    """Back from “Look into your mail”, the browser shows the same form."""
    html = client.get(DETAILS, {"at": AT}).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    data = {"token": token, "at": AT, "zone": "Europe/Madrid", "name": "Yuki Tanaka"}
    client.post(DETAILS, {**data, "email": "yuki@client.example"})
    mistyped = link()
    client.post(DETAILS, {**data, "email": "yuki@right.example"})
    assert set(Mail.objects.values_list("to", flat=True)) == {"yuki@client.example", "yuki@right.example"}
    assert client.post(mistyped).status_code == 404
    assert not Meeting.objects.exists()


def test_opening_the_link_books_nothing(client: Client) -> None:
    """Mail scanners follow every address in a mail."""
    ask(client)
    html = client.get(link()).content.decode()
    client.head(link())
    assert "Wed 25 Nov 2026, 09:00–09:30" in html
    assert "Yuki Tanaka" in html
    assert not Meeting.objects.exists()


def test_its_button_books_for_a_confirmed_address(client: Client) -> None:
    ask(client)
    response = client.post(link())
    invitation = Invitation.objects.get()
    assert response["Location"] == f"/m/{invitation.token}/"
    assert invitation.is_address_confirmed
    assert invitation.meeting.starts_at == FIRST
    assert str(invitation.contact.timezone) == "Europe/Madrid"


def test_twice_is_once_and_the_link_leads_to_the_meeting_from_then_on(client: Client, traveller: Any) -> None:
    ask(client)
    first = client.post(link())["Location"]
    traveller.shift(timedelta(days=2))
    assert client.post(link())["Location"] == client.get(link())["Location"] == first
    assert Meeting.objects.count() == 1


def test_after_a_day_the_link_says_so_and_leads_to_the_times(client: Client, traveller: Any) -> None:
    ask(client)
    traveller.shift(timedelta(hours=24, seconds=1))
    for response in (client.get(link()), client.post(link())):
        assert response.status_code == 410
        assert "This link has expired" in response.content.decode()
        assert "/book/alice-archer/?zone=Europe%2FMadrid" in response.content.decode()
    assert not Meeting.objects.exists()


def test_taken_meanwhile_the_next_free_ones_are_offered(client: Client, alice: Owner) -> None:
    ask(client)
    bookings.book(alice, wish(email="faster@client.example"), request_key="x", is_address_confirmed=False)
    response = client.post(link())
    html = response.content.decode()
    assert response.status_code == 409
    assert "Nothing was booked yet." in html
    others = re.findall(r'type="radio" name="at" value="([^"]+)"', html)
    assert others[0] == "2026-11-25T08:30Z"
    assert client.post(link(), {"at": others[0]}).status_code == 302
    assert Meeting.objects.filter(starts_at=FIRST + timedelta(minutes=30)).exists()


def test_a_time_that_is_taken_is_said_before_the_mail(client: Client, alice: Owner) -> None:
    bookings.book(alice, wish(email="faster@client.example"), request_key="x", is_address_confirmed=False)
    html = client.get(DETAILS, {"at": "2026-11-25T08:30Z"}).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    data = {"token": token, "at": AT, "zone": "UTC", "name": "Yuki", "email": "yuki@client.example"}
    assert client.post(DETAILS, data).status_code == 409
    assert not Mail.objects.filter(to="yuki@client.example").exists()


@pytest.mark.parametrize("token", ["x", "a:b:c", "%00", "x" * 500])
def test_a_wrong_link_opens_nothing(client: Client, token: str) -> None:
    ask(client)
    for response in (client.get(f"/booking/{token}/"), client.post(f"/booking/{token}/")):
        assert response.status_code == 404
    assert not Meeting.objects.exists()


@pytest.mark.parametrize("closed", ["off", "gone"])
def test_a_page_that_was_closed_meanwhile_books_nothing(client: Client, alice: Owner, closed: str) -> None:
    ask(client)
    address = link()
    if closed == "off":
        bookable(alice, is_page_on=False)
    else:
        Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.post(address).status_code == 404
    assert not Meeting.objects.exists()


def test_a_new_public_name_leaves_the_links_in_mails_working(client: Client, alice: Owner) -> None:
    ask(client)
    bookable(alice, public_name="elsewhere")
    assert client.post(link()).status_code == 302


def test_an_expired_one_is_forgotten_after_a_week(client: Client, traveller: Any) -> None:
    ask(client)
    waiting = UnconfirmedBooking.objects.get()
    confirming.forget(str(waiting.pk))
    assert UnconfirmedBooking.objects.exists(), "not before its time"
    traveller.move_to(waiting.due_at)
    confirming.forget(str(waiting.pk))
    assert not UnconfirmedBooking.objects.exists()


def test_expired_between_the_page_and_the_button_books_nothing(alice: Owner) -> None:
    waiting = confirming.ask(alice, wish(), request_key="x")
    UnconfirmedBooking.objects.update(expires_at=timezone.now())
    waiting.refresh_from_db()
    with pytest.raises((confirming.Expired, scheduling.SlotTaken)):
        confirming.confirm(waiting)
    assert not Meeting.objects.exists()
