"""Many at once: two messages of one conversation, and twenty conversations on one time."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection

from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.bot.talking import NOW, Talk

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 20


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def at_once(calls: list[Callable[[], str]]) -> list[str]:
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], str]) -> str:
        ready.wait(timeout=30)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_agreements_at_once_book_one_meeting(alice: Owner) -> None:
    talk = Talk(alice)
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    answers = at_once([lambda: talk.say("yes"), lambda: talk.say("Yes, book it")])
    assert sum(answer.startswith("Booked") for answer in answers) == 1
    assert Meeting.objects.count() == 1


def test_a_double_click_gets_the_same_answer_twice(alice: Owner) -> None:
    talk = Talk(alice)
    talk.say("tomorrow at 11", "Yuki", "yuki@client.example")
    answers = at_once([lambda: talk.say("yes", key="one click")] * 2)
    assert answers[0] == answers[1]
    assert Meeting.objects.count() == 1


def test_of_twenty_clients_on_one_time_one_gets_it_and_the_others_the_next_ones(alice: Owner) -> None:
    talks = [Talk(alice) for _ in range(CLIENTS)]
    for number, talk in enumerate(talks):
        talk.say(f"tomorrow at 11, my name is Yuki, yuki{number}@client.example")
    answers = at_once([lambda talk=talk: talk.say("yes") for talk in talks])  # type: ignore[misc]
    assert sum(answer.startswith("Booked") for answer in answers) == 1
    assert sum(answer.startswith("Somebody has just taken that time") for answer in answers) == CLIENTS - 1
    assert Meeting.objects.count() == 1
