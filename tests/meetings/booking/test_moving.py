"""A client moves their meeting on the calendar page, with the bot on or off."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from meetings import scheduling
from meetings.booking import bookings
from meetings.hours import availability
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import FIRST, NOW, bookable, wish
from tests.meetings.page_cast import meeting_of

pytestmark = pytest.mark.django_db

#: An hour after the meeting that stands.
LATER = FIRST + timedelta(hours=1)
AT = "2026-11-25T09:00Z"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def page_on(alice: Owner) -> None:
    bookable(alice, is_bot_on=False)


@pytest.fixture
def invitation(alice: Owner) -> Invitation:
    booked = bookings.book(alice, wish(), request_key="x", is_address_confirmed=True)
    Mail.objects.all().delete()
    return booked


@pytest.fixture
def address(invitation: Invitation) -> str:
    return f"/m/{invitation.token}/move/"


def words(response: Any) -> str:
    return str(response.content.decode())


def filled(client: Client, address: str, at: str = AT, **changes: str) -> dict[str, str]:
    """What a browser sends from the page that asks."""
    html = words(client.get(address, {"at": at}))
    return {**dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html)), "word": "", **changes}


def starts_at() -> datetime:
    return Meeting.objects.get().starts_at


def move_by_owner(owner: Owner, hours: int) -> None:
    meeting = Meeting.objects.get()
    plan = Plan(meeting.title, meeting.starts_at + timedelta(hours=hours), meeting.minutes)
    scheduling.reschedule(owner=owner, meeting_id=meeting.pk, plan=plan)


# --- Choosing ---------------------------------------------------------------------------------------------------


def test_the_meetings_page_leads_to_the_calendar_without_a_bot(client: Client, address: str) -> None:
    html = words(client.get(address.removesuffix("move/")))
    assert f'href="{address}"' in html
    assert "Move it now" in html
    assert "Move it by chat" not in html


def test_the_calendar_says_when_it_is_now_and_offers_the_other_times(client: Client, address: str) -> None:
    html = words(client.get(address))
    assert re.search(r"Now:\s*<strong>Wed 25 Nov 2026, 09:00–09:30</strong>", html)
    shown = re.findall(r"move/\?at=([^&]+)&amp;", html)
    assert shown[0] == "2026-11-25T08%3A30Z", "its own time is no other time"
    assert "Nothing changes before you confirm." in html
    assert client.get(address)["Referrer-Policy"] == "no-referrer"


def test_a_longer_meeting_is_not_in_its_own_way_and_keeps_its_length(client: Client, alice: Owner) -> None:
    meeting = meeting_of(alice, minutes=60, provider="")
    Meeting.objects.update(starts_at=FIRST, ends_at=FIRST + timedelta(hours=1))
    token = Invitation.objects.create(meeting=meeting, contact=meeting.contact, email="a@b.example").token
    html = words(client.get(f"/m/{token}/move/"))
    assert "60 minutes with Alice Archer" in html
    assert "at=2026-11-25T08%3A30Z" in html
    assert "at=2026-11-25T15%3A30Z" not in html, "half an hour before the owner's day ends"


def test_before_anything_changes_both_times_are_read_back(client: Client, address: str) -> None:
    html = words(client.get(address, {"at": AT}))
    for said in ("Wed 25 Nov 2026, 09:00–09:30", "Wed 25 Nov 2026, 10:00–10:30", "Move your meeting?"):
        assert said in html
    client.head(address, {"at": AT})
    assert starts_at() == FIRST


def test_at_night_for_the_client_both_times_are_said(client: Client, address: str) -> None:
    html = words(client.get(address, {"at": AT, "zone": "America/New_York"}))
    assert "That is at night for you: 04:00 your time; 10:00 for Alice Archer." in html


# --- Moved ------------------------------------------------------------------------------------------------------


def test_the_button_moves_it_and_the_owner_reads_the_clients_words(client: Client, address: str) -> None:
    response = client.post(address, filled(client, address, word="The train <b>is</b> late."))
    assert response["Location"] == address.removesuffix("move/")
    assert starts_at() == LATER
    mail = Mail.objects.get()
    assert mail.to == "alice@example.com"
    assert mail.subject.startswith("Yuki Tanaka moved the meeting to ")
    assert "The train <b>is</b> late." in mail.text
    assert Meeting.objects.get().events.filter(text="The client moved it: “The train <b>is</b> late.”").exists()
    assert Invitation.objects.get().due_at is not None, "the client's calendar is put right"
    html = words(client.get(response["Location"]))
    assert "You moved it" in html
    assert "It was to be on Wed 25 Nov 2026, 09:00–09:30." in html
    assert "The time was changed" not in html


def test_a_double_click_moves_and_tells_once(client: Client, address: str) -> None:
    data = filled(client, address)
    answers = [client.post(address, data) for _click in range(2)]
    assert [answer["Location"] for answer in answers] == [address.removesuffix("move/")] * 2
    assert Mail.objects.count() == 1


def test_after_the_owner_moved_it_again_it_is_not_the_client_who_did(
    client: Client, address: str, alice: Owner
) -> None:
    client.post(address, filled(client, address))
    move_by_owner(alice, 2)
    assert "The time was changed" in words(client.get(address.removesuffix("move/")))


# --- Refused ----------------------------------------------------------------------------------------------------


def test_moved_by_the_owner_meanwhile_the_client_looks_again(client: Client, address: str, alice: Owner) -> None:
    data = filled(client, address, word="Sorry!")
    move_by_owner(alice, 3)
    response = client.post(address, data)
    html = words(response)
    assert response.status_code == 409
    assert "The meeting was changed meanwhile." in html
    assert "Wed 25 Nov 2026, 12:00–12:30" in html, "when it is now"
    assert "Sorry!</textarea>" in html
    assert starts_at() == FIRST + timedelta(hours=3)
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert client.post(address, {**again, "word": "Sorry!"}).status_code == 302
    assert starts_at() == LATER


def test_of_two_tabs_the_second_looks_again(client: Client, address: str) -> None:
    first, second = filled(client, address), filled(client, address, "2026-11-25T13:00Z")
    client.post(address, first)
    assert client.post(address, second).status_code == 409
    assert starts_at() == LATER


@pytest.mark.parametrize(
    "at",
    ["2026-11-23T08:00Z", "2026-11-24T15:30Z", "2026-11-25T08:07Z", "2026-11-28T08:00Z", "2027-06-01T08:00Z"],
    ids=["past", "within the notice", "off the grid", "on a Saturday", "beyond the horizon"],
)
def test_a_time_that_is_not_on_offer_is_answered_with_those_that_are(client: Client, address: str, at: str) -> None:
    data = filled(client, address)
    for response in (client.get(address, {"at": at}), client.post(address, {**data, "at": at, "word": "Keep me"})):
        assert response.status_code == 409
        assert "The next free times" in words(response)
    assert "Keep me</textarea>" in words(response)
    assert starts_at() == FIRST
    assert not Mail.objects.exists()


def test_taken_meanwhile_one_more_click_moves_it_to_another(client: Client, address: str, alice: Owner) -> None:
    data = filled(client, address, word="Sorry!")
    taken = wish(slots=2, email="faster@client.example")
    bookings.book(alice, taken, request_key="y", is_address_confirmed=False)
    html = words(client.post(address, data))
    others = re.findall(r'type="radio" name="at" value="([^"]+)"', html)
    assert others[0] == "2026-11-25T09:30Z"
    assert client.post(address, {**data, "at": others[0]}).status_code == 302
    assert Invitation.objects.get(email="yuki@client.example").meeting.starts_at == FIRST + timedelta(minutes=90)


def test_where_nothing_is_free_the_client_is_led_to_the_owner(client: Client, address: str, alice: Owner) -> None:
    settings = availability.settings_of(alice)
    settings.has_own_hours = True
    settings.save()
    assert "No free times" in words(client.get(address))
    html = words(client.get(address, {"at": AT}))
    assert "is not free. Nothing was moved." in html
    assert ">Move meeting<" not in html


def test_who_moves_it_too_often_is_told_so(client: Client, address: str) -> None:
    for number in range(3):
        client.post(address, filled(client, address, f"2026-11-25T{10 + number}:00Z"))
    refused = client.post(address, filled(client, address, "2026-11-25T14:00Z", word="Keep me"))
    assert refused.status_code == 429
    assert "You have moved this meeting several times." in words(refused)
    assert "Keep me</textarea>" in words(refused)
    assert Mail.objects.count() == 3


def test_a_cancelled_meeting_stays_where_it_was(client: Client, address: str, alice: Owner) -> None:
    data = filled(client, address)
    scheduling.cancel(owner=alice, meeting_id=Meeting.objects.get().pk)
    for response in (client.get(address), client.get(address, {"at": AT}), client.post(address, data)):
        assert response["Location"] == address.removesuffix("move/")
    assert starts_at() == FIRST


def test_nor_does_one_that_is_over_move(client: Client, address: str, traveller: Any) -> None:
    data = filled(client, address)
    traveller.move_to(FIRST + timedelta(hours=5))
    assert client.post(address, {**data, "at": "2026-11-26T09:00Z"}).status_code == 302
    assert starts_at() == FIRST


def test_where_the_owner_offers_no_times_the_client_asks(client: Client, address: str, alice: Owner) -> None:
    data = filled(client, address)
    bookable(alice, is_page_on=False)
    for response in (client.get(address), client.post(address, data)):
        assert response["Location"] == address.replace("move/", "ask/")
    assert "Move it now" not in words(client.get(address.removesuffix("move/")))
    assert starts_at() == FIRST


@pytest.mark.parametrize("query", [{}, {"at": AT}])
def test_nobody_elses_address_opens_it(client: Client, address: str, query: dict[str, str]) -> None:
    Invitation.objects.update(token="x" * 32)
    assert client.get(address, query).status_code == 404
    assert client.post(address, query).status_code == 404


@pytest.mark.parametrize("at", ["", "tomorrow", "\0", "x" * 5000, "0001-01-01T00:00Z"])
def test_what_is_no_time_is_answered_with_the_calendar(client: Client, address: str, at: str) -> None:
    data = {**filled(client, address), "at": at}
    for response in (client.get(address, {"at": at}), client.post(address, data)):
        assert response.status_code == 200
        assert "Choose another time" in words(response)
    assert starts_at() == FIRST


def test_the_button_needs_a_token_of_the_page(address: str) -> None:
    strict: Any = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"at": AT}).status_code == 403
    opened = strict.get(address, {"at": AT})
    assert opened["Referrer-Policy"] == "same-origin"
    assert opened["Cache-Control"] == "no-store, private"
