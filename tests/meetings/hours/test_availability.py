"""Which times an owner offers. The clocks in Berlin change on 25 October 2026 (03:00 comes back to 02:00) and on
28 March 2027 (02:00 becomes 03:00)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetings.hours import availability
from meetings.models import DateOverride, Meeting, MeetingSettings, WorkingHours
from okey.contacts.models import Contact
from okey.owners.models import Owner

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_MOMENT, LAST_MOMENT = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MONDAY = datetime(2026, 8, 3, tzinfo=BERLIN)


@pytest.fixture(autouse=True)
def sunday_before() -> Any:
    with time_machine.travel(datetime(2026, 8, 2, 8, tzinfo=BERLIN), tick=False):
        yield


def offered(owner: Owner, day: datetime = MONDAY, days: int = 1, **options: Any) -> list[str]:
    """What the clocks in the owner's zone show at each start."""
    until = (day + timedelta(days=days)).astimezone(UTC)
    slots = availability.free_slots(owner, since=day, until=until, **options)
    return [f"{slot.starts_at.astimezone(owner.timezone):%H:%M}" for slot in slots]


def keep(owner: Owner, **settings: Any) -> None:
    MeetingSettings.objects.update_or_create(owner=owner, defaults=settings)


def work(owner: Owner, starts: str, ends: str, weekday: int = 0) -> None:
    WorkingHours.objects.create(
        owner=owner, weekday=weekday, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends)
    )


def meet(contact: Contact, starts: datetime, minutes: int = 30, **fields: Any) -> Meeting:
    ends_at = starts.astimezone(UTC) + timedelta(minutes=minutes)
    return Meeting.objects.create(
        owner=contact.owner,
        contact=contact,
        title="Taken",
        starts_at=starts,
        minutes=minutes,
        ends_at=ends_at,
        timezone="UTC",
        **fields,
    )


def test_an_owner_who_decided_nothing_offers_half_hours_from_nine_to_five_on_weekdays(alice: Owner) -> None:
    times = offered(alice)
    assert (times[:2], times[-1], len(times)) == (["09:00", "09:30"], "16:30", 16)
    week = availability.free_slots(alice, until=MONDAY + timedelta(days=7))
    assert {slot.starts_at.astimezone(BERLIN).weekday() for slot in week} == set(range(5))


def test_slots_are_in_utc_and_as_long_as_the_owner_decided(alice: Owner) -> None:
    keep(alice, slot_minutes=45)
    [slot] = availability.free_slots(alice, until=MONDAY + timedelta(days=1), limit=1)
    assert (slot.starts_at, slot.starts_at.tzinfo) == (MONDAY.replace(hour=9), UTC)
    assert slot.ends_at - slot.starts_at == timedelta(minutes=45)


def test_hours_may_have_several_ranges_a_day_and_go_past_midnight(alice: Owner) -> None:
    keep(alice, slot_minutes=60)
    work(alice, "09:15", "11:30")
    work(alice, "22:30", "00:00")
    work(alice, "00:00", "01:00", weekday=1)
    assert offered(alice, days=2) == ["09:15", "10:15", "22:30", "23:30", "00:00"]


def test_hours_go_past_midnight_at_the_end_of_a_week_too(alice: Owner) -> None:
    keep(alice, slot_minutes=60)
    work(alice, "22:30", "00:00", weekday=6)
    work(alice, "00:00", "00:30")
    assert offered(alice, days=7) == ["22:30", "23:30"]


def test_an_override_of_today_holds(alice: Owner) -> None:
    keep(alice, notice_minutes=0)
    DateOverride.objects.create(owner=alice, date=date(2026, 8, 2), starts=time(13), ends=time(14))
    assert offered(alice, MONDAY - timedelta(days=1)) == ["13:00", "13:30"]


def test_an_owner_who_decided_to_have_no_hours_offers_none(alice: Owner) -> None:
    keep(alice, has_own_hours=True)
    assert offered(alice, days=30) == []


def test_an_override_replaces_the_hours_of_its_date(alice: Owner) -> None:
    DateOverride.objects.create(owner=alice, date=date(2026, 8, 3), starts=time(13), ends=time(14))
    DateOverride.objects.create(owner=alice, date=date(2026, 8, 3), starts=time(20), ends=time(21))
    DateOverride.objects.create(owner=alice, date=date(2026, 8, 4))
    assert offered(alice, days=2) == ["13:00", "13:30", "20:00", "20:30"]


def test_a_meeting_takes_its_time_and_does_not_shift_the_grid(alice: Owner, ann: Contact) -> None:
    meet(ann, MONDAY.replace(hour=9, minute=10), minutes=25)
    assert offered(alice)[:2] == ["10:00", "10:30"]


def test_a_cancelled_meeting_and_another_owners_take_nothing(alice: Owner, bob: Owner, ann: Contact) -> None:
    meet(ann, MONDAY.replace(hour=9), cancelled_at=MONDAY)
    bens = Contact.objects.create(owner=bob, name="Ben", email="ben@example.com")
    meet(bens, MONDAY.replace(hour=10))
    assert len(offered(alice)) == 16


def test_the_larger_of_the_free_times_is_kept_between_two_meetings(alice: Owner, ann: Contact) -> None:
    keep(alice, buffer_before_minutes=5, buffer_after_minutes=31)
    meet(ann, MONDAY.replace(hour=12))
    assert [time for time in offered(alice) if "10:30" < time < "14:00"] == ["13:30"]


def test_nothing_is_offered_before_the_notice_or_beyond_the_horizon(alice: Owner) -> None:
    keep(alice, notice_minutes=26 * 60 + 1, horizon_days=2)
    assert offered(alice, days=30)[0] == "10:30"
    last = availability.free_slots(alice, until=MONDAY + timedelta(days=30))[-1]
    assert last.starts_at == datetime(2026, 8, 4, 16, 30, tzinfo=BERLIN)


def test_a_full_day_offers_nothing_and_the_day_is_the_owners(alice: Owner, ann: Contact) -> None:
    keep(alice, daily_maximum=1)
    meet(ann, datetime(2026, 8, 3, 23, 30, tzinfo=UTC))  # Tuesday in Berlin
    assert len(offered(alice)) == 16
    assert offered(alice, MONDAY + timedelta(days=1)) == []


def test_a_meeting_that_is_to_be_moved_stands_in_nobodys_way(alice: Owner, ann: Contact) -> None:
    keep(alice, daily_maximum=1)
    meeting = meet(ann, MONDAY.replace(hour=9))
    assert offered(alice) == []
    assert len(offered(alice, ignoring=meeting.pk)) == 16


def test_another_length_keeps_the_grid(alice: Owner) -> None:
    work(alice, "09:00", "11:00")
    assert offered(alice, minutes=90) == ["09:00", "09:30"]


def test_an_hour_that_the_clocks_skip_has_no_slot(alice: Owner) -> None:
    keep(alice, horizon_days=366)
    work(alice, "01:00", "04:00", weekday=6)
    assert offered(alice, datetime(2027, 3, 28, tzinfo=BERLIN)) == ["01:00", "01:30", "03:00", "03:30"]


def test_an_hour_that_comes_twice_is_offered_once(alice: Owner) -> None:
    keep(alice, horizon_days=366)
    work(alice, "01:30", "03:30", weekday=6)
    assert offered(alice, datetime(2026, 10, 25, tzinfo=BERLIN)) == ["01:30", "02:00", "02:30", "03:00"]


def test_only_a_time_on_the_grid_is_free(alice: Owner, ann: Contact) -> None:
    meet(ann, MONDAY.replace(hour=11))
    assert availability.is_free(alice, MONDAY.replace(hour=10))
    for taken in [MONDAY.replace(hour=11), MONDAY.replace(hour=10, minute=7), MONDAY.replace(hour=20)]:
        assert not availability.is_free(alice, taken)


@pytest.mark.parametrize("odd", [FIRST_MOMENT, LAST_MOMENT, datetime(2031, 1, 1, tzinfo=UTC)])
def test_a_time_centuries_away_is_not_free(alice: Owner, odd: datetime) -> None:
    assert not availability.is_free(alice, odd)


def test_nothing_comes_after_the_last_moment(alice: Owner) -> None:
    assert availability.next_free(alice, after=LAST_MOMENT) == []


def test_the_next_free_times_come_soonest_first(alice: Owner) -> None:
    slots = availability.next_free(alice, after=MONDAY.replace(hour=16), limit=3)
    starts = [slot.starts_at.astimezone(BERLIN) for slot in slots]
    assert [f"{moment:%a %H:%M}" for moment in starts] == ["Mon 16:00", "Mon 16:30", "Tue 09:00"]


def test_a_closed_owner_offers_nothing(alice: Owner) -> None:
    alice.is_active = False
    assert offered(alice) == []


def test_a_year_of_a_busy_owner_costs_as_many_queries_as_a_day_of_an_idle_one(alice: Owner, ann: Contact) -> None:
    def cost(days: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            availability.free_slots(alice, until=MONDAY + timedelta(days=days))
        return len(queries)

    keep(alice, horizon_days=366)
    idle = cost(1)
    half_hours = (MONDAY + timedelta(days=number // 6, hours=9 + number % 6) for number in range(2000))
    Meeting.objects.bulk_create(
        Meeting(
            owner=alice,
            contact=ann,
            title="Busy",
            starts_at=starts,
            minutes=30,
            ends_at=starts + timedelta(minutes=30),
            timezone="UTC",
        )
        for starts in half_hours
    )
    assert cost(366) == idle == 4
