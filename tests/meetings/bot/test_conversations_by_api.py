"""The bot by the API: read what clients said, speak in a client's place, answer as the owner."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meetings.booking import settings as booking_settings
from meetings.bot import engine
from meetings.bot.models import Conversation, Message
from meetings.models import Meeting
from okey.api import limiting
from okey.owners.models import Owner
from tests.meetings.bot.talking import NOW, Talk
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def traveller() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def program(alice: Owner) -> Caller:
    booking_settings.change(owner=alice, is_page_on=True)
    return Caller(alice)


def begun(program: Caller, text: str = "tomorrow at 10", **headers: str) -> dict[str, Any]:
    response = program.post("/conversations", {"text": text, "timezone": "Europe/Madrid"}, **headers)
    assert response.status_code == 201, response.content
    return dict(response.json())


def say(program: Caller, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    response = program.post(f"/conversations/{conversation}/messages", {"text": text, **more})
    assert response.status_code == 200, response.content
    return dict(response.json())


def handed_over(owner: Owner) -> Conversation:
    talk = Talk(owner)
    talk.say("my name is Yuki", "can I talk to a human?")
    return talk.conversation


# --- In the client's place --------------------------------------------------------------------------------


def test_a_program_books_moves_and_cancels_by_talking(program: Caller) -> None:
    talk = begun(program)["conversation"]["id"]
    say(program, talk, "my name is Yuki Tanaka")
    read_back = say(program, talk, "yuki@client.example")
    assert "Shall I book it?" in read_back["answer"]["text"]
    assert read_back["answer"]["choices"] == ["Yes, book it", "Another time"]
    assert read_back["conversation"]["meeting_ids"] == []

    booked = say(program, talk, "Yes, book it")
    meeting = Meeting.objects.get()
    assert booked["conversation"]["meeting_ids"] == [str(meeting.pk)]
    assert booked["conversation"]["contact_id"] == str(meeting.contact_id)
    assert re.search(r"/m/[^/]+/$", booked["answer"]["meeting_page_url"])
    assert meeting.source == Meeting.Source.BOT

    say(program, talk, "move it to friday at 11")
    say(program, talk, "yes")
    say(program, talk, "cancel it")
    say(program, talk, "yes")
    was, meeting = meeting.starts_at, Meeting.objects.get()
    assert meeting.is_cancelled
    assert meeting.starts_at - was == timedelta(days=3, hours=1)


def test_the_same_key_begins_one_conversation_and_gets_the_same_answer(program: Caller) -> None:
    first, second = (begun(program, idempotency_key="k") for _ in range(2))
    assert first == second
    assert Conversation.objects.count() == 1
    assert Message.objects.filter(by=Message.By.CLIENT).count() == 1


def test_the_same_key_says_a_thing_once(program: Caller) -> None:
    path = f"/conversations/{begun(program)['conversation']['id']}/messages"
    first, second = (program.post(path, {"text": "my name is Yuki"}, idempotency_key="k") for _ in range(2))
    assert first.json() == second.json()
    assert Message.objects.filter(text="my name is Yuki").count() == 1
    problem(program.post(path, {"text": "my name is Ann"}, idempotency_key="k"), 422, "idempotency_key_reused")
    assert not Message.objects.filter(text="my name is Ann").exists()


def test_a_yes_to_an_older_message_books_nothing(program: Caller) -> None:
    talk = begun(program)
    talk_id = talk["conversation"]["id"]
    say(program, talk_id, "my name is Yuki")
    say(program, talk_id, "yuki@client.example")
    say(program, talk_id, "yes", seen=talk["answer"]["id"])
    assert not Meeting.objects.exists()


@pytest.mark.parametrize("changes", [{"is_bot_on": False}, {"is_page_on": False}])
def test_with_the_bot_off_nothing_is_said(program: Caller, alice: Owner, changes: Any) -> None:
    talk = begun(program)["conversation"]["id"]
    booking_settings.change(owner=alice, **changes)
    problem(program.post("/conversations", {"text": "hello"}), 409, "conflict")
    problem(program.post(f"/conversations/{talk}/messages", {"text": "hello"}), 409, "conflict")


def test_nobody_speaks_for_a_client_who_writes_themselves(program: Caller, alice: Owner) -> None:
    talk = handed_over(alice)
    problem(program.post(f"/conversations/{talk.pk}/messages", {"text": "yes"}), 409, "conflict")
    assert not talk.messages.filter(text="yes").exists()


def test_too_many_messages_are_put_off(program: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "IN_FIVE_MINUTES", 1)
    talk = begun(program)["conversation"]["id"]
    response = program.post(f"/conversations/{talk}/messages", {"text": "hello"})
    problem(response, 429, "too_many_requests")
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("text", ["", "x" * 2001, "a\0b", None, 7])
def test_what_is_no_text_is_refused(program: Caller, text: Any) -> None:
    errors = problem(program.post("/conversations", {"text": text}), 422, "invalid")["errors"]
    assert [error["field"] for error in errors] == ["text"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("text", ["🎉🎉", "<script>alert(1)</script>", "{{ 7|add:7 }}", "مرحبا", "x" * 2000])
def test_any_text_gets_a_kind_answer(program: Caller, text: str) -> None:
    assert begun(program, text)["answer"]["text"]


# --- Reading ----------------------------------------------------------------------------------------------


def test_the_list_comes_in_pages_and_shows_who_waits(program: Caller, alice: Owner, traveller: Any) -> None:
    for _number in range(3):
        traveller.shift(60)
        Talk(alice).say("hello")
    waiting = handed_over(alice)
    first = program.get("/conversations?limit=2").json()
    second = program.get(f"/conversations?limit=2&cursor={first['next_cursor']}").json()
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert ids[0] == str(waiting.pk) or ids[1] == str(waiting.pk)
    assert (len(set(ids)), second["next_cursor"]) == (4, None)
    (shown,) = program.get("/conversations?status=waiting").json()["items"]
    assert (shown["id"], shown["client_name"], shown["is_waiting"]) == (str(waiting.pk), "Yuki", True)
    problem(program.get("/conversations?status=lost"), 422, "invalid")


def test_a_conversation_is_read_with_all_that_was_said(program: Caller, alice: Owner) -> None:
    talk = handed_over(alice)
    assert program.get(f"/conversations/{talk.pk}").json()["channel"] == "web"
    said = program.get(f"/conversations/{talk.pk}/messages").json()["items"]
    assert [one["by"] for one in said] == ["bot", "client", "bot", "client", "bot"]
    assert said[3]["text"] == "can I talk to a human?"


def test_the_token_that_opens_the_chat_is_in_no_answer(program: Caller, alice: Owner) -> None:
    talk = handed_over(alice)
    paths = ("/conversations", f"/conversations/{talk.pk}", f"/conversations/{talk.pk}/messages")
    assert talk.token not in "".join(program.get(path).content.decode() for path in paths)


def test_the_list_costs_the_same_with_one_and_with_fifty(
    program: Caller, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "CALLS_A_MINUTE", 1000)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            program.get("/conversations?limit=100")
        return len(captured)

    booked = Talk(alice)
    booked.book()
    booked.conversation.refresh_from_db()
    queries()
    one = queries()
    Conversation.objects.bulk_create(
        Conversation(
            owner=alice,
            contact=booked.conversation.contact,
            invitation_tokens=booked.conversation.invitation_tokens,
            due_at=NOW,
        )
        for _number in range(49)
    )
    assert queries() == one
    assert len(program.get("/conversations?limit=100").json()["items"]) == 50


# --- As the owner -----------------------------------------------------------------------------------------


def test_the_owners_answer_stands_in_the_chat_and_marks_it_as_done(
    program: Caller, alice: Owner, client: Client
) -> None:
    talk = handed_over(alice)
    path = f"/conversations/{talk.pk}/answer"
    first, second = (program.post(path, {"text": "Call me at nine."}, idempotency_key="k") for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    assert first.json()["by"] == "owner"
    assert program.get("/conversations?status=waiting").json()["items"] == []
    html = client.get(f"/book/alice-archer/chat/{talk.token}/").content.decode()
    assert html.count("Call me at nine.") == 1
    problem(program.post(path, {"text": "Call me at ten."}, idempotency_key="k"), 422, "idempotency_key_reused")
    problem(program.post(path, {"text": " \n "}), 422, "invalid")


def test_marking_as_done_twice_is_once(program: Caller, alice: Owner, traveller: Any) -> None:
    talk = handed_over(alice)
    first = program.post(f"/conversations/{talk.pk}/done").json()
    traveller.shift(60)
    assert first["done_at"]
    assert program.post(f"/conversations/{talk.pk}/done").json() == first


def test_charlie_finds_nothing(program: Caller, alice: Owner, charlie: Owner) -> None:
    talk, stranger = handed_over(alice), Caller(charlie)
    assert stranger.get("/conversations").json()["items"] == []
    for path in ("", "/messages"):
        problem(stranger.get(f"/conversations/{talk.pk}{path}"), 404, "not_found")
    for path, body in (("/messages", {"text": "yes"}), ("/answer", {"text": "x"}), ("/done", None)):
        problem(stranger.post(f"/conversations/{talk.pk}{path}", body), 404, "not_found")
    talk.refresh_from_db()
    assert talk.is_waiting
