"""Clients book while as many events are written into the owner's calendar behind O-Key's back.

What stood in the calendar before a client's booking began is never booked over where the calendar answered; where it
did not, the booking says so to its owner. OKEY_CLIENTS: how many; 200 are tried by hand.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations.calendars import live, mirror
from integrations.calendars.models import Calendar
from meetings import scheduling
from meetings.booking import bookings
from meetings.hours import asking, availability, rules
from meetings.models import Meeting, MeetingEvent
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.google_fixtures import CALENDAR, authorize
from tests.google_simulator import GoogleSimulator
from tests.integrations.calendars.echo import Echo
from tests.integrations.calendars.pushed import deliver, work
from tests.integrations.calendars.signed_in import NOW, read
from tests.meetings.booking.cast import bookable, wish

CLIENTS = int(os.environ.get("OKEY_CLIENTS") or 40)
AT_ONCE = 4
#: Every so many clients a call gets no answer; beyond live.AN_HOUR questions are not even asked.
UNANSWERED = 5
HALF_HOUR = timedelta(minutes=30)
#: A message has its calendar read so soon.
PUSHED_WITHIN = timedelta(seconds=30)
#: An account whose readings failed three times in a row is left alone for less.
AFTER_A_REST = timedelta(minutes=5)
FLAG = "did not answer when it was booked"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no calendar without an answer."""
    monkeypatch.setattr(live, "SECONDS", 60.0)


@pytest.fixture
def mine(google: GoogleSimulator, alice: Owner) -> Calendar:
    bookable(alice)
    rules.change_rules(owner=alice, horizon_days=60, notice_minutes=0)
    authorize(google, alice, service=CALENDAR)
    return read(Calendar.objects.get())


@pytest.fixture
def told(mine: Calendar, google: GoogleSimulator, settings: Settings) -> Iterator[Calendar]:
    """Its vendor tells of its changes, and was heard."""
    with Echo() as okey:
        settings.OKEY_BASE_URL = okey.url
        read(mine)
        work()
        deliver(Client(), google.pushes(1)[0])
        yield mine


class Person:
    """Who puts events into their calendar, one after the other. `done`: the times at which one stands there."""

    def __init__(self, there: GoogleSimulator) -> None:
        self._there = there
        self.done: set[datetime] = set()

    def put(self, slot: datetime) -> None:
        start, end = (f"{one:%Y-%m-%dT%H:%M:%S}" for one in (slot, slot + HALF_HOUR))
        self._there.add_entries("will", {"title": "Mine", "start": start, "end": end, "zone": "UTC"})
        self.done.add(slot)


def book(owner: Owner, slot: datetime, number: int) -> None:
    """As the booking page does."""
    asking.ask(owner, slot)
    one = wish(starts_at=slot, email=f"client{number}@client.example")
    with suppress(scheduling.SlotTaken):
        bookings.book(owner, one, request_key=f"client {number}", is_address_confirmed=False)


def not_at_all(_mine: Calendar, _google: GoogleSimulator) -> None:
    """O-Key learns of the events by its questions alone."""


def by_polls(mine: Calendar, _google: GoogleSimulator) -> None:
    """What a worker does with a calendar that is due; nothing where another one has it."""
    Calendar.objects.filter(pk=mine.pk).update(due_at=NOW)
    _read_if_due(mine)


def by_pushes(mine: Calendar, google: GoogleSimulator) -> None:
    """What the vendor has sent last comes to O-Key's address, and a worker comes by when that has made it due."""
    if sent := google.pushes()[1:]:
        assert deliver(Client(), sent[-1]).status_code == 202
        Calendar.objects.filter(pk=mine.pk, due_at__lte=timezone.now() + PUSHED_WITHIN).update(due_at=NOW)
        _read_if_due(mine)


def _read_if_due(mine: Calendar) -> None:
    claim = claims.take(Calendar, mine.pk, seconds=mirror.LEASE_SECONDS)
    if claim is not None:
        mirror.work_on(claim)


#: How O-Key hears of the events, beside its questions.
HEARD = [not_at_all, by_polls, by_pushes]


def run(owner: Owner, person: Person, slots: list[datetime], meanwhile: Callable[[int], None]) -> set[datetime]:
    """Half of the events stand there, the others come while clients book. Which stood there before each one began."""
    half = len(slots) // 2
    for slot in slots[:half]:
        person.put(slot)
    begun, stood = threading.Semaphore(0), set()

    def client(first: int) -> None:
        try:
            for number in range(first, len(slots), AT_ONCE):
                slot = slots[number * 77 % len(slots)]  # each another time, from all over the calendar
                meanwhile(number)
                if slot in person.done:
                    stood.add(slot)
                begun.release()
                book(owner, slot, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        under_way = [pool.submit(client, first) for first in range(AT_ONCE)]
        for slot in slots[half:]:
            for _client in range(2):  # an event for every other client
                assert begun.acquire(timeout=90)
            person.put(slot)
        for one in under_way:
            one.result()
    return stood


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hear", HEARD, ids=lambda one: one.__name__)
def test_nobody_is_booked_over_what_the_calendar_said(
    google: GoogleSimulator,
    mine: Calendar,
    alice: Owner,
    hear: Callable[[Calendar, GoogleSimulator], None],
    request: pytest.FixtureRequest,
    clock: time_machine.Traveller,
) -> None:
    if hear is by_pushes:
        request.getfixturevalue("told")
    until = NOW + timedelta(days=60)
    *slots, last = [one.starts_at for one in availability.free_slots(alice, until=until, limit=CLIENTS + 1)]
    assert len(slots) == CLIENTS
    hearing = threading.Lock()

    def meanwhile(number: int) -> None:
        if number % UNANSWERED == 0:
            google.fault("events", "status", status=503)
        if number % 10 == 9 and hearing.acquire(blocking=False):
            try:
                hear(mine, google)
            finally:
                hearing.release()

    person = Person(google)
    stood = run(alice, person, slots, meanwhile)

    booked = dict(Meeting.objects.filter(cancelled_at=None).values_list("starts_at", "pk"))
    assert len(booked) == Meeting.objects.count()
    over = {booked[slot] for slot in stood if slot in booked}
    flagged = set(MeetingEvent.objects.filter(kind="calendar_unsure").values_list("meeting", flat=True))
    assert over <= flagged, "a double booking, and the calendar had answered"
    assert Mail.objects.filter(to=alice.email, text__contains=FLAG).count() == len(flagged)
    print(
        f"heard {hear.__name__}: {len(booked)} booked of {CLIENTS}, {len(stood)} times stood in the calendar before;"
        f" booked over them with an answer 0, without one {len(over)}, each of which says so ({len(flagged)} do)"
    )

    # That somebody was refused above is likely; here it is certain.
    google.clear_faults()
    clock.shift(AFTER_A_REST)
    person.put(last)
    assert not read(mine).trouble
    book(alice, last, CLIENTS)
    assert not Meeting.objects.filter(starts_at=last).exists(), "nobody is refused"
    assert flagged, "every question was answered, so that this shows nothing"
    assert set(booked.values()) - flagged, "no question was answered, so that this shows nothing"
