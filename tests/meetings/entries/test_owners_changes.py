"""What owners do to an entry in their calendar program is shown on the meeting, which follows or puts it back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from integrations.calendars.models import Calendar
from meetings.models import CalendarEntry, Meeting
from okey.owners.models import Owner
from tests.meetings.entries.places import Place
from tests.meetings.entries.workers import go_on, read, work_all
from tests.meetings.linking import Schedule, edit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def meeting(work: Calendar, schedule: Schedule) -> Meeting:
    """It stands in the calendar."""
    meeting = schedule(provider="")
    work_all()
    return meeting


def page(client: Client, meeting: Meeting, path: str = "", **posted: str) -> str:
    url = f"/meetings/{meeting.pk}/{path}"
    return (client.post(url, posted, follow=True) if path else client.get(url)).content.decode()


def moved(meeting: Meeting, there: Place, work: Calendar, *, by: timedelta = 2 * HOUR) -> str:
    """The owner moves it, and the calendar is read. Returns what the page's button would send."""
    starts_at, ends_at = meeting.starts_at + by, meeting.ends_at + by
    there.move(starts_at=starts_at, ends_at=ends_at)
    read(work)
    work_all()
    return f"{starts_at.isoformat()}/{ends_at.isoformat()}"


def test_a_moved_entry_waits_for_the_owner_and_the_meeting_follows(
    alice_client: Client, charlie_client: Client, meeting: Meeting, there: Place, work: Calendar, clock: Any
) -> None:
    assert "Put it back" not in page(alice_client, meeting)
    seen = moved(meeting, there, work)
    go_on(clock)
    assert there.stand()[0].starts_at == meeting.starts_at + 2 * HOUR, "nobody undoes what the owner did"
    shown = page(alice_client, meeting)
    assert "You moved its entry in your calendar" in shown
    assert f'value="{seen}"' in shown
    assert "You moved the meeting’s entry" in shown, "the history says so"
    for path in ("entry/follow/", "entry/put-back/"):
        assert charlie_client.post(f"/meetings/{meeting.pk}/{path}").status_code == 404
        assert alice_client.get(f"/meetings/{meeting.pk}/{path}").status_code == 405
    assert "nothing was done" in page(alice_client, meeting, "entry/follow/", seen="another time")
    assert "is moved" in page(alice_client, meeting, "entry/follow/", seen=seen)
    assert Meeting.objects.get().starts_at == meeting.starts_at + 2 * HOUR
    go_on(clock)
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at + 2 * HOUR]
    assert "Put it back" not in page(alice_client, meeting)
    assert CalendarEntry.objects.get().found is None


@pytest.mark.parametrize("is_deleted", [False, True])
def test_it_is_put_back(
    alice_client: Client,
    meeting: Meeting,
    there: Place,
    work: Calendar,
    clock: Any,
    is_deleted: bool,
) -> None:
    if is_deleted:
        there.empty()
        read(work)
        work_all()
    else:
        moved(meeting, there, work)
    assert "is put back" in page(alice_client, meeting, "entry/put-back/", put="back")
    go_on(clock)
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at]
    assert Meeting.objects.get().starts_at == meeting.starts_at
    assert "Put it back" not in page(alice_client, meeting)


def test_a_deleted_entry_stays_out_and_the_meeting_is_cancelled_with_it(
    alice_client: Client, meeting: Meeting, there: Place, work: Calendar, clock: Any
) -> None:
    there.empty()
    read(work)
    go_on(clock)
    assert there.stand() == []
    assert "You deleted its entry" in page(alice_client, meeting)
    assert "The meeting is cancelled." in page(alice_client, meeting, "entry/follow/", seen="gone")
    go_on(clock)
    assert Meeting.objects.get().is_cancelled
    assert there.stand() == []


def test_a_change_in_o_key_after_the_owners_move_is_the_newer_one(
    alice: Owner, alice_client: Client, meeting: Meeting, there: Place, work: Calendar
) -> None:
    there.move(starts_at=meeting.starts_at + HOUR, ends_at=meeting.ends_at + HOUR)
    edit(alice, meeting, starts_at=meeting.starts_at + 3 * HOUR)
    work_all()  # what the owner did is met by the write itself
    assert "You moved its entry" in page(alice_client, meeting)
    edit(alice, meeting, starts_at=meeting.starts_at + 4 * HOUR)
    work_all()
    assert [one.starts_at for one in there.stand()] == [meeting.starts_at + 4 * HOUR]
    assert "You moved its entry" not in page(alice_client, meeting)


def test_what_the_owner_takes_back_is_not_asked_about(
    alice_client: Client, meeting: Meeting, there: Place, work: Calendar
) -> None:
    moved(meeting, there, work)
    assert CalendarEntry.objects.get().found is not None
    moved(meeting, there, work, by=timedelta(0))
    assert CalendarEntry.objects.get().found is None
    assert "Put it back" not in page(alice_client, meeting)


@pytest.mark.parametrize("there", ["on_caldav"], indirect=True)
def test_one_chooses_the_calendar_on_the_page(
    alice_client: Client, charlie_client: Client, found_there: Calendar, schedule: Schedule, there: Place
) -> None:
    schedule(provider="")
    path = "/settings/calendars/"
    assert "Your meetings are entered in" in alice_client.get(path).content.decode()
    assert charlie_client.post(f"{path}entries/", {"calendar": str(found_there.pk)}).status_code == 404
    said = alice_client.post(f"{path}entries/", {"calendar": str(found_there.pk)}, follow=True).content.decode()
    assert "are entered there now" in said
    assert " selected" in said
    work_all()
    assert len(there.stand()) == 1
    assert "in no calendar" in alice_client.post(f"{path}entries/", {"calendar": ""}, follow=True).content.decode()
    work_all()
    assert there.stand() == []
    Calendar.objects.update(can_write=False)
    assert alice_client.post(f"{path}entries/", {"calendar": str(found_there.pk)}).status_code == 404
