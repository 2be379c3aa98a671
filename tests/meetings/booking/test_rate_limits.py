"""What one network may use up of an owner's page, by form, by bot and by programs; and whom that must not touch."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from meetings.booking import form_tokens, rate_limits
from meetings.booking import settings as booking_settings
from meetings.bot.models import Conversation, Message
from meetings.bot.understanding import cleaning
from meetings.bot.understanding.cleaning import clean
from meetings.hours import availability
from meetings.hours import rules as hours_rules
from meetings.models import Meeting
from okey.limits import limits
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable
from tests.meetings.page_cast import connect_zoom
from tests.okey.api.caller import Caller, problem

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ATTACKER, HONEST = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def page_url(alice: Owner) -> str:
    """Alice's, with a free time every five minutes."""
    name = bookable(alice).public_name
    hours_rules.change_rules(owner=alice, slot_minutes=5)
    return f"/book/{name}/"


def by_form(page_url: str, owner: Owner, email: str, network: str) -> HttpResponse:
    slot = availability.next_free(owner, after=datetime.now(UTC), limit=1)[0]
    data = {"at": f"{slot.starts_at:%Y-%m-%dT%H:%MZ}", "token": form_tokens.make(owner), "name": "Ann", "email": email}
    return Client(REMOTE_ADDR=network).post(f"{page_url}details/", {**data, "note": "", "zone": "Europe/Berlin"})


def by_bot(page_url: str, email: str, network: str) -> str:
    """A new conversation; the bot's last words."""
    client = Client(REMOTE_ADDR=network)
    talk = client.post(f"{page_url}chat/", {"text": "the soonest"})["Location"].partition("#")[0]
    conversation = Conversation.objects.get(token=talk.rstrip("/").rpartition("/")[2])
    said = Message.objects.filter(conversation=conversation, by=Message.By.BOT)
    for text in (said.latest("pk").buttons[0], "My name is Ann Lee", email, "Yes, book it"):
        client.post(talk, {"text": text})
    return said.latest("pk").text


def test_the_bot_counts_the_network_as_the_form_does(alice: Owner, page_url: str) -> None:
    for number in range(5):
        assert by_form(page_url, alice, f"f{number}@client.example", ATTACKER).status_code == 302
    answers = [by_bot(page_url, f"b{number}@client.example", ATTACKER) for number in range(7)]
    assert ["nothing was booked" in answer for answer in answers] == [False] * 5 + [True] * 2
    assert by_form(page_url, alice, "f9@client.example", ATTACKER).status_code == 429
    assert Meeting.objects.count() == 10
    assert by_form(page_url, alice, "honest@client.example", HONEST).status_code == 302
    assert "nothing was booked" not in by_bot(page_url, "honest@client.example", HONEST)


def test_where_addresses_are_confirmed_the_bot_counts_the_network_too(alice: Owner, page_url: str) -> None:
    booking_settings.change(owner=alice, confirms_addresses=True)
    answers = [by_bot(page_url, f"b{number}@client.example", ATTACKER) for number in range(12)]
    assert ["nothing was booked" in answer for answer in answers] == [False] * 10 + [True] * 2


def test_an_ipv6_network_is_one_however_many_addresses_it_has(alice: Owner, page_url: str) -> None:
    statuses = [
        by_form(page_url, alice, f"c{number}@client.example", f"2001:db8:1:2::{number + 1:x}").status_code
        for number in range(14)
    ]
    assert statuses == [302] * 10 + [429] * 4


def test_in_a_day_one_network_takes_twenty_times_of_an_owner(
    alice: Owner, bob: Owner, page_url: str, traveller: Any
) -> None:
    taken = 0
    for hours in (1, 1, 20):
        for _try in range(11):
            taken += by_form(page_url, alice, f"c{taken}@client.example", ATTACKER).status_code == 302
        traveller.shift(timedelta(hours=hours, seconds=1))
    assert taken == rate_limits.FROM_A_NETWORK_A_DAY == 20
    assert by_form(f"/book/{bookable(bob).public_name}/", bob, "c@client.example", ATTACKER).status_code == 302


def test_bookings_under_somebodys_address_do_not_keep_them_from_booking(
    alice: Owner, bob: Owner, page_url: str
) -> None:
    statuses = [by_form(page_url, alice, "honest@client.example", ATTACKER).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert by_form(page_url, alice, "honest@client.example", HONEST).status_code == 302
    assert by_form(f"/book/{bookable(bob).public_name}/", bob, "honest@client.example", HONEST).status_code == 302


def test_what_is_refused_or_taken_meanwhile_counts_for_nothing(alice: Owner, page_url: str) -> None:
    slot = availability.next_free(alice, after=datetime.now(UTC), limit=1)[0]
    for number in range(15):
        data = {"at": f"{slot.starts_at:%Y-%m-%dT%H:%MZ}", "token": form_tokens.make(alice), "name": "Ann"}
        form = {**data, "email": f"c{number}@client.example", "note": "", "zone": "Europe/Berlin"}
        status = Client(REMOTE_ADDR=ATTACKER).post(f"{page_url}details/", form).status_code
        assert status == (409 if number else 302)
    assert by_form(page_url, alice, "after@client.example", ATTACKER).status_code == 302


# --- Links ------------------------------------------------------------------------------------------------


def test_one_network_gets_five_of_the_days_links(alice: Owner, page_url: str) -> None:
    connect_zoom(alice)
    for number in range(5):
        by_form(page_url, alice, f"f{number}@client.example", ATTACKER)
    assert "no video link" in by_bot(page_url, "b@client.example", ATTACKER)
    by_form(page_url, alice, "honest@client.example", HONEST)
    made = Meeting.objects.order_by("created_at", "starts_at")
    assert [one.provider for one in made] == ["zoom"] * 5 + ["", "zoom"]
    details = f"{page_url}details/?at={availability.next_free(alice, after=NOW, limit=1)[0].starts_at:%Y-%m-%dT%H:%MZ}"
    words = [Client(REMOTE_ADDR=network).get(details).content.decode() for network in (ATTACKER, HONEST)]
    assert ["has no video link yet" in text for text in words] == [True, False]


# --- Programs ---------------------------------------------------------------------------------------------


def by_program(program: Caller, email: str, **more: str) -> str:
    turn = program.post("/conversations", {"text": "the soonest", **more}).json()
    for text in (turn["answer"]["choices"][0], "My name is Ann Lee", email, "Yes, book it"):
        turn = program.post(f"/conversations/{turn['conversation']['id']}/messages", {"text": text, **more}).json()
    return str(turn["answer"]["text"])


def test_a_program_may_say_where_its_client_is_who_counts_like_on_the_page(alice: Owner, page_url: str) -> None:
    program = Caller(alice)
    for number in range(9):
        by_form(page_url, alice, f"f{number}@client.example", ATTACKER)
    answers = [by_program(program, f"p{number}@client.example", client_address=ATTACKER) for number in range(2)]
    assert ["nothing was booked" in answer for answer in answers] == [False, True]
    assert "nothing was booked" not in by_program(program, "q@client.example", client_address=HONEST)
    assert "nothing was booked" not in by_program(program, "r@client.example")


def test_without_it_all_clients_of_an_owners_programs_count_as_one(
    alice: Owner, page_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "FROM_PROGRAMS", 3)
    program = Caller(alice)
    answers = [by_program(program, f"p{number}@client.example") for number in range(4)]
    assert ["nothing was booked" in answer for answer in answers] == [False] * 3 + [True]
    assert by_form(page_url, alice, "honest@client.example", HONEST).status_code == 302


def test_a_client_address_that_is_none_is_refused(alice: Owner, page_url: str) -> None:
    response = Caller(alice).post("/conversations", {"text": "hello", "client_address": "somewhere"})
    assert problem(response, 422, "invalid")["errors"][0]["field"] == "client_address"
    assert not Conversation.objects.exists()


def test_a_client_who_writes_without_end_is_stopped_by_program_too(alice: Owner, page_url: str) -> None:
    program = Caller(alice)
    for _ in range(30):
        limits.hit("bot talks", ATTACKER, limit=30, seconds=3600)
    problem(program.post("/conversations", {"text": "hello", "client_address": ATTACKER}), 429, "too_many_requests")
    assert program.post("/conversations", {"text": "hello", "client_address": HONEST}).status_code == 201


# --- Long texts -------------------------------------------------------------------------------------------


def test_a_text_is_cut_before_it_is_written_out_in_plain_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single sign becomes eighteen letters: 20,000 of them cost half a second."""
    lengths = []
    normalize = cleaning.unicodedata.normalize

    def counted(form: Any, text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(cleaning.unicodedata, "normalize", counted)
    assert clean("\ufdfa" * 20_000).is_too_long
    assert clean("\ufdfa" * 300).is_too_long
    heard = clean("to\u2028morrow  at ３pm" + " " * 5000)
    assert (heard.read, heard.is_too_long) == ("to morrow at 3pm", False)
    assert max(lengths) <= cleaning.PLAIN_LENGTH
