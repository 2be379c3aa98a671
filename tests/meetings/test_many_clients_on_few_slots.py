"""Clients who want one time in the same second: one gets it, the others get the next ones. On both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from meetings import scheduling
from meetings.hours import availability
from meetings.hours.availability import Slot
from meetings.models import Meeting
from okey.contacts.models import Contact

ATTEMPTS, SLOTS, CLIENTS = 200, 20, 25


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_attempts_on_twenty_slots_twenty_succeed_and_the_rest_get_the_next_ones(ann: Contact) -> None:
    # From tomorrow: the next time of today may be over within the test.
    since, until = (timezone.now() + timedelta(days=days) for days in (1, 30))
    wanted = [slot.starts_at for slot in availability.free_slots(ann.owner, since=since, until=until, limit=SLOTS)]
    together = Barrier(CLIENTS)

    def attempts(client: int) -> list[Meeting | list[Slot]]:
        """Of each client, eight, one after the other; each slot is tried ten times, by as many clients."""
        together.wait(30)
        try:
            return [attempt(ann, wanted[number % SLOTS]) for number in range(client, ATTEMPTS, CLIENTS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        outcomes = [outcome for each in pool.map(attempts, range(CLIENTS)) for outcome in each]
    booked = [outcome for outcome in outcomes if isinstance(outcome, Meeting)]
    refusals = [outcome for outcome in outcomes if not isinstance(outcome, Meeting)]
    assert sorted(meeting.starts_at for meeting in booked) == wanted
    assert Counter(Meeting.objects.values_list("starts_at", flat=True)) == Counter(wanted)
    assert len(refusals) == ATTEMPTS - SLOTS
    assert all(len(next_free) == 5 for next_free in refusals)


def attempt(contact: Contact, starts_at: datetime) -> Meeting | list[Slot]:
    plan = scheduling.Plan(title="Call", starts_at=starts_at, minutes=30)
    try:
        return scheduling.schedule(owner=contact.owner, contact=contact, plan=plan, must_be_offered=True)
    except scheduling.SlotTaken as taken:
        return taken.next_free
