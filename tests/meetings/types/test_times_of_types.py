"""What a type of meeting says of lengths, hours, notice, window and limits, in the one place that offers times."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from meetings import scheduling
from meetings.hours import availability, rules
from meetings.models import Meeting, MeetingType
from meetings.types import editing
from okey.contacts.models import Contact
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday; the owner's hours are 9 to 17 from Monday to Friday.
MONDAY = datetime(2026, 8, 3, tzinfo=BERLIN)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def sunday_before() -> Any:
    with time_machine.travel(MONDAY - timedelta(hours=12), tick=False):
        yield


def starts(owner: Owner, meeting_type: MeetingType, day: datetime = MONDAY, **more: Any) -> list[str]:
    """Of one day, on the owner's clocks."""
    found = availability.free_slots(owner, since=day, until=day + DAY, meeting_type=meeting_type, **more)
    return [f"{slot.starts_at.astimezone(BERLIN):%H:%M}" for slot in found]


def book(contact: Contact, meeting_type: MeetingType, starts_at: datetime, minutes: int = 60) -> Meeting:
    plan = scheduling.Plan(title="Kick-off", starts_at=starts_at, minutes=minutes)
    return scheduling.schedule(
        owner=contact.owner, contact=contact, plan=plan, must_be_offered=True, meeting_type=meeting_type
    )


def test_a_type_without_anything_of_its_own_is_as_the_owners_rules_say(alice: Owner) -> None:
    first = editing.own(alice)[0]
    assert starts(alice, first) == [f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 30)]
    rules.change_rules(owner=alice, slot_minutes=120)
    assert starts(alice, first) == ["09:00", "11:00", "13:00", "15:00"]


def test_its_shortest_length_is_the_step_of_its_grid(alice: Owner) -> None:
    talk = editing.add(alice, name="Talk", lengths=[240, 60])
    assert starts(alice, talk) == [f"{hour:02}:00" for hour in range(9, 17)]
    assert starts(alice, talk, minutes=240) == ["09:00", "10:00", "11:00", "12:00", "13:00"]


def test_its_own_hours_stand_in_place_of_the_owners(alice: Owner) -> None:
    talk = editing.add(alice, name="Talk", lengths=[60])
    talk = editing.set_hours(alice, talk.pk, {0: [(time(18), time(20))], 5: [(time(10), time(11))]})
    assert starts(alice, talk) == ["18:00", "19:00"]
    assert starts(alice, talk, MONDAY + 5 * DAY) == ["10:00"]
    assert starts(alice, talk, MONDAY + DAY) == []
    talk = editing.set_hours(alice, talk.pk, None)
    assert starts(alice, talk)[0] == "09:00"


def test_a_day_off_of_the_owners_is_one_for_its_own_hours_too(alice: Owner) -> None:
    talk = editing.add(alice, name="Talk", lengths=[60])
    talk = editing.set_hours(alice, talk.pk, {0: [(time(16), time(20))], 1: [(time(18), time(20))]})
    rules.override_dates(owner=alice, first=MONDAY.date(), last=MONDAY.date(), ranges=[(time(12), time(18))])
    rules.override_dates(owner=alice, first=(MONDAY + DAY).date(), last=(MONDAY + DAY).date(), ranges=[])
    assert starts(alice, talk) == ["16:00", "17:00"], "what both have in common"
    assert starts(alice, talk, MONDAY + DAY) == []


def test_its_own_notice_and_window(alice: Owner) -> None:
    soon = editing.add(alice, name="Soon", lengths=[60], notice_minutes=22 * 60)
    near = editing.add(alice, name="Near", lengths=[60], horizon_days=3)
    assert starts(alice, soon)[0] == "10:00"
    assert starts(alice, near, MONDAY + 2 * DAY)
    assert starts(alice, near, MONDAY + 3 * DAY) == []


def test_no_more_of_it_than_its_limits_a_day_and_a_week(alice: Owner, ann: Contact) -> None:
    talk = editing.add(alice, name="Talk", lengths=[60], a_day=1, a_week=2)
    first = book(ann, talk, MONDAY.replace(hour=9))
    assert starts(alice, talk) == [], "one a day"
    assert starts(alice, talk, ignoring=first.pk), "moved, it does not count"
    assert starts(alice, editing.own(alice)[0]), "other types are not limited by it"
    book(ann, talk, (MONDAY + 4 * DAY).replace(hour=9))
    assert starts(alice, talk, MONDAY + 2 * DAY) == [], "two a week"
    assert starts(alice, talk, MONDAY + 7 * DAY), "a new week"
    scheduling.cancel(owner=alice, meeting_id=first.pk)
    assert starts(alice, talk, MONDAY + 2 * DAY), "what is cancelled does not count"


def test_a_week_begins_on_monday_where_the_owner_is(alice: Owner, ann: Contact) -> None:
    talk = editing.add(alice, name="Talk", lengths=[60], a_week=1)
    every_day = {day: [(time(0), time(0))] for day in range(7)}
    talk = editing.set_hours(alice, talk.pk, every_day)
    book(ann, talk, (MONDAY + 7 * DAY))  # at midnight in Berlin it is Sunday still in UTC
    assert starts(alice, talk, MONDAY + 6 * DAY), "Sunday is of the week before"
    assert starts(alice, talk, MONDAY + 8 * DAY) == []
    assert starts(alice, talk, MONDAY + 13 * DAY) == [], "Sunday is of this week"
    assert starts(alice, talk, MONDAY + 14 * DAY)


def test_a_meeting_keeps_what_was_promised_when_it_was_booked(alice: Owner, ann: Contact) -> None:
    talk = editing.add(alice, name="Talk", lengths=[60], place="in_person", place_words="Hauptstraße 1")
    meeting = book(ann, talk, MONDAY.replace(hour=9))
    editing.change(alice, talk.pk, name="Other", place="phone", place_words="+49 30 1")
    meeting.refresh_from_db()
    assert (meeting.type_name, meeting.place, meeting.place_words) == ("Talk", "in_person", "Hauptstraße 1")


def test_it_is_moved_by_the_rules_of_its_type(alice: Owner, ann: Contact) -> None:
    talk = editing.add(alice, name="Talk", lengths=[60])
    talk = editing.set_hours(alice, talk.pk, {0: [(time(18), time(20))]})
    meeting = book(ann, talk, MONDAY.replace(hour=18))
    plan = scheduling.Plan(title=meeting.title, starts_at=MONDAY.replace(hour=10), minutes=60)
    with pytest.raises(scheduling.SlotTaken) as refusal:
        scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan, must_be_offered=True)
    assert refusal.value.next_free[0].starts_at == MONDAY.replace(hour=18)
