"""Where the operator names a language model, clients may write in any language. What it says is a wish, never a yes."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from meetings.bot import escalation, turns
from meetings.bot.models import Conversation
from meetings.models import Meeting
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.booking.cast import bookable
from tests.meetings.bot.talking import Talk
from tests.model_simulator import ModelSimulator

pytestmark = pytest.mark.django_db

AFTERNOON = {"first": "2026-03-03", "last": "2026-03-03", "since": "12:00", "until": "18:00"}
AT_ELEVEN = {"act": "meet", "times": [{"first": "2026-03-03", "last": "2026-03-03", "at": "11:00"}]}


@pytest.fixture
def told(talk: Talk, model: ModelSimulator, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """A talk with a client who read that a language model may read what they write."""
    hear = talk.hear
    monkeypatch.setattr(talk, "hear", lambda text, **more: hear(text, **{"is_told": True, **more}))
    return talk


@pytest.fixture
def read_back(told: Talk) -> Talk:
    """Tuesday at 11 was read back, and waits for a yes."""
    assert "Shall I book it?" in told.say("tomorrow at 11", "Yuki", "yuki@client.example")
    return told


def test_a_german_client_comes_from_the_first_word_to_the_meeting(told: Talk, model: ModelSimulator) -> None:
    model.teach("Hätten Sie morgen Nachmittag Zeit?", {"act": "meet", "times": [AFTERNOON]})
    model.teach("den zweiten bitte", {"act": "pick", "pick": 2})
    assert "Which of these suits you?" in told.say("Hätten Sie morgen Nachmittag Zeit?")
    assert "Tue 3 Mar, 12:30" in told.say("den zweiten bitte")
    told.say("Anna Müller", "anna@client.example")
    assert "Booked: Tue 3 Mar 2026, 12:30" in told.say("Ja, bitte!")
    assert len(model.asked()) == 2, "name, address and a plain yes are sent to nobody"


def test_a_meeting_is_moved_and_cancelled_after_a_read_back(told: Talk, model: ModelSimulator) -> None:
    told.book()
    model.teach("Können wir den Termin auf 14 Uhr verschieben?", {"act": "move", "times": [{"at": "14:00"}]})
    model.teach("Ich muss leider absagen", {"act": "cancel"})
    assert "Shall I move it?" in told.say("Können wir den Termin auf 14 Uhr verschieben?")
    assert told.say("ja").startswith("Moved: Tue 3 Mar 2026, 14:00")
    assert "Shall I cancel your meeting" in told.say("Ich muss leider absagen")
    assert told.say("ja, absagen").startswith("Cancelled")


# --- A yes is the client's own -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["evet", "ja", "Ja, bitte.", "sí", "Sí, por favor", "oui", "Oui, merci", "はい"])
def test_a_plain_yes_agrees_without_the_model(read_back: Talk, model: ModelSimulator, words: str) -> None:
    assert read_back.say(words).startswith("Booked")
    assert not model.asked()


@pytest.mark.parametrize(
    "words",
    ["wunderbar", "parfait", "perfecto", "das ist schön", "ja?", "ja...", "¿sí?", "ja, aber später", "tak",
     "ja, absagen", "jaja", "c'est gentil", "ja und nein", "muy bien", "Ich nehme alles"],
)  # fmt: skip
def test_whatever_the_model_says_praise_and_half_a_yes_book_nothing(
    read_back: Talk, model: ModelSimulator, words: str
) -> None:
    model.teach(words, {"act": "yes"})
    read_back.say(words)
    assert not Meeting.objects.exists()


def test_a_yes_of_the_models_has_it_read_back_once_more(read_back: Talk, model: ModelSimulator) -> None:
    model.teach("kabul ediyorum efendim", {"act": "yes"})
    answer = read_back.say("kabul ediyorum efendim")
    assert answer.startswith("To be sure, please press the button")
    assert "Shall I book it?" in answer
    assert read_back.say("yes").startswith("Booked")


@pytest.mark.parametrize("words", ["nein", "Nein danke", "no, gracias", "non merci", "lieber nicht"])
def test_a_plain_no_needs_no_model_either(read_back: Talk, model: ModelSimulator, words: str) -> None:
    assert "Nothing was booked" in read_back.say(words)
    assert not model.asked()


def test_a_yes_to_an_older_read_back_is_none_in_any_language(told: Talk) -> None:
    told.say("tomorrow at 11", "Yuki")
    older = told.hear("yuki@client.example")
    told.say("no, at 2pm")
    told.say("ja", seen=older.pk)
    assert not Meeting.objects.exists()


# --- English is read here --------------------------------------------------------------------------------------


def test_english_is_asked_of_nobody(told: Talk, model: ModelSimulator) -> None:
    told.say("hello", "tomorrow afternoon", "not the first one", "the second one", "I'm Ann Lee")
    told.say("ann@client.example", "sounds good", "cancel my meeting", "yes", "thanks", "👍")
    assert not model.asked()


def test_what_is_not_understood_in_english_is_asked(told: Talk, model: ModelSimulator) -> None:
    words = "might a gathering be had?"
    model.teach(words, {"act": "meet", "times": [{"first": "2026-03-03", "last": "2026-03-03", "at": "12:00"}]})
    assert "Tue 3 Mar, 12:00" in told.say(words)


def test_figures_among_foreign_words_are_not_read_as_english(told: Talk, model: ModelSimulator) -> None:
    """The grammar would have taken 15:00, and passed the day over."""
    model.teach("am Dienstag um 15:00", {"act": "meet", "times": [{"first": "2026-03-03", "at": "15:00"}]})
    assert told.say("am Dienstag um 15:00").startswith("Tue 3 Mar, 15:00")


def test_an_address_beside_foreign_words_is_read_here(told: Talk, model: ModelSimulator) -> None:
    model.teach("morgen um 11 Uhr, meine Mail: [address]", AT_ELEVEN)
    told.say("morgen um 11 Uhr, meine Mail: anna@client.example")
    assert "anna@client.example" in told.say("Anna")


# --- Off, and not told --------------------------------------------------------------------------------------------


def test_who_was_not_told_is_read_here_alone(talk: Talk, model: ModelSimulator) -> None:
    assert "I only understand English" in talk.say("Hätten Sie morgen Nachmittag Zeit?")
    assert not model.asked()


def test_off_nothing_is_sent_and_a_foreign_yes_is_none(
    read_back: Talk, model: ModelSimulator, settings: Settings
) -> None:
    settings.OKEY_LANGUAGE_MODEL_URL = ""
    read_back.say("ja, bitte")
    assert not Meeting.objects.exists()
    assert "I only understand English" in read_back.say("Hätten Sie morgen Nachmittag Zeit?")
    assert not model.asked()


def test_the_page_says_so_where_one_writes_and_nowhere_while_it_is_off(
    client: Client, alice: Owner, model: ModelSimulator, settings: Settings
) -> None:
    address = f"/book/{bookable(alice).public_name}/chat/"
    html = client.get(address).content.decode()
    assert "may be read by a language model at 127.0.0.1" in html
    assert '<input type="hidden" name="told" value="1">' in html
    assert 'id="language-model"' in client.get("/privacy/").content.decode()

    settings.OKEY_LANGUAGE_MODEL_URL = ""
    assert "language model" not in client.get(address).content.decode()
    assert "language model" not in client.get("/privacy/").content.decode()


def test_a_page_from_before_it_was_switched_on_sends_nothing(
    client: Client, alice: Owner, model: ModelSimulator
) -> None:
    address = f"/book/{bookable(alice).public_name}/chat/"
    client.post(address, {"text": "Hätten Sie morgen Nachmittag Zeit?"})
    assert not model.asked()
    client.post(address, {"text": "Hätten Sie morgen Nachmittag Zeit?", "told": "1"})
    assert len(model.asked()) == 1


# --- What is sent ------------------------------------------------------------------------------------------------


def test_the_question_holds_the_words_and_the_scene_and_nothing_of_anybody(told: Talk, model: ModelSimulator) -> None:
    told.say("tomorrow afternoon", "the first one", "Anna Müller", "anna@client.example", "no")
    told.say("Bitte an Anna Müller, Tel. +49 30 901820, zoe@client.example, https://a.example/t, am 3.3. um 15:00")
    (body,) = model.asked()
    sent = json.loads(body["messages"][1]["content"])
    assert sent["words"] == "Bitte an [name] [name], Tel. [number], [address] [link] am 3.3. um 15:00"
    assert sent["now"] == "Monday 2026-03-02 10:00"
    assert sent["zone"] == "Europe/Berlin"
    assert set(sent) == {"words", "now", "zone", "asked_for", "offered", "lengths"}
    assert body["model"] == "small"
    conversation = Conversation.objects.get()
    for secret in (conversation.token, str(conversation.pk), str(conversation.owner_id), "Alice", "Archer", "Anna"):
        assert secret not in json.dumps(body)


def test_what_answers_the_owner_is_the_owners_to_read(told: Talk, model: ModelSimulator) -> None:
    told.say("talk to a person")
    told.conversation.refresh_from_db()
    escalation.answer(told.conversation, "I will call you.")
    told.say("Vielen Dank, das ist sehr nett")
    assert not model.asked()


def test_it_is_asked_outside_of_transactions_and_once_a_turn(
    told: Talk, model: ModelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the turn is done again with the row locked."""
    seen: list[int] = []
    understand, depth = turns.asking.understand, len(connection.savepoint_ids)

    def watched(*args: Any) -> Any:
        seen.append(len(connection.savepoint_ids) - depth)
        return understand(*args)

    monkeypatch.setattr(turns.asking, "understand", watched)
    model.teach("Kann ich mit einem Menschen sprechen?", {"act": "human"})
    assert "passed this on" in told.say("Kann ich mit einem Menschen sprechen?", key="click")
    told.say("Kann ich mit einem Menschen sprechen?", key="click")
    assert seen == [0]
    assert len(model.asked()) == 1
    assert Mail.objects.filter(to="alice@example.com").count() == 1


def test_what_was_read_of_an_older_scene_is_dropped(
    told: Talk, alice: Owner, model: ModelSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the model reads "the first one", another message changes what was offered."""
    told.say("tomorrow afternoon")
    understand = turns.asking.understand

    def interrupted(*args: Any) -> Any:
        monkeypatch.setattr(turns.asking, "understand", understand)
        told.say("friday morning", is_told=False)
        return understand(*args)

    model.teach("die erste bitte", {"act": "pick", "pick": 1})
    monkeypatch.setattr(turns.asking, "understand", interrupted)
    assert "is free" not in told.say("die erste bitte")
