"""Real CalDAV servers (Radicale and Xandikos) are found, read and asked, and entries are written to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from integrations.calendars.base import CannotRead, Entry, Marks, Outcome, Standing
from integrations.calendars.caldav import CalDav, discovery
from integrations.calendars.caldav.http import Access
from integrations.calendars.expansion.events import Found, Question
from okey.lib import opened_hosts
from tests.calendar_servers import PASSWORD, CalendarServer
from tests.integrations.calendars.test_expansion import calendar

SECONDS = 60
UID = str(UUID(int=7))
MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTRY = Entry(
    UID, 1, "Meeting, with Bob; really", MONDAY, MONDAY + HOUR, "O-Key\nwords", "https://zoom.example/j/1", MONDAY
)
MOVED = replace(ENTRY, sequence=2, starts_at=MONDAY + 3 * HOUR, ends_at=MONDAY + 4 * HOUR)
source = CalDav()


@pytest.fixture(autouse=True)
def loopback_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_hosts, "allows_loopback", lambda: True)


def ask(since: datetime = MONDAY - timedelta(days=3), days: float = 30, **more: Any) -> Question:
    return Question("Europe/Berlin", since, since + timedelta(days=days), frozenset({"alice@example.com"}), **more)


def read(dav: CalendarServer, question: Question | None = None) -> Found:
    found = source.read(dav.secret, Marks(), question or ask(), seconds=SECONDS).found
    assert found is not None
    return found


def starts(found: Found) -> list[str]:
    return [f"{one.starts_at:%m-%d %H:%M}" for one in sorted(found.busy)]


def write(dav: CalendarServer, entry: Entry, known: Standing | None) -> tuple[Outcome, Standing | None]:
    written = source.write(dav.secret, entry, known, seconds=SECONDS)
    return written.outcome, written.there


def remove(dav: CalendarServer, known: Standing | None) -> tuple[Outcome, Standing | None]:
    written = source.remove(dav.secret, UID, known, seconds=SECONDS)
    return written.outcome, written.there


def test_the_calendars_are_found_from_the_servers_name(dav: CalendarServer) -> None:
    home = discovery.find(dav.url, dav.user, PASSWORD, seconds=SECONDS)
    found = next(one for one in home.calendars if one.url == dav.calendar)
    assert found.can_write
    assert found.name in {"Work", "calendar"}
    assert discovery.find(home.url, dav.user, PASSWORD, seconds=SECONDS).calendars == home.calendars
    straight = discovery.find(dav.calendar, dav.user, PASSWORD, seconds=SECONDS)
    assert found in straight.calendars


TWICE = "RRULE:FREQ=DAILY;COUNT=2"
#: By their UIDs: the entry, and when it takes time.
CASES = {
    "one": ("DTSTART:20261207T090000Z|DURATION:PT1H", ["12-07 09:00"]),
    "declined": ("DTSTART:20261207T090000Z|DURATION:PT1H|ATTENDEE;PARTSTAT=DECLINED:mailto:Alice@example.com", []),
    "free": ("DTSTART:20261207T090000Z|DURATION:PT1H|TRANSP:TRANSPARENT", []),
    "cancelled": ("DTSTART:20261207T090000Z|DURATION:PT1H|STATUS:CANCELLED", []),
    "all day": ("DTSTART;VALUE=DATE:20261207", ["12-06 23:00"]),
    "floating": ("DTSTART:20261207T090000|DURATION:PT1H", ["12-07 08:00"]),
    "without an end": ("DTSTART:20261207T090000Z", []),
    "endless": ("DTSTART:20231225T090000Z|DURATION:PT1H|RRULE:FREQ=YEARLY", ["12-25 09:00"]),
    "a hole": (f"DTSTART:20261207T150000Z|DURATION:PT1H|{TWICE}|EXDATE:20261207T150000Z", ["12-08 15:00"]),
    "longer than the window": ("DTSTART:20261101T000000Z|DTEND:20270301T000000Z", ["11-01 00:00"]),
}  # fmt: skip


def test_what_stands_there_is_read_each_by_its_rules(dav: CalendarServer) -> None:
    for number, (uid, (event, _expected)) in enumerate(CASES.items()):
        dav.put(f"{number}.ics", calendar(f"UID:{uid}|{event}"))
    found = read(dav)
    assert found.skipped == 0
    for uid, (_event, expected) in CASES.items():
        assert starts(Found({one for one in found.busy if one.uid == uid})) == expected, uid
    hour = ask(MONDAY, days=1 / 24)
    now = source.ask(dav.secret, Marks(), hour, seconds=SECONDS).found
    assert now is not None
    assert now.busy == {one for one in found.busy if one.starts_at < hour.until and one.ends_at > hour.since}


def test_a_moved_occurrence_is_where_it_was_moved_to(dav: CalendarServer) -> None:
    series = "UID:s|DTSTART:20261207T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2"
    dav.put("one.ics", calendar(series, "UID:s|RECURRENCE-ID:20261208T090000Z|DTSTART:20261220T130000Z|DURATION:PT1H"))
    assert starts(read(dav)) == ["12-07 09:00", "12-20 13:00"]


def test_two_zones_of_one_name_are_two_zones(dav: CalendarServer) -> None:
    for name, offset in (("one", "+0500"), ("two", "-0500")):
        zone = f"BEGIN:VTIMEZONE|TZID:Customized|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:{offset}|"
        head = f"{zone}TZOFFSETTO:{offset}|END:STANDARD|END:VTIMEZONE"
        dav.put(f"{name}.ics", calendar(f"UID:{name}|DTSTART;TZID=Customized:20261207T120000|DURATION:PT1H", head=head))
    assert starts(read(dav)) == ["12-07 07:00", "12-07 17:00"]


def test_what_has_not_changed_is_not_read_again(dav: CalendarServer) -> None:
    dav.put("one.ics", calendar("UID:a|DTSTART:20261207T090000Z|DURATION:PT1H"))
    first = source.read(dav.secret, Marks(), ask(), seconds=SECONDS)
    assert source.read(dav.secret, first.marks, ask(), seconds=SECONDS).found is None
    dav.put("one.ics", calendar("UID:a|DTSTART:20261208T090000Z|DURATION:PT1H"))
    second = source.read(dav.secret, first.marks, ask(), seconds=SECONDS)
    assert second.found is not None
    assert starts(second.found) == ["12-08 09:00"]
    dav.delete("one.ics")
    third = source.read(dav.secret, second.marks, ask(), seconds=SECONDS)
    assert third.found == Found()


def test_a_calendar_that_is_not_there_is_gone(dav: CalendarServer) -> None:
    secret = str(
        Access(dav.calendar.replace("/work/", "/nowhere/").replace("/calendar/", "/nowhere/"), dav.user, PASSWORD)
    )
    with pytest.raises(CannotRead, match="gone"):
        source.read(secret, Marks(), ask(), seconds=SECONDS)
    written = source.write(secret, ENTRY, None, seconds=SECONDS)
    assert (written.outcome, str(written.why)) == (Outcome.REFUSED, "gone")


def test_a_wrong_password_is_named(calendar_servers: dict[str, CalendarServer]) -> None:
    server = calendar_servers["radicale"]
    with pytest.raises(CannotRead, match="password"):
        discovery.find(server.url, server.user, "wrong", seconds=SECONDS)
    secret = str(Access(server.calendar, server.user, "wrong"))
    for call in (
        lambda: source.read(secret, Marks(), ask(), seconds=SECONDS),
        lambda: source.ask(secret, Marks(), ask(), seconds=SECONDS),
    ):
        with pytest.raises(CannotRead, match="password"):
            call()
    assert source.write(secret, ENTRY, None, seconds=SECONDS).why == "password"
    assert source.remove(secret, UID, None, seconds=SECONDS).why == "password"


def test_an_entry_is_entered_moved_and_removed(dav: CalendarServer) -> None:
    outcome, there = write(dav, ENTRY, None)
    assert outcome is Outcome.DONE
    assert dav.names() == [f"{UID}.ics"]
    assert starts(read(dav)) == ["12-07 09:00"]
    outcome, there = write(dav, MOVED, there)
    assert outcome is Outcome.DONE
    assert starts(read(dav)) == ["12-07 12:00"]
    assert there is not None
    assert source.look(dav.secret, UID, None, seconds=SECONDS) == there
    assert remove(dav, there) == (Outcome.DONE, None)
    assert dav.names() == []
    assert source.look(dav.secret, UID, there, seconds=SECONDS) is None


def test_whatever_answer_was_lost_the_same_again_makes_no_second_entry(dav: CalendarServer) -> None:
    """The answer, and what would have been recorded of it, never came: the very same call is made again."""
    _lost, first = write(dav, ENTRY, None)
    assert write(dav, ENTRY, None) == (Outcome.DONE, first)
    write(dav, MOVED, first)
    outcome, moved = write(dav, MOVED, first)
    assert outcome is Outcome.DONE
    assert len(dav.names()) == 1
    remove(dav, moved)
    assert remove(dav, moved) == (Outcome.DONE, None)
    assert remove(dav, None) == (Outcome.DONE, None)


def test_a_move_after_a_lost_first_answer_finds_the_entry(dav: CalendarServer) -> None:
    write(dav, ENTRY, None)
    outcome, there = write(dav, MOVED, None)
    assert outcome is Outcome.CHANGED
    assert there is not None
    assert ENTRY.agrees_with(there)
    assert write(dav, MOVED, there)[0] is Outcome.DONE
    outcome, there = remove(dav, None)
    assert (outcome, len(dav.names())) == (Outcome.CHANGED, 1), "nothing is taken out that nobody has looked at"
    assert remove(dav, there) == (Outcome.DONE, None)


def test_what_the_owner_does_to_it_is_seen_and_not_undone(dav: CalendarServer) -> None:
    _done, mine = write(dav, ENTRY, None)
    theirs = dav.get(f"{UID}.ics").replace("DTSTART:20261207T090000Z", "DTSTART:20261207T083000Z")
    dav.put(f"{UID}.ics", theirs.encode())
    for outcome, there in (write(dav, MOVED, mine), remove(dav, mine)):
        assert outcome is Outcome.CHANGED
        assert there is not None
        assert there.starts_at == MONDAY - HOUR / 2
    assert starts(read(dav)) == ["12-07 08:30"]
    dav.delete(f"{UID}.ics")
    assert write(dav, MOVED, mine) == (Outcome.CHANGED, None)
    assert dav.names() == []


@pytest.mark.parametrize("copy", [ENTRY, MOVED], ids=["as it is", "as it was"])
def test_an_entry_that_a_mail_program_made_of_the_invitation_is_not_doubled(dav: CalendarServer, copy: Entry) -> None:
    """The owner's program has put it there from the mail: the same UID, under a name of its own."""
    write(dav, copy, None)
    text = dav.get(f"{UID}.ics")
    dav.delete(f"{UID}.ics")
    dav.put("from a mail.ics", text.encode())
    outcome, there = write(dav, ENTRY, None)
    assert outcome is (Outcome.DONE if copy is ENTRY else Outcome.CHANGED)
    assert there is not None
    assert there.place.endswith("from%20a%20mail.ics")
    assert write(dav, MOVED, there)[0] is Outcome.DONE
    assert dav.names() == ["from%20a%20mail.ics"]
