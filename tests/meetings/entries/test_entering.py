"""O-Key's meetings in the owner's own calendar, on a real server: each once, whatever crashes and whatever is lost."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import connections
from integrations.calendars import choosing, entering, servers
from integrations.calendars.base import Outcome, Written
from integrations.calendars.models import BusyTime, Calendar
from meetings import scheduling
from meetings.entries import deciding, making
from meetings.feed import feeds
from meetings.hours import availability
from meetings.invitations import words
from meetings.models import CalendarEntry, Meeting, MeetingType
from meetings.types import editing
from okey.contacts.models import Contact
from okey.owners.models import Owner
from tests import microsoft_fixtures
from tests.calendar_servers import CalendarServer
from tests.meetings import linking
from tests.meetings.entries.places import CalDavPlace, Place, SignedInPlace
from tests.meetings.entries.workers import Killed, go_on, read, work_all
from tests.meetings.linking import Schedule, edit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ON_CALDAV = pytest.mark.parametrize("there", ["on_caldav"], indirect=True)


def test_a_meeting_is_entered_moved_and_removed(
    alice: Owner, work: Calendar, there: Place, schedule: Schedule, clock: Any
) -> None:
    connections.connect(owner=alice, provider="jitsi")
    meeting = schedule(provider="jitsi")
    work_all()
    assert there.stand() == [], "it waits for its link for a moment"
    meeting = linking.work(meeting)
    work_all()
    (entry,) = there.stand()
    uid = str(meeting.invitations.get().pk)
    assert (entry.uid, entry.title, entry.starts_at, entry.ends_at) == (
        uid,
        "Kick-off",
        meeting.starts_at,
        meeting.ends_at,
    )
    assert entry.place == meeting.join_url != ""
    feed = feeds.written(feeds.switch_on(alice))[0].decode()
    assert f"UID:{uid}" in feed, "as in the feed: nobody sees it twice"
    assert entry.sequence is None or f"SEQUENCE:{entry.sequence}" in feed
    edit(alice, meeting, starts_at=meeting.starts_at + HOUR)
    work_all()
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at + HOUR]
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    go_on(clock)
    assert there.stand() == []
    assert not CalendarEntry.objects.exclude(due_at=None).exists()


@pytest.mark.parametrize(
    ("place", "place_words", "says"),
    [
        (MeetingType.Place.PHONE, "+49 30 1234567", "By phone: +49 30 1234567"),
        (MeetingType.Place.IN_PERSON, "Hauptstraße 1; ring, twice", "Hauptstraße 1; ring, twice"),
        (MeetingType.Place.IN_PERSON, "", "In person"),
        (MeetingType.Place.IN_PERSON, "Past the gate, and on. " * 12 + "Ring twice", None),
    ],
)
def test_an_entry_says_where_they_meet_as_the_invitation_does(
    alice: Owner, ann: Contact, work: Calendar, there: Place, place: str, place_words: str, says: str | None
) -> None:
    talk = editing.add(alice, name="Talk", place=place, place_words=place_words)
    plan = scheduling.Plan(title="Talk", starts_at=timezone.now() + 27 * HOUR, minutes=30, provider="")
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan, by_mail=False, meeting_type=talk)
    work_all()
    (entry,) = there.stand()
    row = CalendarEntry.objects.get()
    assert (row.due_at, row.problem) == (None, "")
    invited = words.entry(meeting.invitations.get()).place
    assert invited == (place_words if says is None else says) != ""
    if isinstance(there, SignedInPlace) and there.service == microsoft_fixtures.CALENDAR:
        assert entry.place == invited[:255], "that is all that Outlook takes for a place"
        (item,) = there.simulator.entries()
        assert invited in (entry.place, item["more"]["body"]["content"].partition("\n")[0])
    else:
        assert entry.place == invited
    read(work)
    work_all()
    assert CalendarEntry.objects.get().found is None, "nobody takes it for the owner's doing"


def test_its_own_entries_read_back_block_nothing_twice(
    alice: Owner, work: Calendar, there: Place, schedule: Schedule, clock: Any
) -> None:
    meeting = schedule(provider="", starts_at=timezone.now() + 27 * HOUR)
    work_all()
    read(work)
    assert BusyTime.objects.get().uid_of_okey == meeting.invitations.get().pk
    work_all()
    assert CalendarEntry.objects.get().found is None
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert availability.is_free(alice, meeting.starts_at, minutes=30), "not taken by what is to be removed"


def test_nothing_is_asked_where_no_calendar_takes_meetings(
    found_there: Calendar, there: Place, schedule: Schedule
) -> None:
    schedule(provider="")
    work_all()
    assert there.stand() == []
    assert not CalendarEntry.objects.exists()


Call = Callable[..., Written]


def before(call: Call, *arguments: Any) -> Written:
    raise Killed


def after(call: Call, *arguments: Any) -> Written:
    call(*arguments)
    raise Killed


def lost(call: Call, *arguments: Any) -> Written:
    """It was done, and the answer never came."""
    call(*arguments)
    return Written(Outcome.UNKNOWN)


def unsent(call: Call, *arguments: Any) -> Written:
    return Written(Outcome.UNKNOWN)


ACCIDENTS = pytest.mark.parametrize("accident", [before, after, lost, unsent], ids=lambda one: one.__name__)


def once(monkeypatch: pytest.MonkeyPatch, name: str, accident: Callable[..., Written]) -> None:
    """The next call of this name meets the accident."""
    call = getattr(entering, name)

    def met(*arguments: Any) -> Written:
        monkeypatch.setattr(entering, name, call)
        return accident(call, *arguments)

    monkeypatch.setattr(entering, name, met)


def work_until_killed() -> None:
    with suppress(Killed):
        work_all()


def change_nothing(_owner: Owner, _meeting: Meeting) -> None:
    pass


def move(owner: Owner, meeting: Meeting) -> None:
    edit(owner, meeting, starts_at=meeting.starts_at + HOUR)


def cancel(owner: Owner, meeting: Meeting) -> None:
    scheduling.cancel(owner=owner, meeting_id=meeting.pk)


@ACCIDENTS
@pytest.mark.parametrize("then", [change_nothing, move, cancel], ids=lambda one: one.__name__)
@pytest.mark.parametrize("stood_before", [False, True])
def test_whatever_becomes_of_a_write_and_the_meeting_meanwhile(
    alice: Owner,
    work: Calendar,
    there: Place,
    schedule: Schedule,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    accident: Callable[..., Written],
    then: Callable[[Owner, Meeting], None],
    stood_before: bool,
) -> None:
    meeting = schedule(provider="")
    if stood_before:
        work_all()
        edit(alice, meeting, starts_at=meeting.starts_at + 3 * HOUR)
        meeting.refresh_from_db()
    once(monkeypatch, "write", accident)
    work_until_killed()
    then(alice, meeting)
    go_on(clock)
    now = Meeting.objects.get(pk=meeting.pk)
    assert [one.starts_at for one in there.stand()] == ([] if now.is_cancelled else [now.starts_at])
    row = CalendarEntry.objects.get()
    assert (row.due_at, row.sent_at, row.found, row.problem) == (None, None, None, "")


@ACCIDENTS
def test_whatever_becomes_of_a_removal(
    alice: Owner,
    work: Calendar,
    there: Place,
    schedule: Schedule,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    accident: Callable[..., Written],
) -> None:
    meeting = schedule(provider="")
    work_all()
    choosing.enter_meetings_in(owner=alice, calendar_id=None)
    once(monkeypatch, "remove", accident)
    work_until_killed()
    choosing.enter_meetings_in(owner=alice, calendar_id=work.pk)  # back again: it is not taken for the owner's deletion
    go_on(clock)
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at]
    assert CalendarEntry.objects.get().found is None


@ON_CALDAV
def test_an_outage_that_another_entry_met_is_over_with_it(
    alice: Owner, work: Calendar, there: Place, schedule: Schedule, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    meets_it, waits = schedule(provider=""), schedule(provider="", starts_at=timezone.now() + 30 * HOUR)
    work_all()
    edit(alice, meets_it, starts_at=meets_it.starts_at + HOUR)
    soon = timezone.now() + timedelta(seconds=1)
    CalendarEntry.objects.filter(meeting=waits).update(due_at=soon, to_look=True)
    once(monkeypatch, "write", unsent)
    work_all()
    assert deciding.of(waits) is not None, "it waits with the other one"
    go_on(clock)
    assert CalendarEntry.objects.exclude(due_at=None).count() == 0
    assert [deciding.of(one) for one in (meets_it, waits)] == [None, None]


def test_moved_while_its_entry_is_in_flight(
    alice: Owner, work: Calendar, there: Place, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = schedule(provider="")

    def meanwhile(call: Call, *arguments: Any) -> Written:
        move(alice, meeting)
        return call(*arguments)

    once(monkeypatch, "write", meanwhile)
    work_all()
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at + HOUR]


def test_moved_in_the_moment_in_which_nothing_more_is_found_to_do(
    alice: Owner, work: Calendar, there: Place, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = schedule(provider="")
    look = making.next_step

    def meanwhile(work_: making.Work) -> making.Do:
        step = look(work_)
        if step is making.Do.NOTHING:
            monkeypatch.setattr(making, "next_step", look)
            move(alice, meeting)
        return step

    monkeypatch.setattr(making, "next_step", meanwhile)
    work_all()
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at + HOUR]


def test_cancelled_before_it_was_written_is_never_there(
    alice: Owner, work: Calendar, there: Place, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = schedule(provider="")
    cancel(alice, meeting)
    once(monkeypatch, "write", before)  # which is not called
    work_all()
    assert there.stand() == []


def test_a_removal_waits_until_a_lost_write_is_over(
    alice: Owner, work: Calendar, schedule: Schedule, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    meeting = schedule(provider="")
    once(monkeypatch, "write", unsent)
    work_all()
    cancel(alice, meeting)
    once(monkeypatch, "remove", before)
    work_all()  # not yet
    clock.shift(timedelta(seconds=entering.SECONDS))
    with pytest.raises(Killed):
        work_all()


def test_the_calendar_is_switched_off_and_chosen_again(
    alice: Owner, found_there: Calendar, there: Place, schedule: Schedule, clock: Any
) -> None:
    meeting = schedule(provider="")
    choosing.enter_meetings_in(owner=alice, calendar_id=found_there.pk)
    there.allow(alice)
    work_all()
    assert len(there.stand()) == 1, "what was scheduled before"
    choosing.enter_meetings_in(owner=alice, calendar_id=None)
    work_all()
    assert there.stand() == []
    choosing.enter_meetings_in(owner=alice, calendar_id=found_there.pk)
    work_all()
    there.count(alice, is_on=False)  # does not count any more: what is there, stays
    edit(alice, meeting, starts_at=meeting.starts_at + HOUR)
    there.count(alice, is_on=True)
    choosing.enter_meetings_in(owner=alice, calendar_id=Calendar.objects.get().pk)
    go_on(clock)
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at + HOUR]


@ON_CALDAV
def test_another_calendar_is_chosen(
    alice: Owner,
    work: Calendar,
    there: Place,
    calendar_servers: dict[str, CalendarServer],
    schedule: Schedule,
) -> None:
    meeting = schedule(provider="")
    work_all()
    other = calendar_servers["xandikos"]
    other.empty()
    account = servers.connect(owner=alice, server=other.calendar, user_name=other.user, password="any")
    servers.choose(owner=alice, account_id=account.pk, urls=[other.calendar])
    choosing.enter_meetings_in(owner=alice, calendar_id=account.calendars.get().pk)
    work_all()
    assert there.stand() == []
    assert [one.starts_at for one in CalDavPlace(other).stand()] == [meeting.starts_at]


@ON_CALDAV
def test_a_refused_password_costs_one_call_and_its_renewal_enters_all(
    alice: Owner,
    work: Calendar,
    there: Place,
    radicale: CalendarServer,
    schedule: Schedule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    radicale.withdraw_password()
    calls, write = [], entering.write
    monkeypatch.setattr(entering, "write", lambda *arguments: calls.append(1) or write(*arguments))
    for hours in range(3):
        schedule(provider="", starts_at=timezone.now() + (24 + hours) * HOUR)
    work_all()
    assert len(calls) == 1
    assert set(CalendarEntry.objects.values_list("problem", flat=True)) == {"password"}
    radicale.allow_password()
    read(work)
    work_all()
    assert len(there.stand()) == 3
    assert set(CalendarEntry.objects.values_list("problem", flat=True)) == {""}


def test_many_meetings_and_a_worker_that_dies_again_and_again(
    alice: Owner,
    found_there: Calendar,
    there: Place,
    schedule: Schedule,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before and after the call, in turn: none is doubled, none lost."""
    starts_at = timezone.now() + timedelta(days=1)
    number_of_meetings = 300 if isinstance(there, CalDavPlace) else 60
    for number in range(number_of_meetings):
        schedule(provider="", by_mail=False, starts_at=starts_at + number * HOUR)
    choosing.enter_meetings_in(owner=alice, calendar_id=found_there.pk)
    there.allow(alice)
    calls, write = [0], entering.write

    def dying(*arguments: Any) -> Written:
        calls[0] += 1
        if calls[0] % 5 == 0:
            raise Killed
        written = write(*arguments)
        if calls[0] % 7 == 0:
            raise Killed
        return written

    monkeypatch.setattr(entering, "write", dying)
    while CalendarEntry.objects.exclude(due_at=None).exists():
        work_until_killed()
        clock.shift(timedelta(minutes=1))
    uids = [one.uid for one in there.stand()]
    assert len(uids) == len(set(uids)) == number_of_meetings
    assert set(uids) == {str(one.invitations.get().pk) for one in Meeting.objects.all()}
