"""Series: made whole or not at all and once, moved and cancelled alone or together, each meeting with its own link."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from dateutil import tz
from dateutil.rrule import WEEKLY, rrule
from django.core.exceptions import ValidationError
from django.utils import timezone

from integrations.calendars.models import Calendar
from meetings import scheduling, series
from meetings.hours.repeating import Repeat
from meetings.links.state import Means, Status, link_state
from meetings.models import CalendarEntry, Invitation, LinkJob, Meeting, Series
from meetings.personal import erasing
from meetings.scheduling import Plan
from meetings.series import Reach
from okey.contacts.editing import add_contact, archive_contact
from okey.contacts.models import Contact
from okey.lib import claims
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Event, EventType
from tests.meetings import page_cast
from tests.meetings.linking import work
from tests.meetings.series.cast import START, make_links, meetings_with, schedule_series
from tests.okey.webhooks.messages import check_as_documented
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def traveller() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def starts(meetings: list[Meeting]) -> list[datetime]:
    return [one.starts_at for one in meetings]


@pytest.mark.usefixtures("traveller")
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
def test_52_are_at_the_owners_time_of_day_over_the_changes_of_the_clocks(alice: Owner, ann: Contact, zone: str) -> None:
    Owner.objects.update(timezone=ZoneInfo(zone))
    first = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo(zone))
    rule = rrule(WEEKLY, count=52, dtstart=datetime(2027, 3, 1, 10, tzinfo=tz.gettz(zone)))
    made = schedule_series(Owner.objects.get(pk=alice.pk), ann, times=52, starts_at=first)
    assert starts(made) == [one.astimezone(UTC) for one in rule]
    assert {one.timezone for one in made} == {zone}


@pytest.mark.usefixtures("traveller")
def test_each_is_an_ordinary_meeting(alice: Owner, ann: Contact) -> None:
    endpoints.add(owner=alice, url="https://hooks.example.com/okey", events=list(EventType.values))
    made = schedule_series(alice, ann, times=3, every_weeks=2, agenda="Weekly report")
    assert starts(made) == [START, START + timedelta(weeks=2), START + timedelta(weeks=4) - timedelta(hours=1)]
    assert Invitation.objects.filter(meeting__in=made).count() == len({one.pk for one in made}) == 3
    assert {one.agenda for one in made} == {"Weekly report"}
    told = Event.objects.filter(type="meeting.scheduled")
    assert {one.data["meeting_id"] for one in told} == {str(one.pk) for one in made}
    assert {one.data["series_id"] for one in told} == {str(made[0].series_id)}
    check_as_documented()
    assert all(one.events.get().text == "Scheduled." for one in made)


@pytest.mark.usefixtures("traveller")
def test_dates_may_be_left_out_and_the_rest_is_made(alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=4, left_out=[START, START + timedelta(weeks=2)])
    assert starts(made) == [START + timedelta(weeks=1), START + timedelta(weeks=3)]
    with pytest.raises(ValidationError) as caught:
        schedule_series(alice, ann, times=2, left_out=[START, START + timedelta(weeks=1)])
    assert list(caught.value.message_dict) == ["times"]


@pytest.mark.usefixtures("traveller")
@pytest.mark.parametrize(
    ("repeat", "field"),
    [(Repeat(1, 1), "times"), (Repeat(1, 53), "times"), (Repeat(1, 0), "times"), (Repeat(1, 10**9), "times"),
     (Repeat(0, 5), "every"), (Repeat(13, 5), "every"), (Repeat(-1, 5), "every")],
)  # fmt: skip
def test_wrong_counts_are_refused(alice: Owner, ann: Contact, repeat: Repeat, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        series.schedule(owner=alice, contact=ann, plan=Plan("Weekly", START, 30), repeat=repeat)
    assert list(caught.value.message_dict) == [field]
    assert (Series.objects.count(), Meeting.objects.count()) == (0, 0)


@pytest.mark.usefixtures("traveller")
def test_what_is_wrong_with_one_makes_none(alice: Owner, ann: Contact) -> None:
    with pytest.raises(ValidationError) as caught:  # the last is more than five years ahead
        schedule_series(alice, ann, times=52, every_weeks=12)
    assert list(caught.value.message_dict) == ["times"]
    archive_contact(contact=ann)
    ann.refresh_from_db()
    with pytest.raises(ValidationError):
        schedule_series(alice, ann)
    assert (Series.objects.count(), Meeting.objects.count()) == (0, 0)


@pytest.mark.usefixtures("traveller")
def test_the_same_key_is_the_same_series_and_another_owners_is_another(alice: Owner, bob: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=3, request_key="once")
    assert schedule_series(alice, ann, times=3, request_key="once") == made
    lee = add_contact(owner=bob, name="Lee", email="lee@example.com")
    assert not set(schedule_series(bob, lee, times=3, request_key="once")) & set(made)
    assert Series.objects.count() == 2
    assert schedule_series(alice, ann, times=2)[0].series_id != schedule_series(alice, ann, times=2)[0].series_id


@pytest.mark.usefixtures("traveller")
def test_killed_in_the_middle_nothing_is_there_and_the_next_try_makes_all(
    alice: Owner, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, schedule = [], scheduling.schedule

    def dies(**wanted: Any) -> Meeting:
        if len(made) == 20:
            raise KeyboardInterrupt
        made.append(schedule(**wanted))
        return made[-1]

    monkeypatch.setattr(scheduling, "schedule", dies)
    with pytest.raises(KeyboardInterrupt):
        schedule_series(alice, ann, times=30, request_key="once")
    assert len(made) == 20
    assert (Series.objects.count(), Meeting.objects.count(), LinkJob.objects.count()) == (0, 0, 0)
    monkeypatch.undo()
    assert len(schedule_series(alice, ann, times=30, request_key="once")) == 30


# --- Moving and cancelling --------------------------------------------------------------------------------


@pytest.mark.usefixtures("traveller")
def test_this_and_the_following_move_by_the_same_time_on_the_clock(alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann)
    third = made[2]
    plan = Plan(third.title, third.starts_at + timedelta(days=1, hours=4), 30)
    series.reschedule(owner=alice, meeting_id=third.pk, plan=plan)
    zone = ZoneInfo("Europe/Berlin")
    assert [f"{one.starts_at.astimezone(zone):%d %b %H:%M}" for one in meetings_with(third)] == [
        "01 Mar 10:00", "08 Mar 10:00", "16 Mar 14:00", "23 Mar 14:00", "30 Mar 14:00", "06 Apr 14:00",
    ]  # fmt: skip
    moved = made[4].events.first()
    assert moved is not None
    assert moved.text == ("Moved from Mon 29 Mar 2027, 10:00–10:30 to Tue 30 Mar 2027, 14:00–14:30.")


@pytest.mark.usefixtures("traveller")
def test_what_the_others_have_of_their_own_stays(alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=4)
    scheduling.reschedule(owner=alice, meeting_id=made[2].pk, plan=Plan("Review", made[2].starts_at, 60))
    scheduling.cancel(owner=alice, meeting_id=made[3].pk)
    series.reschedule(owner=alice, meeting_id=made[0].pk, plan=Plan("Weekly", START + timedelta(hours=1), 30))
    after = meetings_with(made[0])
    assert [(one.title, one.minutes) for one in after] == [("Weekly", 30)] * 2 + [("Review", 60)] + [("Weekly", 30)]
    assert [one.starts_at - was.starts_at for one, was in zip(after, made, strict=True)] == [
        timedelta(hours=1), timedelta(hours=1), timedelta(hours=1), timedelta(),
    ]  # fmt: skip


@pytest.mark.usefixtures("traveller")
def test_the_same_move_twice_is_once_and_some_may_be_left_out(alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=3)
    plan = Plan("Weekly", START + timedelta(hours=1), 30)
    for _click in range(2):
        series.reschedule(owner=alice, meeting_id=made[0].pk, plan=plan, left_out=[made[1].pk])
    after = meetings_with(made[0])
    assert [one.starts_at - was.starts_at for one, was in zip(after, made, strict=True)] == [
        timedelta(hours=1), timedelta(), timedelta(hours=1),
    ]  # fmt: skip
    assert [one.revision for one in after] == [2, 1, 2]


@pytest.mark.usefixtures("traveller")
def test_if_one_cannot_be_moved_none_is(alice: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=52, every_weeks=4)
    plan = Plan("Weekly", START + timedelta(days=600), 30)
    with pytest.raises(ValidationError) as caught:  # the last would be more than five years ahead
        series.reschedule(owner=alice, meeting_id=made[0].pk, plan=plan)
    assert list(caught.value.message_dict) == ["starts_at"]
    assert starts(meetings_with(made[0])) == starts(made)


def test_cancelling_reaches_what_was_said_and_not_what_is_over(alice: Owner, ann: Contact, traveller: Any) -> None:
    made = schedule_series(alice, ann)
    traveller.move_to(made[0].ends_at + timedelta(minutes=1))
    assert series.cancel(owner=alice, meeting_id=made[3].pk, reach=Reach.FOLLOWING) == 3
    assert [one.is_cancelled for one in meetings_with(made[0])] == [False, False, False, True, True, True]
    assert series.cancel(owner=alice, meeting_id=made[2].pk, reach=Reach.ALL) == 2
    assert [one.is_cancelled for one in meetings_with(made[0])] == [False, True, True, True, True, True]
    assert series.cancel(owner=alice, meeting_id=made[2].pk, reach=Reach.ALL) == 0


@pytest.mark.usefixtures("traveller")
def test_other_peoples_meetings_are_not_found(alice: Owner, bob: Owner, ann: Contact) -> None:
    made = schedule_series(alice, ann, times=2)
    with pytest.raises(Meeting.DoesNotExist):
        series.cancel(owner=bob, meeting_id=made[0].pk, reach=Reach.ALL)
    with pytest.raises(Meeting.DoesNotExist):
        series.reschedule(owner=bob, meeting_id=made[0].pk, plan=Plan("Weekly", START, 30))
    with pytest.raises(ValidationError):
        schedule_series(bob, ann, times=2)


def test_erasing_the_contact_leaves_nothing_of_it(alice: Owner, ann: Contact, traveller: Any) -> None:
    made = schedule_series(alice, ann, times=2, by_mail=False)
    traveller.move_to(made[-1].ends_at + timedelta(minutes=1))
    LinkJob.objects.update(due_at=None)
    erasing.erase(contact=ann)
    assert (Series.objects.count(), Meeting.objects.count()) == (0, 0)


@pytest.mark.usefixtures("traveller")
def test_each_is_entered_in_the_owners_own_calendar(alice: Owner, ann: Contact) -> None:
    Calendar.objects.create(owner=alice, source="caldav", name="Mine", takes_meetings=True)
    made = schedule_series(alice, ann, times=3)
    entries = CalendarEntry.objects.filter(meeting__in=made, due_at__isnull=False)
    assert entries.values("meeting").distinct().count() == 3
    CalendarEntry.objects.update(due_at=None)
    series.cancel(owner=alice, meeting_id=made[0].pk, reach=Reach.ALL)
    assert CalendarEntry.objects.filter(due_at__isnull=False).count() == 3


# --- Links ------------------------------------------------------------------------------------------------


def coming_monday() -> datetime:
    """At nine in UTC, at least a day ahead: the simulator's clock is the machine's."""
    day = timezone.now() + timedelta(days=8)
    return (day - timedelta(days=day.weekday())).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(weeks=1)


def test_52_links_are_one_call_each(zoom: ZoomSimulator, alice: Owner, ann: Contact) -> None:
    connect_zoom(zoom, alice)
    made = schedule_series(alice, ann, times=52, provider="zoom", starts_at=coming_monday())
    make_links()
    after = meetings_with(made[0])
    assert zoom.calls("create") == len(zoom.meetings()) == 52
    assert len({one.join_url for one in after} - {""}) == 52
    assert {one["start_time"] for one in zoom.meetings()} == {
        one.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ") for one in after
    }
    make_links()
    assert zoom.calls("create") == 52


def test_what_does_not_fit_into_zooms_day_waits_as_single_meetings_do(
    zoom: ZoomSimulator, alice: Owner, ann: Contact
) -> None:
    connect_zoom(zoom, alice)
    made = schedule_series(alice, ann, times=3, provider="zoom", starts_at=coming_monday())
    work(made[0])
    zoom.fault("create", "rate_limit_daily", times=2)
    make_links()
    after = meetings_with(made[0])
    assert [bool(one.join_url) for one in after] == [True, False, False]
    assert zoom.calls("create") == 2, "once the day is used up, the others do not ask"
    assert after[1].link_job.problem == LinkJob.Problem.DAILY_LIMIT
    assert link_state(after[1], Means.of(alice)).text.startswith("The daily limit of your Zoom account is used up.")
    for one in after[1:]:
        assert one.link_job.due_at is not None
        assert link_state(one, Means.of(alice)).status is Status.ON_ITS_WAY


def test_another_owner_does_not_wait_for_52(alice: Owner, bob: Owner, ann: Contact) -> None:
    """One turn an account: while one of the 52 is worked on, the next who looks gets the other owner's."""
    for owner in (alice, bob):
        page_cast.connect_zoom(owner)
    schedule_series(alice, ann, times=52, provider="zoom", starts_at=coming_monday())
    lee = add_contact(owner=bob, name="Lee", email="lee@example.com")
    plan = Plan("Another", coming_monday(), 30, provider="zoom")
    his = scheduling.schedule(owner=bob, contact=lee, plan=plan)
    first, second = (claims.take_next(LinkJob, seconds=60) for _worker in range(2))
    assert first is not None
    assert second is not None
    assert first.row().meeting.owner == alice
    assert second.pk == his.pk
