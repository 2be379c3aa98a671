"""Availability says the same as a slow reference that looks at the clock minute by minute, around every change of the
clocks in twelve zones over three years: forward and back, by half an hour and by two, at midnight, in Ramadan, and
once over a whole day that Apia skipped."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetings.hours import availability
from meetings.models import DateOverride, Meeting, MeetingSettings, WorkingHours
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.hours import slow_availability
from tests.meetings.hours.slow_availability import DAY, MINUTE, Case, Range

#: The first of the three years. Tehran and Apia have stopped changing their clocks.
ZONES = {
    "Europe/Berlin": 2026,
    "America/New_York": 2026,
    "America/St_Johns": 2026,
    "America/Santiago": 2026,
    "America/Havana": 2026,
    "Australia/Lord_Howe": 2026,
    "Pacific/Chatham": 2026,
    "Antarctica/Troll": 2026,
    "Africa/Casablanca": 2026,
    "Asia/Beirut": 2026,
    "Asia/Tehran": 2020,
    "Pacific/Apia": 2010,
}
QUARTERS = 96


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """More often than not at night, when clocks are changed."""
    begins = draw(st.one_of(st.integers(0, 16), st.integers(0, QUARTERS - 1)))
    quarters = draw(st.integers(1, 24))
    return begins * 15, min(begins + quarters, QUARTERS) * 15


day_ranges = st.lists(ranges(), max_size=3, unique_by=lambda hours: hours[0])
cases = st.builds(
    Case,
    weekly=st.dictionaries(st.integers(0, 6), day_ranges, min_size=3),
    overrides=st.dictionaries(st.integers(-1, 1), day_ranges, max_size=2),
    slot=st.sampled_from([10, 20, 30, 45, 60, 90, 150]),
    gaps=st.tuples(st.sampled_from([0, 0, 10, 45]), st.sampled_from([0, 0, 15, 60])),
    notice=st.integers(0, 1500),
    horizon=st.integers(1, 4),
    maximum=st.none() | st.integers(1, 3),
    now=st.integers(-3 * 1440, 200),
    meetings=st.lists(st.tuples(st.integers(-2000, 2000), st.integers(1, 400)), max_size=6),
)


@pytest.mark.parametrize("name", ZONES)
def test_no_slot_is_offered_twice_outside_the_hours_or_over_a_meeting(name: str, alice: Owner, ann: Contact) -> None:
    alice.timezone = zone = ZoneInfo(name)
    changes = slow_availability.changes(zone, ZONES[name])
    assert changes

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def says_the_same(case: Case) -> None:
        for change in changes:
            since, until = change - 1.2 * DAY, change + 1.2 * DAY
            slow = slow_availability.slots(case, zone, change, since, until)
            with owner_of(case, change, alice, ann):
                found = availability.free_slots(alice, since=since, until=until)
                assert [slot.starts_at for slot in found] == slow
                assert availability.next_free(alice, after=since, limit=3)[: len(slow)] == found[:3]
                assert all(slot.ends_at - slot.starts_at == case.slot * MINUTE for slot in found)

    says_the_same()


@contextmanager
def owner_of(case: Case, change: datetime, owner: Owner, contact: Contact) -> Iterator[None]:
    """The case in the database, as it is at the case's moment; gone again afterwards."""
    with transaction.atomic(), time_machine.travel(change + case.now * MINUTE, tick=False):
        keep_rules(case, change, owner)
        Meeting.objects.bulk_create(
            meeting(contact, change + starts * MINUTE, length) for starts, length in case.meetings
        )
        yield
        transaction.set_rollback(True)


def keep_rules(case: Case, change: datetime, owner: Owner) -> None:
    MeetingSettings.objects.create(
        owner=owner,
        slot_minutes=case.slot,
        buffer_before_minutes=case.gaps[0],
        buffer_after_minutes=case.gaps[1],
        notice_minutes=case.notice,
        horizon_days=case.horizon,
        daily_maximum=case.maximum,
        has_own_hours=True,
    )
    WorkingHours.objects.bulk_create(
        WorkingHours(owner=owner, weekday=weekday, starts=clock(starts), ends=clock(ends))
        for weekday, hours in case.weekly.items()
        for starts, ends in hours
    )
    day_zero = change.astimezone(owner.timezone).date()
    for number, hours in case.overrides.items():
        spans = [(clock(starts), clock(ends)) for starts, ends in hours] or [(None, None)]
        DateOverride.objects.bulk_create(
            DateOverride(owner=owner, date=day_zero + number * DAY, starts=starts, ends=ends) for starts, ends in spans
        )


def clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def meeting(contact: Contact, starts_at: datetime, minutes: int) -> Meeting:
    return Meeting(
        owner=contact.owner,
        contact=contact,
        title="Taken",
        starts_at=starts_at,
        minutes=minutes,
        ends_at=starts_at + timedelta(minutes=minutes),
        timezone="UTC",
    )
