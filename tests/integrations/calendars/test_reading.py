"""A calendar at an address is read into its mirror, and what goes wrong there costs nobody a time that is known."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import portion
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from integrations.calendars import busy, choosing, mirror
from integrations.calendars.models import BusyTime, Calendar
from meetings.booking import bookings
from meetings.hours import availability
from meetings.models import Meeting
from okey.lib import opened_hosts
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.calendars.publishing import HOUR, NINE, NOW, Publisher, read
from tests.integrations.calendars.test_expansion import calendar
from tests.meetings.booking.cast import wish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def wished(hours: int) -> bookings.Wish:
    return replace(wish(), starts_at=NINE + timedelta(hours=hours, days=2))


def free(owner: Owner, starts_at: datetime) -> bool:
    return availability.is_free(owner, starts_at, minutes=60)


WEDNESDAY = NINE + timedelta(days=1)


def test_what_stands_in_it_takes_the_time(alice: Owner, bob: Owner, mine: Calendar) -> None:
    assert free(alice, WEDNESDAY)
    done = read(mine)
    assert (done.trouble, done.events, done.read_at, done.due_at >= NOW + mirror.EVERY) == ("", 1, NOW, True)
    assert not free(alice, WEDNESDAY)
    assert free(alice, WEDNESDAY + timedelta(hours=1))
    assert free(bob, WEDNESDAY)
    assert WEDNESDAY not in [slot.starts_at for slot in availability.free_slots(alice, until=NOW + timedelta(days=9))]


def test_it_keeps_no_title_and_shows_no_address(
    alice_client: Client, publisher: Publisher, mine: Calendar, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.body = calendar(f"{HOUR.format(2)}|SUMMARY:Dentist")
    read(mine)
    row = BusyTime.objects.values().get()
    assert "Dentist" not in repr(row)
    pages = alice_client.get("/settings/calendars/").content + alice_client.get("/settings/").content
    assert b"private-secret" not in pages
    assert b"private-secret" not in repr(Calendar.objects.values().get()).encode()
    assert "private-secret" not in caplog.text


def test_what_has_not_changed_is_not_read_again(publisher: Publisher, mine: Calendar) -> None:
    read(mine)
    read(mine)
    assert "If-None-Match" in publisher.asked[-1]
    publisher.headers = []
    ids = set(BusyTime.objects.values_list("pk", flat=True))
    publisher.body = calendar(HOUR.format(2), HOUR.format(3))
    read(mine)
    assert BusyTime.objects.count() == 2
    assert ids < set(BusyTime.objects.values_list("pk", flat=True)), "only what differs is written"
    publisher.body = calendar(HOUR.format(3))
    read(mine)
    assert BusyTime.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        ("401 Unauthorized", b"", "refused"),
        ("404 Not Found", b"", "gone"),
        ("410 Gone", b"", "gone"),
        ("500 Oops", b"", "unreachable"),
        ("200 OK", b"<!doctype html><html>Sign in</html>", "no_calendar"),
        ("200 OK", b"", "no_calendar"),
        ("200 OK", calendar(), "emptied"),
        ("200 OK", b"BEGIN:VCALENDAR\r\n" + b"X" * (5 * 1024 * 1024), "too_large"),
        ("302 Found", b"", "redirected"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_neither_free_nor_full(
    alice: Owner, publisher: Publisher, mine: Calendar, clock: Any, status: str, body: bytes, trouble: str
) -> None:
    publisher.body = calendar(*[HOUR.format(day) for day in range(2, 8)])
    publisher.headers = []
    read(mine)
    clock.shift(timedelta(minutes=20))
    publisher.status, publisher.body = status, body
    failed = read(mine)
    assert failed.trouble == trouble
    assert failed.read_at == NOW
    assert not free(alice, WEDNESDAY)
    assert free(alice, WEDNESDAY + timedelta(hours=1))
    assert not Mail.objects.exists()
    for _half_hour in range(3):
        clock.shift(timedelta(minutes=31))
        read(mine)
    (mail,) = Mail.objects.all()
    assert "Work cannot be read" in mail.subject
    assert "private-secret" not in mail.text
    publisher.status, publisher.body = "200 OK", calendar(HOUR.format(3))
    well = read(mine)
    assert (well.trouble, well.failing_since, well.told_at) == ("", None, None)
    assert free(alice, WEDNESDAY)


def test_an_emptied_calendar_is_believed_after_a_day(
    alice: Owner, publisher: Publisher, mine: Calendar, clock: Any
) -> None:
    publisher.body, publisher.headers = calendar(*[HOUR.format(day) for day in range(2, 8)]), []
    read(mine)
    publisher.body = calendar()
    assert read(mine).trouble == "emptied"
    clock.shift(timedelta(days=1, minutes=1))
    assert read(mine).trouble == ""
    assert not BusyTime.objects.exists()


def test_who_asks_to_be_left_alone_is(publisher: Publisher, mine: Calendar) -> None:
    publisher.status, publisher.headers = "503 Busy", ["Retry-After: 7200"]
    assert read(mine).due_at >= NOW + timedelta(seconds=7199)


def test_a_redirect_is_followed_only_where_an_address_may_lead(
    publisher: Publisher, mine: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.status, publisher.headers = "302 Found", ["Location: http://169.254.169.254/latest"]
    assert read(mine).trouble == "redirected"
    assert len(publisher.asked) == 1
    publisher.headers = ["Location: http://["]
    assert read(mine).trouble == "unreachable"
    with Publisher() as other:
        publisher.headers = [f"Location: {other.url}/there.ics"]
        assert read(mine).trouble == ""


def test_an_address_that_became_private_is_not_called(
    publisher: Publisher, mine: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: False)
    assert read(mine).trouble == "private_address"
    assert publisher.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/a.ics",
        "https://127.0.0.1/a.ics",
        "https://10.0.0.1/a.ics",
        "https://u:p@example.com/a.ics",
    ],
)
def test_such_addresses_are_refused(alice: Owner, url: str) -> None:
    with pytest.raises(ValidationError):
        choosing.add_address(owner=alice, url=url)


def test_webcal_is_https_and_the_name_is_the_hosts(alice: Owner) -> None:
    added = choosing.add_address(owner=alice, url="webcal://example.com/a.ics")
    assert added.opened("secret") == "https://example.com/a.ics"
    assert added.name == "example.com"


def test_an_owner_has_six_at_most(alice: Owner) -> None:
    for _number in range(6):
        choosing.add_address(owner=alice, url="https://example.com/a.ics")
    with pytest.raises(ValidationError):
        choosing.add_address(owner=alice, url="https://example.com/a.ics")


def test_six_calendars_cost_no_query_more_than_none(
    alice: Owner, publisher: Publisher, django_assert_num_queries: Any
) -> None:
    def ask() -> None:
        with django_assert_num_queries(4):
            availability.free_slots(alice, until=NOW + timedelta(days=20))

    ask()
    for _number in range(6):
        read(choosing.add_address(owner=alice, url=f"{publisher.url}/a.ics"))
    ask()


def test_busy_evenings_cost_nothing(
    alice: Owner, publisher: Publisher, mine: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], portion.closedopen
    monkeypatch.setattr(portion, "closedopen", lambda *span: made.append(span) or make(*span))

    def cost() -> int:
        made.clear()
        assert availability.free_slots(alice, until=NOW + timedelta(days=20))
        return len(made)

    without = cost()
    publisher.publish("DTSTART:20261124T190000Z|DURATION:PT1H|RRULE:FREQ=DAILY")
    read(mine)
    assert busy.times(alice.pk, NOW, NOW + timedelta(days=20)).count() == 20
    assert cost() == without


def test_okeys_own_entries_do_not_stand_in_their_own_way(alice: Owner, publisher: Publisher, mine: Calendar) -> None:
    booked = bookings.book(alice, wished(0), request_key="one", is_address_confirmed=True)
    Meeting.objects.filter(pk=booked.meeting_id).update(starts_at=WEDNESDAY, ends_at=WEDNESDAY + timedelta(hours=1))
    publisher.body = calendar(f"UID:{booked.pk}|{HOUR.format(2)}")
    read(mine)
    assert busy.times(alice.pk, NOW, NOW + timedelta(days=9)).count() == 1
    assert availability.is_free(alice, WEDNESDAY, minutes=60, ignoring=booked.meeting_id)
    assert not free(alice, WEDNESDAY)


def test_a_long_absence_takes_all_its_days(alice: Owner, publisher: Publisher, mine: Calendar) -> None:
    publisher.body = calendar("DTSTART;VALUE=DATE:20261124|DTEND;VALUE=DATE:20261223")
    read(mine)
    first = availability.next_free(alice, after=NOW, limit=1)
    assert first[0].starts_at == datetime(2026, 12, 23, 8, tzinfo=UTC)


def test_another_zone_of_the_owners_is_another_calendar(alice: Owner, publisher: Publisher, mine: Calendar) -> None:
    publisher.body = calendar("DTSTART:20261202T090000|DURATION:PT1H")
    read(mine)
    assert BusyTime.objects.get().starts_at == WEDNESDAY
    alice.timezone = ZoneInfo("America/New_York")
    alice.save()
    assert Calendar.objects.get().due_at == NOW, "it is read at once"
    read(mine)
    assert BusyTime.objects.get().starts_at == WEDNESDAY + timedelta(hours=6)


def test_what_is_anothers_is_not_there(charlie_client: Client, mine: Calendar) -> None:
    for path in ("", "again/", "remove/"):
        assert charlie_client.post(f"/settings/calendars/{mine.pk}/{path}").status_code == 404
    assert charlie_client.get(f"/settings/calendars/{mine.pk}/").status_code == 404
    assert Calendar.objects.exists()


def test_the_owner_adds_changes_and_removes(alice_client: Client, alice: Owner, publisher: Publisher) -> None:
    assert "None yet" in alice_client.get("/settings/calendars/").content.decode()
    refused = alice_client.post("/settings/calendars/", {"url": "ftp://x"}).content.decode()
    assert "O-Key cannot read a calendar there" in refused
    alice_client.post("/settings/calendars/", {"url": f"{publisher.url}/a.ics", "name": "Work"})
    one = Calendar.objects.get(owner=alice)
    assert "Is being read" in alice_client.get("/settings/calendars/").content.decode()
    publisher.status = "404 Not Found"
    read(one)
    page = alice_client.get("/settings/calendars/").content.decode()
    assert "Try again" in page
    assert "Work cannot be read" in alice_client.get("/settings/").content.decode()
    alice_client.post(f"/settings/calendars/{one.pk}/again/")
    assert Calendar.objects.get().due_at == NOW
    publisher.status = "200 OK"
    read(one)
    assert "Counts" in alice_client.get("/settings/calendars/").content.decode()
    chosen = {
        "name": "Job",
        "all_day": "never",
        "tentative": "always",
        "when_unread": "nothing",
        "addresses": "a@b.example",
    }
    alice_client.post(f"/settings/calendars/{one.pk}/", chosen)
    changed = Calendar.objects.get()
    assert (changed.name, changed.all_day, changed.marks, changed.due_at) == ("Job", "never", {}, NOW)
    alice_client.post(f"/settings/calendars/{one.pk}/remove/")
    assert not Calendar.objects.exists()
    assert not BusyTime.objects.exists()
