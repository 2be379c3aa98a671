"""Lists in pages: each row once, in order, at the same cost for one row as for fifty."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings import diary
from meetings.models import Invitation, Meeting, MeetingEvent, ProviderMeeting
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests.meetings.api.calls import TOMORROW_AT_TEN, read, scheduled
from tests.meetings.page_cast import connect_zoom, contact_of, meeting_of
from tests.okey.api.caller import Caller, problem

pytestmark = pytest.mark.django_db


def pages(program: Caller, path: str) -> Iterator[list[dict[str, Any]]]:
    """From the first to the last."""
    cursor = ""
    while True:
        page = read(program.get(f"{path}&cursor={cursor}"))
        yield page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def titles(program: Caller, query: str) -> list[str]:
    return [item["title"] for item in read(program.get(f"/meetings?{query}"))["items"]]


@pytest.mark.parametrize("order", ["soonest", "latest"])
def test_every_meeting_comes_once_also_where_many_start_at_once(program: Caller, alice: Owner, order: str) -> None:
    starts_at = timezone.now() + timedelta(days=1)
    for number in range(7):
        meeting_of(alice, title=str(number), starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    meeting_of(alice, title="first", starts_at=starts_at - timedelta(microseconds=1))
    found = list(pages(program, f"/meetings?limit=3&order={order}"))
    assert [len(page) for page in found] == [3, 3, 2]
    names = [item["title"] for page in found for item in page]
    assert names[0 if order == "soonest" else -1] == "first"
    assert sorted(names) == ["0", "1", "2", "3", "4", "5", "6", "first"]


def test_a_meeting_that_is_new_moves_no_page(program: Caller, alice: Owner) -> None:
    for hours in (10, 20, 30):
        meeting_of(alice, title=f"in {hours}", hours=hours)
    first = read(program.get("/meetings?limit=2"))
    meeting_of(alice, title="new", hours=5)
    second = read(program.get(f"/meetings?limit=2&cursor={first['next_cursor']}"))
    assert [item["title"] for item in second["items"]] == ["in 30"]


def test_a_cursor_works_only_for_the_list_that_it_comes_from(program: Caller, alice: Owner) -> None:
    for hours in (10, 20):
        meeting_of(alice, hours=hours)
    cursor = read(program.get("/meetings?limit=1"))["next_cursor"]
    for other in ("/meetings?order=latest", "/meetings?status=over", "/meetings?search=kick", "/events?limit=1"):
        problem(program.get(f"{other}&cursor={cursor}"), 422, "invalid")
    assert read(program.get(f"/meetings?limit=50&cursor={cursor}"))["next_cursor"] is None


def test_a_list_by_time_contact_status_and_words(program: Caller, alice: Owner) -> None:
    ann, ben = contact_of(alice), contact_of(alice, "Ben Bo")
    meeting_of(alice, title="over", hours=-5, contact=ann)
    meeting_of(alice, title="now", hours=-0.1, contact=ann)
    meeting_of(alice, title="soon", hours=5, contact=ben)
    meeting_of(alice, title="cancelled", hours=30, contact=ann, cancelled_at=timezone.now())
    assert titles(program, "") == ["over", "now", "soon", "cancelled"]
    assert titles(program, "status=scheduled") == ["now", "soon"]
    assert titles(program, "status=over") == ["over"]
    assert titles(program, "status=cancelled") == ["cancelled"]
    assert titles(program, f"contact_id={ben.pk}") == ["soon"]
    assert titles(program, "search=ben") == ["soon"]
    assert titles(program, "since=2026-03-02T06:00:00Z&until=2026-03-02T11:00:00Z") == []
    assert titles(program, "since=2026-03-02T06:00:00Z&until=2026-03-02T12:00:00.1%2B01:00") == ["soon"]
    assert titles(program, "until=2026-03-02T05:00:00Z") == ["over"]


def test_the_diary_newest_first_of_one_meeting_and_of_all(program: Caller, alice: Owner, ann: Contact) -> None:
    one, other = scheduled(alice, ann), scheduled(alice, ann, hours=2)
    diary.note(one["id"], "unavailable", "Zoom is not answering.", tracking_id="rid-1")
    mine = read(program.get(f"/meetings/{one['id']}/events"))["items"]
    assert [event["kind"] for event in mine] == ["unavailable", "scheduled"]
    assert mine[0] == {
        "id": MeetingEvent.objects.latest("pk").pk,
        "meeting_id": one["id"],
        "kind": "unavailable",
        "text": "Zoom is not answering.",
        "is_problem": True,
        "tracking_id": "rid-1",
        "at": "2026-03-02T06:00:00Z",
    }
    everything = [event for page in pages(program, "/events?limit=2") for event in page]
    assert [event["meeting_id"] for event in everything] == [one["id"], other["id"], one["id"]]


def test_the_diary_since_a_moment(program: Caller, alice: Owner, ann: Contact, monday: Any) -> None:
    scheduled(alice, ann)
    monday.shift(60)
    scheduled(alice, ann, hours=1)
    since = "since=2026-03-02T06:01:00Z"
    assert len(read(program.get(f"/events?{since}"))["items"]) == 1
    assert len(read(program.get("/events?since=2026-03-02T06:00:00Z"))["items"]) == 2


def _many(owner: Owner, count: int) -> None:
    for number in range(count):
        contact = contact_of(owner, f"c{number} Client")
        meeting = meeting_of(owner, contact=contact, hours=number + 1)
        ProviderMeeting.objects.create(meeting=meeting, provider="zoom")
        Invitation.objects.create(meeting=meeting, contact=contact, email=contact.email)
        diary.note(meeting.pk, "scheduled", "Scheduled.")


def _groups(owner: Owner, count: int) -> None:
    """Each with two people in it, and a guest."""
    for number in range(count):
        people = [contact_of(owner, f"{name}{number} Client") for name in ("one", "other", "guest")]
        meeting = meeting_of(owner, contact=people[0], hours=number + 1, is_group=True)
        for one in people:
            Invitation.objects.create(meeting=meeting, contact=one, email=one.email, is_guest=one is people[2])


def test_twenty_groups_cost_as_many_queries_as_one(program: Caller, alice: Owner) -> None:
    counts = []
    for more in (1, 19):
        _groups(alice, more)
        program.get("/me")
        with CaptureQueriesContext(connection) as queries:
            items = read(program.get("/meetings?limit=100"))["items"]
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert len(items) == 20
    assert {len(item["people"]) for item in items} == {3}
    assert {len(item["guests"]) for item in items} == {1}


@pytest.mark.parametrize("path", ["/meetings?limit=100", "/events?limit=100", "/slots?limit=100"])
def test_fifty_rows_cost_as_many_queries_as_one(program: Caller, alice: Owner, path: str) -> None:
    connect_zoom(alice)
    counts = []
    for more in (1, 49):
        _many(alice, more)
        program.get("/me")  # the minute's first call notes the token's use
        with CaptureQueriesContext(connection) as queries:
            read(program.get(path))
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
    assert Meeting.objects.count() == 50


def test_a_call_costs_as_many_queries_with_fifty_meetings_as_with_one(
    program: Caller, alice: Owner, ann: Contact
) -> None:
    connect_zoom(alice)
    counts = []
    for round_, more in enumerate((1, 49)):
        _many(alice, more)
        program.get("/me")
        with CaptureQueriesContext(connection) as queries:
            said = scheduled(alice, ann, hours=round_)
            read(program.get(f"/meetings/{said['id']}"))
            read(program.patch(f"/meetings/{said['id']}", {"title": "New"}))
            read(program.post(f"/meetings/{said['id']}/cancel"))
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


def test_the_contact_of_a_free_time(program: Caller, ann: Contact) -> None:
    assert TOMORROW_AT_TEN.isoformat().replace("+00:00", "Z") in str(read(program.get("/slots")))
