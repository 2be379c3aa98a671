"""Free times, and what they come from."""

from datetime import date, time, timedelta

import pytest

from meetings.models import DateOverride, MeetingSettings, WorkingHours
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import read, scheduled
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db

TUESDAY = "since=2026-03-03T00:00:00Z&until=2026-03-04T00:00:00Z"


def starts(program: Caller, query: str) -> list[str]:
    return [slot["starts_at"][11:16] for slot in read(program.get(f"/slots?{query}"))["items"]]


def test_what_is_offered_can_be_booked_and_is_then_not_offered_any_more(program: Caller, ann: Contact) -> None:
    said = read(program.get(f"/slots?{TUESDAY}"))
    assert (len(said["items"]), said["minutes"], said["timezone"], said["has_more"]) == (16, 30, "Europe/Berlin", False)
    first = said["items"][0]
    assert first == {"starts_at": "2026-03-03T08:00:00Z", "ends_at": "2026-03-03T08:30:00Z", "seats_left": None}
    body = {"contact_id": str(ann.pk), "title": "Kick-off", "starts_at": first["starts_at"]}
    read(program.post("/meetings", body), 201)
    assert starts(program, TUESDAY)[0] == "08:30"


def test_by_default_from_now_for_a_week(program: Caller) -> None:
    found = read(program.get("/slots"))["items"]
    assert found[0]["starts_at"] == "2026-03-02T10:00:00Z"  # four hours from now, as is the notice
    assert found[-1]["starts_at"] == "2026-03-06T15:30:00Z"


def test_as_many_as_asked_and_whether_there_are_more(program: Caller) -> None:
    said = read(program.get(f"/slots?{TUESDAY}&limit=15"))
    assert (len(said["items"]), said["has_more"]) == (15, True)
    last = said["items"][-1]["starts_at"]
    rest = read(program.get(f"/slots?since={last}&until=2026-03-04T00:00:00Z&limit=2"))
    assert ([slot["starts_at"] for slot in rest["items"]][1:], rest["has_more"]) == (["2026-03-03T15:30:00Z"], False)


def test_another_length(program: Caller) -> None:
    said = read(program.get(f"/slots?{TUESDAY}&minutes=480"))
    assert said["items"] == [
        {"starts_at": "2026-03-03T08:00:00Z", "ends_at": "2026-03-03T16:00:00Z", "seats_left": None}
    ]
    assert said["minutes"] == 480


def test_a_meeting_that_is_to_be_moved_is_not_in_its_own_way(program: Caller, alice: Owner, ann: Contact) -> None:
    said = scheduled(alice, ann)
    assert "09:00" not in starts(program, TUESDAY)
    assert "09:00" in starts(program, f"{TUESDAY}&moving={said['id']}")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=today", "since"),
        ("since=2026-03-03", "since"),
        ("since=9999-12-31T23:00:00Z", "since"),
        ("until=2026-03-01T00:00:00Z", "until"),
        ("since=2026-03-03T00:00:00Z&until=2026-03-03T00:00:00Z", "until"),
        ("since=2026-03-03T00:00:00Z&until=2026-06-03T00:00:00Z", "until"),
        ("until=9999-12-31T23:59:59Z", "until"),
        ("minutes=0", "minutes"),
        ("minutes=1441", "minutes"),
        ("minutes=half", "minutes"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("moving=0b7c2c5e-5b0e-4d0e-9f3a-2f6a1c9d8e7f", "moving"),
        ("moving=x", "moving"),
    ],
)
def test_what_is_no_span(program: Caller, query: str, field: str) -> None:
    assert problem(program.get(f"/slots?{query}"), 422, "invalid")["errors"][0]["field"] == field


def test_a_span_in_the_past_has_no_free_times(program: Caller) -> None:
    assert starts(program, "since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z") == []
    assert starts(program, "since=0001-01-01T00:00:00Z&until=0001-01-02T00:00:00Z") == []


def test_the_owners_hours_and_rules(program: Caller, alice: Owner, monday: object) -> None:
    assert len(read(program.get("/availability"))["working_hours"]) == 5
    MeetingSettings.objects.create(owner=alice, slot_minutes=45, buffer_after_minutes=10, daily_maximum=3)
    WorkingHours.objects.create(owner=alice, weekday=4, starts=time(13), ends=time(0))
    WorkingHours.objects.create(owner=alice, weekday=0, starts=time(9), ends=time(12, 30))
    today = date(2026, 3, 2)
    DateOverride.objects.create(owner=alice, date=today + timedelta(days=1))
    DateOverride.objects.create(owner=alice, date=today, starts=time(10), ends=time(11))
    DateOverride.objects.create(owner=alice, date=today - timedelta(days=1))
    assert read(program.get("/availability")) == {
        "timezone": "Europe/Berlin",
        "minutes": 45,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 10,
        "notice_minutes": 240,
        "horizon_days": 60,
        "daily_maximum": 3,
        "reminds_day_before": True,
        "reminds_hour_before": True,
        "working_hours": [
            {"weekday": 0, "starts": "09:00", "ends": "12:30"},
            {"weekday": 4, "starts": "13:00", "ends": "00:00"},
        ],
        "date_overrides": [
            {"date": "2026-03-02", "starts": "10:00", "ends": "11:00"},
            {"date": "2026-03-03", "starts": None, "ends": None},
        ],
    }
