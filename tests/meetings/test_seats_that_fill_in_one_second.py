"""Clients who want a seat of one group in the same second: all seats are taken, once each, in one meeting."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from meetings import scheduling
from meetings.booking import bookings
from meetings.booking.bookings import HasSeat, NotOffered, Wish
from meetings.client import actions
from meetings.hours import availability
from meetings.models import Invitation, LinkJob, Meeting, MeetingType
from meetings.types import editing
from okey.owners.models import Owner
from tests.meetings.booking.cast import MADRID, bookable
from tests.meetings.page_cast import connect_zoom

ATTEMPTS, SEATS, CLIENTS = 200, 20, 25

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workshop(alice: Owner) -> MeetingType:
    bookable(alice)
    connect_zoom(alice)
    return editing.add(alice, name="Workshop", lengths=[60], seats=SEATS)


def wishes_for(workshop: MeetingType, number: int) -> list[Wish]:
    """Of as many clients, for the first time on offer that is not today: that may be over within the test."""
    after = timezone.now() + timedelta(days=1)
    slot = availability.next_free(workshop.owner, after=after, limit=1, minutes=60, meeting_type=workshop)[0]
    return [
        Wish(f"Client {one}", f"client{one}@client.example", slot.starts_at, MADRID, meeting_type=workshop, minutes=60)
        for one in range(number)
    ]


def attempt(owner: Owner, wish: Wish, key: str) -> Invitation | None:
    """None: it was refused."""
    try:
        return bookings.book(owner, wish, request_key=key, is_address_confirmed=False)
    except (scheduling.SlotTaken, HasSeat, NotOffered):
        return None


def together(clients: int, act: Callable[[int], list[Invitation | None]]) -> list[Invitation | None]:
    """Each in a thread of their own, all at once."""
    starts = Barrier(clients)

    def one(client: int) -> list[Invitation | None]:
        starts.wait(60)
        try:
            return act(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return [outcome for each in pool.map(one, range(clients)) for outcome in each]


def test_of_two_hundred_attempts_on_twenty_seats_twenty_people_come_into_one_meeting_with_one_link(
    workshop: MeetingType,
) -> None:
    wishes = wishes_for(workshop, ATTEMPTS)
    wanted = wishes[0].starts_at
    outcomes = together(
        CLIENTS,
        lambda client: [
            attempt(workshop.owner, wishes[number], f"click {number}") for number in range(client, ATTEMPTS, CLIENTS)
        ],
    )
    booked = [outcome for outcome in outcomes if outcome is not None]
    assert len(outcomes) == ATTEMPTS
    assert len(booked) == SEATS
    meeting = Meeting.objects.get()
    assert (meeting.starts_at, meeting.title, meeting.provider) == (wanted, "Workshop", "zoom")
    assert {one.meeting_id for one in booked} == {meeting.pk}
    assert LinkJob.objects.count() == 1
    assert len({one.token for one in booked}) == len({one.contact_id for one in booked}) == SEATS
    assert meeting.invitations.filter(left_at=None).count() == SEATS
    assert not availability.is_free(workshop.owner, wanted, minutes=60, meeting_type=workshop)


def test_one_person_who_books_from_many_tabs_at_once_has_one_seat(workshop: MeetingType) -> None:
    [wish] = wishes_for(workshop, 1)
    outcomes = together(10, lambda client: [attempt(workshop.owner, wish, f"tab {client}")])
    assert len([outcome for outcome in outcomes if outcome]) == 1
    assert Meeting.objects.get().invitations.count() == 1


def test_one_click_that_is_sent_many_times_at_once_is_one_seat(workshop: MeetingType) -> None:
    [wish] = wishes_for(workshop, 1)
    outcomes = together(10, lambda _client: [attempt(workshop.owner, wish, "one click")])
    assert {outcome.pk for outcome in outcomes if outcome} == {Invitation.objects.get().pk}
    assert None not in outcomes


def test_seats_that_the_owner_changes_while_people_book_are_never_more_than_they_ever_were(
    workshop: MeetingType,
) -> None:
    wishes = wishes_for(workshop, 24)
    raised, lowered = 12, 8

    def act(client: int) -> list[Invitation | None]:
        if client == 0:
            for seats in (lowered, raised, lowered):
                editing.change(workshop.owner, workshop.pk, seats=seats)
            return []
        return [attempt(workshop.owner, wishes[number], f"click {number}") for number in range(client - 1, 24, 12)]

    editing.change(workshop.owner, workshop.pk, seats=lowered)
    outcomes = together(13, act)
    booked = [outcome for outcome in outcomes if outcome is not None]
    meeting = Meeting.objects.get()
    assert lowered <= len(booked) <= raised
    assert meeting.invitations.filter(left_at=None).count() == len(booked)
    # Those who are in stay in, and nobody else comes.
    late = Wish(**{**vars(wishes[0]), "email": "late@client.example"})
    assert attempt(workshop.owner, late, "late") is None


def test_when_all_leave_at_once_the_meeting_is_cancelled_and_each_of_them_is_told_once(workshop: MeetingType) -> None:
    for number, wish in enumerate(wishes_for(workshop, 5)):
        attempt(workshop.owner, wish, f"click {number}")
    meeting = Meeting.objects.get()
    ways = list(meeting.invitations.select_related("meeting__owner", "contact"))

    def leave(client: int) -> list[Invitation | None]:
        actions.cancel(ways[client])
        return []

    together(5, leave)
    meeting.refresh_from_db()
    assert meeting.is_cancelled
    assert meeting.invitations.filter(left_at=None).count() == 1
    assert meeting.events.filter(kind="left").count() == 4
    assert meeting.events.filter(kind="cancelled").count() == 1
