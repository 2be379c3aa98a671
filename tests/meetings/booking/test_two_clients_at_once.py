"""Clients who really press the button in the same second, on the page, for one time."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from meetings.models import Meeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.booking.cast import NOW, bookable

DETAILS = "/book/alice-archer/details/"
AT = "2026-11-25T08:00Z"
CLIENTS = 6


def filled(number: int) -> dict[str, str]:
    html = Client().get(DETAILS, {"at": AT, "zone": "Europe/Madrid"}).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', html)[0]
    email = f"client{number}@client.example"
    return {"token": token, "at": AT, "zone": "Europe/Madrid", "name": f"Client {number} of many", "email": email}


def at_once(forms: list[dict[str, str]]) -> list[Any]:
    together = Barrier(len(forms))

    def send(number: int) -> Any:
        together.wait(20)
        try:
            return Client(REMOTE_ADDR=f"192.0.2.{number}").post(DETAILS, forms[number])
        finally:
            connection.close()

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, range(len(forms))))


@pytest.mark.django_db(transaction=True)
def test_one_gets_the_time_and_the_others_the_next_ones(alice: Owner) -> None:
    bookable(alice)
    with time_machine.travel(NOW, tick=True):
        answers = at_once([filled(number) for number in range(CLIENTS)])
    assert sorted(answer.status_code for answer in answers) == [302] + [409] * (CLIENTS - 1)
    assert Meeting.objects.count() == 1
    assert Contact.objects.count() == 1, "the others leave nothing behind"
    for answer in answers:
        if answer.status_code == 409:
            html = answer.content.decode()
            assert 'value="2026-11-25T08:30Z"' in html, "the next one"
            assert 'value="Client ' in html, "what they typed is kept"


@pytest.mark.django_db(transaction=True)
def test_one_client_who_presses_many_times_gets_one_meeting(alice: Owner) -> None:
    bookable(alice)
    with time_machine.travel(NOW, tick=True):
        answers = at_once([filled(0)] * CLIENTS)
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
    assert Meeting.objects.count() == 1
