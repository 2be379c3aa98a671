"""The bot for messengers: signed requests only, each answered once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from standardwebhooks import Webhook

from meetings.bot import messenger_keys
from meetings.bot.models import Conversation, Message, MessengerKey
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable

pytestmark = pytest.mark.django_db

#: A Thursday, before the owner's hours in Berlin: there is a time of the same day to offer.
THURSDAY = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Stands, since a request that is signed a second later is another request."""
    with time_machine.travel(THURSDAY + timedelta(hours=10), tick=False) as traveller:
        yield traveller


class Gateway:
    """What stands before a messenger: it signs and sends."""

    def __init__(self, owner: Owner) -> None:
        self.address = f"/book/{bookable(owner).public_name}/messenger/"
        self.secret = messenger_keys.replace(owner)
        self.count = 0

    def send(self, text: str, *, ago: timedelta = timedelta(), number: str = "", body: Any = None, **more: str) -> Any:
        self.count += 1
        number = number or f"msg_{self.count}"
        data = json.dumps(body if body is not None else {"sender": "+49 30 1", "text": text, **more})
        at = datetime.now(UTC) - ago
        headers = {
            "webhook-id": number,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(number, at, data),
        }
        return Client(headers=headers).post(self.address, data, content_type="application/json")


@pytest.fixture
def gateway(alice: Owner) -> Gateway:
    return Gateway(alice)


@pytest.mark.parametrize("hour", range(24))
def test_from_the_first_word_to_a_meeting(gateway: Gateway, clock: time_machine.Traveller, hour: int) -> None:
    clock.move_to(THURSDAY + timedelta(hours=hour))
    first = gateway.send("The soonest").json()
    assert first["text"].startswith("Which of these")
    assert first["buttons"][-1] == "Other times"
    for text in (first["buttons"][0], "Yuki", "yuki@client.example"):
        answer = gateway.send(text).json()
    assert "Yes, book it" in answer["buttons"]
    done = gateway.send("Yes, book it").json()
    assert "/m/" in done["url"]
    assert Meeting.objects.count() == 1
    assert Conversation.objects.get().channel == "messenger"


def test_two_messages_whose_numbers_begin_alike_are_two(gateway: Gateway) -> None:
    same = "msg_" + "x" * 120
    gateway.send("tomorrow", number=same + "1")
    gateway.send("the soonest one", number=same + "2")
    said = Message.objects.filter(by=Message.By.CLIENT)
    assert [one.text for one in said.order_by("pk")] == ["tomorrow", "the soonest one"]
    gateway.send("the soonest one", number=same + "2", ago=timedelta(seconds=-1))
    assert said.count() == 2


def test_the_senders_zone_is_used(gateway: Gateway) -> None:
    assert "America/Lima" in gateway.send("tomorrow", timezone="America/Lima").json()["text"]


def test_each_sender_has_one_conversation(gateway: Gateway) -> None:
    for sender in ("a", "b", "a"):
        gateway.send("", body={"sender": sender, "text": "hi"})
    assert Conversation.objects.count() == 2


def test_without_the_right_signature_nothing_happens(gateway: Gateway, alice: Owner) -> None:
    assert Client().post(gateway.address, "{}", content_type="application/json").status_code == 401
    gateway.secret = "whsec_" + "A" * 43
    assert gateway.send("hi").status_code == 401
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "x", "v1,ä", "nan", "1e400", "v1"])
def test_odd_headers_are_refused(gateway: Gateway, header: str, value: str) -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA", header: value}
    response = Client(headers=headers).post(gateway.address, b"\xff", content_type="application/json")
    assert response.status_code == 401


@pytest.mark.parametrize("ago", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_an_old_or_a_coming_signature_is_refused(gateway: Gateway, ago: timedelta) -> None:
    assert gateway.send("hi", ago=ago).status_code == 401


def test_the_very_same_request_again_is_refused(gateway: Gateway) -> None:
    assert gateway.send("hi", number="one").status_code == 200
    assert gateway.send("hi", number="one").status_code == 409
    assert Message.objects.filter(text="hi").count() == 1


def test_the_same_message_signed_anew_gets_its_answer_again(gateway: Gateway) -> None:
    first = gateway.send("tomorrow", number="one", ago=timedelta(seconds=30))
    assert gateway.send("tomorrow", number="one").json() == first.json()
    assert Message.objects.filter(text="tomorrow").count() == 1


def test_the_same_number_with_another_text_is_refused(gateway: Gateway) -> None:
    gateway.send("hi", number="one", ago=timedelta(seconds=30))
    assert gateway.send("cancel", number="one").status_code == 409


@pytest.mark.parametrize("body", [[], {}, {"sender": "a"}, {"sender": "", "text": "x"}, {"sender": "a\0", "text": "x"},
                                  {"sender": "a", "text": 1}, {"sender": "a", "text": "x", "more": 1}])  # fmt: skip
def test_a_body_that_is_none_is_named(gateway: Gateway, body: Any) -> None:
    assert gateway.send("", body=body).status_code == 422


def test_a_replaced_secret_does_not_work_any_more(gateway: Gateway, alice: Owner) -> None:
    messenger_keys.replace(alice)
    assert gateway.send("hi").status_code == 401


def test_the_secret_is_kept_sealed(gateway: Gateway) -> None:
    key = MessengerKey.objects.get()
    assert gateway.secret not in str(vars(key))
    assert key.opened("secret") == gateway.secret


def test_without_a_key_page_or_bot_there_is_nothing(gateway: Gateway, alice: Owner) -> None:
    bookable(alice, is_bot_on=False)
    assert gateway.send("hi").status_code == 404
    bookable(alice, is_bot_on=True, is_page_on=False)
    assert gateway.send("hi").status_code == 404
    bookable(alice)
    messenger_keys.remove(alice)
    assert gateway.send("hi").status_code == 404


def test_the_owner_sees_a_new_secret_once(alice_client: Client, alice: Owner) -> None:
    assert "Make a secret" in alice_client.get("/settings/messenger/").content.decode()
    html = alice_client.post("/settings/messenger/", {"make": "1"}, follow=True).content.decode()
    assert MessengerKey.objects.get().opened("secret") in html
    again = alice_client.get("/settings/messenger/").content.decode()
    assert "whsec_" not in again
    alice_client.post("/settings/messenger/", {"remove": "1"})
    assert not MessengerKey.objects.exists()


def test_a_secret_that_was_not_looked_at_is_shown_for_ten_minutes(
    alice_client: Client, clock: time_machine.Traveller
) -> None:
    alice_client.post("/settings/messenger/", {"make": "1"})
    clock.shift(timedelta(seconds=601))
    assert "whsec_" not in alice_client.get("/settings/messenger/").content.decode()
    clock.shift(timedelta(seconds=-601))
    assert "whsec_" not in alice_client.get("/settings/messenger/").content.decode(), "looking took it away"


def test_a_secret_that_is_removed_before_it_was_looked_at_is_not_shown(alice_client: Client) -> None:
    alice_client.post("/settings/messenger/", {"make": "1"})
    alice_client.post("/settings/messenger/", {"remove": "1"})
    assert "whsec_" not in alice_client.get("/settings/messenger/").content.decode()


def test_a_new_secret_is_shown_to_its_owner_alone(alice_client: Client, bob_client: Client) -> None:
    alice_client.post("/settings/messenger/", {"make": "1"})
    assert "whsec_" not in bob_client.get("/settings/messenger/").content.decode()
    assert "whsec_" in alice_client.get("/settings/messenger/").content.decode()
