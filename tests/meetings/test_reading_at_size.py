"""Lists of meetings and of what happened read by an index, however long their owner's history is."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings import diary, reading, scheduling
from meetings.booking import bookings
from meetings.models import Meeting, MeetingEvent
from meetings.scheduling import Plan
from okey.api.paging import _beyond, _write
from okey.contacts.editing import change_contact
from okey.contacts.models import Contact
from okey.lib.folding import fold
from okey.lib.pages import by_keys
from okey.owners.models import Owner
from tests import plans
from tests.meetings.api.calls import read
from tests.meetings.page_cast import contact_of, meeting_of
from tests.okey.api.caller import Caller

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL reads")


def titles(owner: Owner, search: str) -> list[str]:
    return [meeting.title for meeting in reading.search(reading.meetings_of(owner), search, owner)]


def plan(title: str) -> Plan:
    return Plan(title=title, starts_at=timezone.now() + timedelta(days=1), minutes=30)


def test_a_search_knows_no_case_and_no_accents_and_follows_every_change(alice: Owner, bob: Owner) -> None:
    ann = contact_of(alice, "Ann Núñez")
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan("Café ÜBERSICHT"))
    meeting_of(bob, title="Café", contact=contact_of(bob, "Ann Núñez"))
    assert titles(alice, "cafe ubersicht nunez") == ["Café ÜBERSICHT"]

    scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan("Résumé"))
    change_contact(contact=ann, name="Zoë", company="Acme")
    assert titles(alice, "resume zoe") == ["Résumé"]
    assert titles(alice, "ACME") == ["Résumé"]
    assert titles(alice, "cafe") == titles(alice, "nunez") == []
    assert titles(bob, "acme") == []


def test_what_came_before_is_filled_in_by_the_migration(alice: Owner) -> None:
    fill = importlib.import_module("meetings.migrations.0017_fill_searched_and_owners")
    for number in range(5):
        meeting = meeting_of(alice, title=f"Über {number // 2}")
        MeetingEvent.objects.create(meeting=meeting, kind="scheduled", text="Scheduled.")
    Meeting.objects.update(searched="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fill, "BATCH", 2)
        fill.fill_titles(apps, connection.schema_editor())
        fill.fill_owners(apps, connection.schema_editor())

    assert [one.searched for one in Meeting.objects.all()] == [fold(one.title) for one in Meeting.objects.all()]
    assert set(MeetingEvent.objects.values_list("owner", flat=True)) == {alice.pk}


def test_each_line_of_the_diary_has_its_owner(alice: Owner) -> None:
    diary.note(meeting_of(alice).pk, "scheduled", "Scheduled.")

    assert MeetingEvent.objects.get().owner == alice


def test_a_cursor_from_before_goes_on(alice: Owner) -> None:
    """The owner is in no cursor: one that an older O-Key gave leads on."""
    program = Caller(alice)
    meeting = meeting_of(alice)
    for number in range(3):
        diary.note(meeting.pk, "scheduled", f"{number}")
    first = read(program.get("/events?limit=2"))

    assert first["next_cursor"].split(":")[0] == _write([first["items"][1]["id"]], "events None").split(":")[0]
    second = read(program.get(f"/events?limit=2&cursor={first['next_cursor']}"))
    assert [event["text"] for page in (first, second) for event in page["items"]] == ["2", "1", "0"]


@pytest.mark.parametrize("hours", [-23.9, -1, 0.5, 30])
def test_upcoming_and_past_share_out_all_meetings(alice: Owner, hours: float) -> None:
    """Also the longest that there is, which began a day ago."""
    for minutes in (1, 30, 1440):
        meeting_of(alice, hours=hours, minutes=minutes)
    mine = reading.meetings_of(alice)

    assert {one.is_over for one in reading.upcoming(mine)} <= {False}
    assert {one.is_over for one in reading.past(mine)} <= {True}
    assert reading.upcoming(mine).count() + reading.past(mine).count() == 3


def plan_of(rows: "QuerySet[Meeting] | QuerySet[MeetingEvent]") -> str:
    _fill()
    with connection.cursor() as cursor:
        for table in (Meeting, MeetingEvent):
            cursor.execute(f"ANALYZE {table._meta.db_table}")
    plans.close("seqscan", "bitmapscan", "sort")
    return rows.explain()


def _fill() -> None:
    """What twenty others did: which index pays depends on what the database knows of the tables."""
    others = [Owner.objects.create_user(f"other{number}@example.com", None, name="Other") for number in range(20)]
    for other in others:
        contact, now = contact_of(other, "Ann Lee"), timezone.now()
        made = Meeting.objects.bulk_create(
            Meeting(
                owner=other,
                contact=contact,
                title="Kick-off",
                starts_at=now + timedelta(hours=hours),
                ends_at=now + timedelta(hours=hours + 1),
                minutes=60,
                timezone="UTC",
            )
            for hours in range(-50, 50)
        )
        MeetingEvent.objects.bulk_create(
            MeetingEvent(meeting=one, owner=other, kind="scheduled", text="Scheduled.") for one in made
        )


@on_postgresql
def test_upcoming_meetings_are_read_from_now_on(alice: Owner) -> None:
    found = plan_of(by_keys(reading.upcoming(reading.meetings_of(alice)), 0, 26))

    condition = next(line for line in found.splitlines() if "Index Cond" in line and "owner_id" in line)
    assert "Index Only Scan using meetings_in_order" in found
    assert "starts_at >" in condition


def test_the_bookings_of_today_are_counted_from_today_on(alice: Owner) -> None:
    """By their start too, which the index of the owner's meetings has."""
    meeting_of(alice, source="booking")
    with CaptureQueriesContext(connection) as captured:
        assert bookings._links_today(alice, "zoom") == 1

    assert '"starts_at" >=' in captured[0]["sql"]


@on_postgresql
def test_past_meetings_are_read_from_now_back(alice: Owner) -> None:
    found = plan_of(by_keys(reading.past(reading.meetings_of(alice)), 0, 26))

    condition = next(line for line in found.splitlines() if "Index Cond" in line and "owner_id" in line)
    assert "Index Only Scan Backward using meetings_in_order" in found
    assert "starts_at <" in condition


@on_postgresql
def test_cancelled_meetings_are_found_without_reading_the_others(alice: Owner) -> None:
    assert "Index Only Scan Backward using meetings_in_order" in plan_of(
        by_keys(reading.cancelled(reading.meetings_of(alice)), 0, 26)
    )


@on_postgresql
def test_the_owners_diary_is_read_by_owner(alice: Owner) -> None:
    newest = MeetingEvent.objects.filter(owner=alice).order_by("-id")[:26]

    assert "using meeting_events_of_an_owner" in plan_of(newest)
    assert "meeting_events_since" in MeetingEvent.objects.filter(owner=alice, at__gte=timezone.now()).explain()


@on_postgresql
def test_a_deep_page_of_the_api_is_reached_by_the_index(alice: Owner) -> None:

    order = ("starts_at", "id")
    rows = reading.meetings_of(alice).filter(_beyond(order, [timezone.now(), alice.pk])).order_by(*order)
    condition = next(line for line in plan_of(rows[:26]).splitlines() if "Index Cond" in line and "owner_id" in line)

    assert "starts_at >=" in condition


def test_contacts_of_others_are_not_looked_through(alice: Owner, bob: Owner) -> None:
    """Bob's contact cannot make Alice's meeting be found."""
    meeting_of(alice, title="Kick-off", contact=contact_of(alice, "Ann Lee"))
    Contact.objects.create(owner=bob, name="Secret", email="ann@other.example")

    assert titles(alice, "secret") == []
