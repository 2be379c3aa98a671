"""The chat's pages: with and without a script, whose conversations they show, and what they refuse."""

import re

import pytest
from django.test import Client

from meetings.booking import settings as booking_settings
from meetings.bot import engine
from meetings.bot.models import Conversation, Message
from meetings.models import Invitation, Meeting
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.bot.talking import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def start(alice: Owner) -> str:
    return f"/book/{bookable(alice).public_name}/chat/"


def say(client: Client, address: str, text: str, **more: str) -> str:
    """Send it and follow to the page, as a browser without a script does. Returns the page's address."""
    response = client.post(address, {"text": text, **more})
    assert response.status_code == 302
    return str(response["Location"]).partition("#")[0]


def test_a_visit_leaves_nothing_behind(client: Client, start: str) -> None:
    html = client.get(start).content.decode()
    assert "When would you like to meet?" in html
    assert 'role="log"' in html
    assert '<label class="visually-hidden" for="say">' in html
    assert not client.cookies
    assert not Conversation.objects.exists()


def test_without_a_script_from_the_first_word_to_a_meeting(client: Client, start: str) -> None:
    address = say(client, start, "The soonest")
    for text in ("the first one", "Yuki Tanaka", "yuki@client.example"):
        address = say(client, address, text)
    html = client.get(address).content.decode()
    assert "Shall I book it?" in html
    assert 'value="Yes, book it"' in html
    say(client, address, "Yes, book it")
    html = client.get(address).content.decode()
    assert f"/m/{Invitation.objects.get().token}/" in html
    assert Meeting.objects.get().source == "bot"


def test_with_a_script_only_what_is_new_comes_back(client: Client, start: str) -> None:
    address = say(client, start, "hello")
    last = Message.objects.latest("pk")
    html = client.post(address, {"text": "tomorrow", "after": last.pk}, headers={"HX-Request": "true"}).content.decode()
    assert html.count("chat__message--client") == 1
    assert html.count("chat__message--bot") == 1
    assert 'id="chat-form"' in html
    assert "<html" not in html


def test_hostile_text_is_shown_as_text(client: Client, start: str) -> None:
    address = say(client, start, "<script>alert(1)</script> {{ 7|add:7 }} \0")
    html = client.get(address).content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "{{ 7|add:7 }}" in html


def test_no_page_without_the_right_token(client: Client, start: str, bob: Owner) -> None:
    assert client.get(f"{start}nothing-here/").status_code == 404
    bobs = Talk(bob).conversation
    assert client.get(f"{start}{bobs.token}/").status_code == 404
    assert client.post(f"{start}{bobs.token}/", {"text": "hello"}).status_code == 404


@pytest.mark.parametrize("change", [{"is_bot_on": False}, {"is_page_on": False}])
def test_where_bot_or_page_is_off_the_chat_is_closed(
    client: Client, alice: Owner, start: str, change: dict[str, bool]
) -> None:
    talk = Talk(alice)
    booking_settings.change(owner=alice, **change)  # type: ignore[arg-type]
    for address in (start, f"{start}{talk.conversation.token}/"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"text": "hi"}).status_code == 404


def test_an_owner_who_is_gone_has_no_chat(client: Client, alice: Owner, start: str) -> None:
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(start).status_code == 404


def test_from_a_meetings_page_into_a_talk_about_it(client: Client, alice: Owner, start: str) -> None:
    talk = Talk(alice)
    talk.book("The soonest")
    talk.say("the first one", "yes")
    invitation = Invitation.objects.get()
    html = client.get(f"/m/{invitation.token}/").content.decode()
    assert f'action="{start}about/"' in html
    response = client.post(f"{start}about/", {"invitation": invitation.token})
    html = client.get(response["Location"]).content.decode()
    assert "Your meeting is on " in html
    assert "Which of these suits you?" in html, "that it is to be moved was said by the button"
    assert f'href="/m/{invitation.token}/move/">Pick a time from a calendar instead' in html, "not to a second meeting"


def test_no_talk_about_a_meeting_of_another_owner(client: Client, alice: Owner, bob: Owner, start: str) -> None:
    talk = Talk(bob)
    talk.book("The soonest")
    talk.say("the first one", "yes")
    assert client.post(f"{start}about/", {"invitation": Invitation.objects.get().token}).status_code == 404
    assert client.post(f"{start}about/", {"invitation": "x\0"}).status_code == 404


def test_who_writes_too_fast_is_asked_to_wait(client: Client, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FROM_A_NETWORK_IN_FIVE_MINUTES", 1)
    address = say(client, start, "hello")
    response = client.post(address, {"text": "again"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    html = client.post(address, {"text": "again"}, headers={"HX-Request": "true"}).content.decode()
    assert "Please wait" in html


def test_odd_numbers_in_the_form_are_taken_for_none(client: Client, start: str) -> None:
    address = say(client, start, "hi", seen="9" * 40, after="-1", zone="Nowhere/Land", key="k\0")
    assert client.get(address).status_code == 200
    assert client.post(f"{address}?after=²", {"text": "hi", "seen": "²", "after": "²"}).status_code == 302


def test_a_double_click_is_one_message(client: Client, start: str) -> None:
    address = say(client, start, "hi")
    key = re.search(r'name="key" value="(\w+)"', client.get(address).content.decode())
    assert key is not None
    for _click in range(2):
        say(client, address, "tomorrow", key=key[1])
    assert Message.objects.filter(text="tomorrow").count() == 1


def test_the_owners_answer_comes_to_the_open_page(client: Client, alice_client: Client, start: str) -> None:
    address = say(client, start, "Talk to a person")
    conversation = Conversation.objects.get()
    last = Message.objects.latest("pk")
    assert client.get(f"{address}news/?after={last.pk}").status_code == 204
    alice_client.post(f"/conversations/{conversation.pk}/answer/", {"text": "I will call you."})
    assert "I will call you." in client.get(f"{address}news/?after={last.pk}").content.decode()
    html = client.get(address).content.decode()
    assert f'{address}news/?after={Message.objects.latest("pk").pk}"' in html, "they may have more to say"
    assert 'hx-trigger="every ' in html


def test_a_page_whose_owner_was_not_asked_does_not_poll(client: Client, start: str) -> None:
    assert "hx-trigger" not in client.get(say(client, start, "hello")).content.decode()
