"""The private feed says what the meetings are, as calendars of others read it, and to nobody without its address."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
import vobject
from django.test import Client
from icalendar import Calendar

from meetings import scheduling
from meetings.feed import feeds
from meetings.feed.models import CalendarFeed
from meetings.invitations import words
from meetings.models import Meeting
from okey.owners.models import Owner
from tests.meetings.linking import Schedule

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stands() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def schedule(schedule: Schedule) -> Schedule:
    def without_provider(**changes: Any) -> Meeting:
        return schedule(**{"provider": "", **changes})

    return without_provider


def path_of(feed: CalendarFeed) -> str:
    return "/" + feeds.url(feed).split("/", 3)[3]


def read(feed: CalendarFeed, **headers: str) -> Any:
    return Client().get(path_of(feed), headers=headers)


def events(response: Any) -> dict[str, Any]:
    return {str(one["uid"]): one for one in Calendar.from_ical(response.content).walk("VEVENT")}


def test_it_has_each_meeting_under_the_uid_of_the_mails_with_its_join_link(alice: Owner, schedule: Schedule) -> None:
    meeting, waits = schedule(), schedule(title="No link yet")
    Meeting.objects.filter(pk=meeting.pk).update(join_url="https://zoom.us/j/123")
    found = events(read(feeds.switch_on(alice)))
    mine, other = found[str(meeting.invitations.get().pk)], found[str(waits.invitations.get().pk)]
    assert len(found) == 2
    assert (mine["summary"], mine["location"], mine["url"]) == ("Kick-off", *["https://zoom.us/j/123"] * 2)
    assert mine["dtstart"].dt == meeting.starts_at
    assert mine["dtend"].dt == meeting.ends_at
    assert mine["status"] == "CONFIRMED"
    assert "Ann Lee" in mine["description"]
    assert str(other["url"]).endswith(f"/meetings/{waits.pk}/")
    assert str(mine["uid"]) == words.entry(meeting.invitations.get()).uid


def test_a_cancelled_meeting_is_said_to_be_and_a_moved_one_moves(alice: Owner, schedule: Schedule) -> None:
    meeting, gone = schedule(), schedule()
    before = events(read(feeds.switch_on(alice)))
    plan = scheduling.Plan("Kick-off", meeting.starts_at + timedelta(hours=2), 30)
    scheduling.reschedule(owner=alice, meeting_id=meeting.pk, plan=plan)
    scheduling.cancel(owner=alice, meeting_id=gone.pk)
    after = events(read(CalendarFeed.objects.get()))
    uid, lost = str(meeting.invitations.get().pk), str(gone.invitations.get().pk)
    assert after[uid]["dtstart"].dt == meeting.starts_at + timedelta(hours=2)
    assert after[uid]["sequence"] > before[uid]["sequence"]
    assert after[lost]["status"] == "CANCELLED"
    assert "location" not in after[lost] or "zoom" not in after[lost]["location"]


def test_strict_readers_of_others_understand_it(alice: Owner, schedule: Schedule) -> None:
    title = "Ünïcode; with, commas \\ and a title long enough to be folded: 🎉🎉, naïve façade, 漢字漢字漢字漢字"
    meeting = schedule(title=title)
    body = read(feeds.switch_on(alice)).content
    assert body.endswith(b"\r\n")
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)
    read_by_vobject = vobject.readOne(body.decode())
    assert read_by_vobject.validate(raiseException=True)
    assert read_by_vobject.method.value == "PUBLISH"
    assert read_by_vobject.vevent.summary.value == meeting.title
    assert read_by_vobject.vevent.dtstart.value == meeting.starts_at
    calendar = Calendar.from_ical(body)
    assert calendar.errors == []
    assert [one.errors for one in calendar.walk("VEVENT")] == [[]]
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT30M\r\n" in body
    assert b"X-PUBLISHED-TTL:PT30M\r\n" in body
    (event,) = calendar.walk("VEVENT")
    for name in ("uid", "dtstamp", "dtstart", "dtend", "organizer", "sequence"):  # RFC 5546, 3.2.1
        assert name in event
    assert event["dtstamp"].dt.tzinfo is not None


def test_nothing_is_read_again_where_nothing_changed(alice: Owner, schedule: Schedule, stands: Any) -> None:
    meeting = schedule()
    feed = feeds.switch_on(alice)
    first = read(feed)
    stands.shift(timedelta(minutes=30))
    again = read(feed, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert read(feed, if_modified_since=first["Last-Modified"]).status_code == 304
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert read(feed, if_none_match=first["ETag"]).status_code == 200
    assert read(feed, if_modified_since=first["Last-Modified"]).status_code == 200


def test_nobody_on_the_way_keeps_it(alice: Owner) -> None:
    for response in (read(feeds.switch_on(alice)), read(CalendarFeed.objects.get(), if_none_match="*")):
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex"
    assert read(CalendarFeed.objects.get())["Content-Type"] == "text/calendar; charset=utf-8"


def test_an_empty_feed_is_a_calendar_too(alice: Owner) -> None:
    assert Calendar.from_ical(read(feeds.switch_on(alice)).content)["method"] == "PUBLISH"


def test_an_address_that_is_none_opens_nothing(alice: Owner, bob: Owner, schedule: Schedule) -> None:
    schedule()
    feed = feeds.switch_on(alice)
    path = path_of(feed)
    assert Client().get("/feeds/guessed.ics").status_code == 404
    assert Client().post(path).status_code == 405
    assert events(read(feeds.switch_on(bob))) == {}
    renewed = feeds.renew(alice)
    assert Client().get(path).status_code == 404
    assert len(events(read(renewed))) == 1
    Owner.objects.filter(pk=alice.pk).update(is_active=False)
    assert read(renewed).status_code == 404
    Owner.objects.filter(pk=alice.pk).update(is_active=True)
    feeds.switch_off(alice)
    assert read(renewed).status_code == 404


def test_the_address_is_nowhere_in_the_database(alice: Owner) -> None:
    feed = feeds.switch_on(alice)
    token = path_of(feed).split("/")[2].removesuffix(".ics")
    row = CalendarFeed.objects.values().get()
    assert token not in repr(row)
    assert token not in repr(row["token"].ciphertext)


def test_the_number_of_queries_does_not_grow(alice: Owner, schedule: Schedule, django_assert_num_queries: Any) -> None:
    feed = feeds.find(path_of(feeds.switch_on(alice)).split("/")[2].removesuffix(".ics"))
    assert feed is not None
    for number in range(5):
        schedule(starts_at=NOW + timedelta(days=number + 1))
    with django_assert_num_queries(3):  # none is past: meetings twice, invitations once
        feeds.written(feed)


def test_what_is_long_over_leaves_it(alice: Owner, schedule: Schedule, stands: Any) -> None:
    schedule()
    feed = feeds.switch_on(alice)
    stands.shift(timedelta(days=89))
    assert len(events(read(feed))) == 1
    stands.shift(timedelta(days=5))
    assert events(read(feed)) == {}


def test_who_asks_without_end_is_put_off(alice: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meetings.feed.views.READS_AN_HOUR", 2)
    feed = feeds.switch_on(alice)
    answers = [read(feed) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_owner_switches_it_in_settings(alice_client: Client, alice: Owner) -> None:
    assert "Switch on" in alice_client.get("/settings/calendars/").content.decode()
    alice_client.post("/settings/feed/switch/", {"to": "on"})
    first = feeds.url(CalendarFeed.objects.get(owner=alice))
    assert first in alice_client.get("/settings/feed/").content.decode()
    alice_client.post("/settings/feed/switch/", {"to": "on"})
    assert feeds.url(CalendarFeed.objects.get(owner=alice)) == first
    alice_client.post("/settings/feed/switch/", {"to": "new"})
    assert feeds.url(CalendarFeed.objects.get(owner=alice)) != first
    alice_client.post("/settings/feed/switch/", {"to": "off"})
    assert not CalendarFeed.objects.exists()
    assert alice_client.get("/settings/feed/switch/").status_code == 405
    assert Client().get("/settings/feed/").status_code == 302


def test_a_read_is_noted_once_an_hour(alice: Owner, stands: Any) -> None:
    feed = feeds.switch_on(alice)
    read(feed)
    stands.shift(timedelta(minutes=10))
    read(feed)
    feed.refresh_from_db()
    assert feed.read_at == NOW
