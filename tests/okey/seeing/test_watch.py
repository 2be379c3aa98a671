"""Administrators are mailed of trouble once, and once when it is over; without a worker, and whoever looks."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected
from unittest.mock import patch

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from meetings.models import LinkJob
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.pulse.models import Pulse, Trouble
from okey.seeing import watch
from tests.meetings.page_cast import meeting_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(settings: Settings) -> Iterator[time_machine.Traveller]:
    settings.ADMIN_EMAIL = "admin@example.com"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def look_for(clock: time_machine.Traveller, looks: int, *, beats: bool, every: timedelta = MINUTE) -> list[str]:
    """So many looks, one a minute; the subjects of the mails that went out meanwhile."""
    before = len(mail.outbox)
    for _ in range(looks):
        clock.shift(every)
        if beats:
            Pulse.beat()
        watch.look()
    return [one.subject for one in mail.outbox[before:]]


STOPPED = "O-Key: nothing is being done (beat or the workers have stopped)"
BACK = "O-Key: beat and the workers are back"
WAIT, NO_LONGER = "O-Key: links wait too long", "O-Key: links no longer wait"


def test_a_pulse_that_stops_is_told_once_and_once_when_it_is_back(db: None, clock: time_machine.Traveller) -> None:
    assert look_for(clock, 10, beats=True) == []
    assert look_for(clock, 4, beats=False) == []  # a restart takes less
    assert look_for(clock, 90, beats=False) == [STOPPED]
    assert look_for(clock, 90, beats=True) == [BACK]
    assert [one.to for one in mail.outbox] == [["admin@example.com"]] * 2
    assert "OKeyPulseStopped" in mail.outbox[0].body
    assert "no sign of life for 5" in mail.outbox[0].body
    assert not Mail.objects.exists()  # which a worker would have to send


def test_where_nothing_ever_beat_that_is_told(db: None, clock: time_machine.Traveller) -> None:
    assert look_for(clock, 10, beats=False) == [STOPPED]
    assert "have never shown" in mail.outbox[0].body


def test_links_that_wait_are_told_once_and_once_when_they_are_made(
    db: None, clock: time_machine.Traveller, alice: Owner
) -> None:
    meeting_of(alice)
    now = timezone.now()
    LinkJob.objects.update(wanted_at=now, due_at=now, problem=LinkJob.Problem.UNAVAILABLE)
    assert look_for(clock, 9, beats=True) == []
    assert look_for(clock, 80, beats=True) == [WAIT]
    assert "wait for their link: 1, the oldest for 10" in mail.outbox[-1].body.replace("\xa0", " ")
    LinkJob.objects.update(due_at=None)
    assert look_for(clock, 10, beats=True) == [NO_LONGER]


def test_links_that_wait_because_nobody_works_are_no_second_trouble(
    db: None, clock: time_machine.Traveller, alice: Owner
) -> None:
    meeting_of(alice)
    LinkJob.objects.update(wanted_at=timezone.now(), due_at=timezone.now())
    Pulse.beat()
    assert look_for(clock, 20, beats=False) == [STOPPED]
    assert look_for(clock, 2, beats=True) == [BACK]
    LinkJob.objects.update(due_at=None)  # the worker has caught up
    assert look_for(clock, 20, beats=True) == []


def test_one_that_comes_and_goes_is_told_twice_an_hour_at_most(db: None, clock: time_machine.Traveller) -> None:
    mails = [subject for _ in range(9) for beats in (False, True) for subject in look_for(clock, 10, beats=beats)]
    assert mails.count(STOPPED) == mails.count(BACK) <= 3


def test_a_mail_server_that_is_away_gets_the_mail_later_and_not_for_ever(
    db: None, clock: time_machine.Traveller
) -> None:
    def refuse(_self: EmailMessage) -> int:
        tries.append(timezone.now())
        raise SMTPServerDisconnected("secret words of the server")

    tries: list[datetime] = []
    with patch.object(EmailMessage, "send", refuse):
        look_for(clock, 30, beats=False)
        assert 3 <= len(tries) <= 5
    assert look_for(clock, 60, beats=False) == [STOPPED]
    look_for(clock, 10, beats=True)
    clock.shift(timedelta(hours=1))
    with patch.object(EmailMessage, "send", refuse):
        tries.clear()
        look_for(clock, 48, beats=False, every=30 * MINUTE)
        assert len(tries) == watch.ATTEMPTS


def test_a_watcher_that_dies_while_it_sends_leaves_the_mail_to_the_next(
    db: None, clock: time_machine.Traveller
) -> None:
    look_for(clock, 3, beats=False)
    with patch.object(EmailMessage, "send", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        look_for(clock, 3, beats=False)
    assert look_for(clock, 14, beats=False) == []
    assert look_for(clock, 2, beats=False) == [STOPPED]


@pytest.mark.django_db(transaction=True)
def test_of_many_watchers_one_sends(clock: time_machine.Traveller) -> None:
    look_for(clock, 4, beats=False)
    clock.shift(MINUTE)
    barrier = threading.Barrier(4)

    def one() -> None:
        try:
            barrier.wait()
            watch.look()
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.subject for one in mail.outbox] == [STOPPED]


def test_the_command_looks_once_and_says_what_it_found(
    db: None, clock: time_machine.Traveller, capsys: pytest.CaptureFixture[str]
) -> None:
    Pulse.beat()
    call_command("okey_watch")
    clock.shift(5 * MINUTE)
    call_command("okey_watch")
    said = capsys.readouterr().out.replace("\xa0", " ").splitlines()
    assert said == ["All is well.", "Beat, the broker or the workers have stopped: no sign of life for 5 minutes."]
    assert Trouble.objects.get(name="pulse").since == timezone.now()
