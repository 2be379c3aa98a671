"""How many mails go to whom: six in any 24 hours to a mailbox that nobody confirmed, and so many for an account."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from okey.mails import limits
from okey.mails.addresses import mailbox_of
from okey.mails.limits import Held, Place
from okey.mails.models import Mailbox, NotSent

VICTIM = "victim@third.example"
NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def take(address: str = VICTIM, *, is_confirmed: bool = False, account: str = "") -> Place | Held:
    return limits.take(address, is_confirmed=is_confirmed, account=account)


@pytest.mark.django_db
def test_six_go_and_the_seventh_waits_until_the_first_is_a_day_old(traveller: Any) -> None:
    for _mail in range(6):
        assert isinstance(take(), Place)
        traveller.shift(3600)
    assert take() == Held(NotSent.MAILBOX, NOON + timedelta(hours=24))
    traveller.move_to(NOON + timedelta(hours=24))
    assert isinstance(take(), Place)
    assert isinstance(take(), Held), "a moving day: not six more at midnight"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "addresses",
    [
        ["Victim@Third.example", "VICTIM@THIRD.EXAMPLE"],
        [f"victim+{number}@third.example" for number in range(7)],
        ["vic.tim@gmail.com", "victim@gmail.com", "v.i.c.t.i.m+x@googlemail.com", "VICTIM@gmail.com"],
        ["a@münchen.example", "a@xn--mnchen-3ya.example"],
    ],
)
def test_one_mailbox_is_one_however_it_is_written(addresses: list[str]) -> None:
    taken = [take(addresses[number % len(addresses)]) for number in range(7)]
    assert [isinstance(one, Place) for one in taken] == [True] * 6 + [False]


def test_dots_count_elsewhere() -> None:
    assert mailbox_of("a.b@third.example") != mailbox_of("ab@third.example")
    assert mailbox_of("+@third.example") == "+@third.example"


@pytest.mark.django_db
def test_a_mail_that_the_server_did_not_take_does_not_count() -> None:
    places = [take() for _mail in range(6)]
    assert isinstance(places[3], Place)
    places[3].give_back()
    assert isinstance(take(), Place)
    assert isinstance(take(), Held)


@pytest.mark.django_db
def test_who_did_not_ask_for_them_gets_none_for_ever(traveller: Any) -> None:
    limits.stop(limits.key_of("Victim+x@third.example"))
    limits.stop(limits.key_of(VICTIM))
    traveller.shift(timedelta(days=400))
    assert take() == Held(NotSent.STOPPED)
    assert isinstance(take(is_confirmed=True), Place), "an invitation of somebody who knows them"


@pytest.mark.django_db
def test_a_confirmed_address_has_no_limit_of_its_own() -> None:
    assert all(isinstance(take(is_confirmed=True), Place) for _mail in range(20))
    assert not Mailbox.objects.exists()


@pytest.mark.django_db
def test_an_account_has_a_limit_a_day_and_no_mailbox_pays_for_it(settings: Settings) -> None:
    settings.OKEY_MAILS_A_DAY = 3
    assert all(isinstance(take(account="alice"), Place) for _mail in range(3))
    held = take(account="alice")
    assert isinstance(held, Held)
    assert held.reason == NotSent.OWNER
    assert held.until is not None
    assert NOON < held.until <= NOON + timedelta(hours=24, seconds=1)
    assert len(Mailbox.objects.get().sent) == 3
    assert isinstance(take(account="bob"), Place)


@pytest.mark.django_db
def test_the_table_holds_no_address_and_forgets(traveller: Any) -> None:
    for number in range(5):
        take(f"someone{number}@third.example")
    assert not any("someone" in box.key for box in Mailbox.objects.all())
    limits.stop(limits.key_of("stopped@third.example"))
    traveller.shift(timedelta(hours=25))
    take("another@third.example")
    assert {
        box.stopped_at is not None for box in Mailbox.objects.exclude(key=limits.key_of("another@third.example"))
    } == {True}


@pytest.mark.django_db(transaction=True)
def test_twenty_workers_at_once_send_six() -> None:
    barrier, taken = threading.Barrier(20), []

    def worker() -> None:
        barrier.wait()
        taken.append(take())
        connection.close()

    threads = [threading.Thread(target=worker) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, Place) for one in taken) == 6
    assert len(taken) == 20
