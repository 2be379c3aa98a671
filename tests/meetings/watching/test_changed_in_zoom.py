"""A host moves or renames a meeting in Zoom: its owner decides which of the two holds, and is asked about nothing that
O-Key did itself."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from meetings import scheduling
from meetings.links import there as standings
from meetings.models import LinkJob, Meeting, ProviderMeeting, ProviderNews, Watch
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.meetings.linking import edit, job_of
from tests.meetings.watching.zooms_words import began, deleted, ended, number_of, post, settle, updated, work_all, zulu
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def mails() -> list[Mail]:
    return list(Mail.objects.filter(subject__startswith="Changed at Zoom").order_by("created_at"))


def change(zoom: ZoomSimulator, meeting: Meeting, *, at: datetime | None = None, **new: Any) -> None:
    """The host changes it, and Zoom says so."""
    number = number_of(meeting)
    zoom.as_host(number, "change", silent=True, **new)
    assert post(updated(number, at=at, **new)) == 200
    settle()


def page(client: Client, meeting: Meeting) -> str:
    return unescape(client.get(f"/meetings/{meeting.pk}/").content.decode())


def decide(client: Client, meeting: Meeting, what: str) -> str:
    """Press the button that the page shows."""
    found = re.search(r'name="seen" value="([^"]+)"', page(client, meeting))
    assert found is not None
    answer = client.post(f"/meetings/{meeting.pk}/there/{what}/", {"seen": found[1]}, follow=True)
    return unescape(answer.content.decode())


def there(zoom: ZoomSimulator) -> dict[str, Any]:
    [one] = zoom.meetings()
    return one


def test_the_owner_is_told_both_times_and_the_client_nothing(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    later = meeting.starts_at + 2 * HOUR
    change(zoom, meeting, start_time=zulu(later))
    [mail] = mails()
    assert mail.to == "alice@example.com"
    berlin = [moment.astimezone(meeting.owner.timezone).strftime("%H:%M") for moment in (later, meeting.starts_at)]
    assert all(clock in mail.text for clock in berlin)
    shown = page(alice_client, meeting)
    assert 'id="there"' in shown
    assert all(clock in shown for clock in berlin)
    assert "Take Zoom’s time" in shown
    assert meeting.join_url in shown, "the link opens all the same"
    assert "Decide" in alice_client.get("/").content.decode()
    assert Meeting.objects.get().starts_at == meeting.starts_at
    assert Mail.objects.count() == 1 + Mail.objects.filter(subject__contains="connected").count()


def test_taking_zooms_time_moves_the_meeting_by_the_ordinary_way(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting, may_look: bool
) -> None:
    later = (meeting.starts_at + 2 * HOUR).replace(microsecond=0)
    change(zoom, meeting, start_time=zulu(later), duration=45)
    assert "Your client is told" in decide(alice_client, meeting, "follow")
    settle()
    moved = Meeting.objects.get()
    assert (moved.starts_at, moved.minutes, moved.revision) == (later, 45, meeting.revision + 1)
    assert moved.invitations.filter(due_at__isnull=False).exists(), "the client is invited anew"
    assert moved.events.filter(kind="rescheduled").exists()
    assert zoom.calls("update") == 0, "Zoom knows it already"
    shown = page(alice_client, meeting)
    assert 'id="there"' not in shown
    assert "still shows the old details" not in shown
    assert len(mails()) == 1


def test_putting_zoom_back_or_keeping_what_o_key_says(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting, may_look: bool
) -> None:
    change(zoom, meeting, start_time=zulu(meeting.starts_at + 2 * HOUR))
    shown = page(alice_client, meeting)
    assert ("Put Zoom back" in shown, "Keep what O-Key says" in shown) == (may_look, not may_look)
    said = decide(alice_client, meeting, "keep")
    assert ("It is put back there" in said, "stays as it is here" in said) == (may_look, not may_look)
    settle()
    assert Meeting.objects.get().starts_at == meeting.starts_at
    assert there(zoom)["start_time"] == zulu(meeting.starts_at + (timedelta(0) if may_look else 2 * HOUR))
    shown = page(alice_client, meeting)
    assert 'id="there"' not in shown
    assert ("Zoom still shows the old details" in shown) == (not may_look)
    look_now()
    assert len(mails()) == 1, "it was decided"
    change(zoom, meeting, at=timezone.now() + 2 * HOUR, start_time=zulu(meeting.starts_at + 3 * HOUR))
    assert len(mails()) == 2, "another change is another question"


def look_now() -> None:
    Watch.objects.update(due_at=timezone.now(), seen_at=None)
    settle()


def test_a_title_alone_is_told_too(zoom: ZoomSimulator, alice_client: Client, meeting: Meeting) -> None:
    change(zoom, meeting, topic="Weekly")
    assert "Weekly" in mails()[0].text
    assert "Take Zoom’s title" in page(alice_client, meeting)
    decide(alice_client, meeting, "follow")
    assert Meeting.objects.get().title == "Weekly"


def test_what_o_key_does_not_keep_is_not_told(zoom: ZoomSimulator, alice_client: Client, meeting: Meeting) -> None:
    change(zoom, meeting, password="another")
    post(updated(number_of(meeting), settings={"waiting_room": True}))
    settle()
    assert mails() == []
    assert Watch.objects.filter(found__isnull=False).count() == 0


def test_the_same_again_and_back_is_no_question_any_more(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    number, start = number_of(meeting), zulu(meeting.starts_at + HOUR)
    change(zoom, meeting, start_time=start)
    message = updated(number, start_time=start)
    assert [post(message), post(message)] == [200, 200]
    settle()
    assert len(mails()) == 1
    change(zoom, meeting, at=timezone.now() + HOUR, start_time=zulu(meeting.starts_at))
    assert 'id="there"' not in page(alice_client, meeting)
    assert len(mails()) == 1


def test_news_in_the_wrong_order_end_with_what_was_changed_last(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    number, now = number_of(meeting), timezone.now()
    first, last = zulu(meeting.starts_at + HOUR), zulu(meeting.starts_at + 3 * HOUR)
    zoom.as_host(number, "change", silent=True, start_time=last, topic="Weekly")
    post(updated(number, at=now + timedelta(seconds=9), start_time=last))
    post(updated(number, at=now + timedelta(seconds=5), topic="Weekly"))
    post(updated(number, at=now + timedelta(seconds=1), start_time=first))
    settle()
    found = Watch.objects.get().found
    assert (zulu(datetime.fromisoformat(found["starts_at"])), found["title"]) == (last, "Weekly")
    assert len(mails()) == 1, "what follows one after the other is told as one"


def test_o_keys_own_moves_are_not_told_as_somebody_elses(
    zoom: ZoomSimulator, managing: None, alice: Owner, alice_client: Client, meeting: Meeting, may_look: bool
) -> None:
    """Each of its updates makes Zoom send a message, late and in any order."""
    messages = []
    for hours in (1, 2, 3):
        edit(alice, meeting, starts_at=meeting.starts_at + hours * HOUR)
        work_all()
        messages.append(updated(number_of(meeting), start_time=zulu(meeting.starts_at + hours * HOUR)))
    for message in reversed(messages):
        post(message)
        settle()
    assert mails() == []
    assert 'id="there"' not in page(alice_client, meeting)


def test_a_grant_that_may_change_but_not_read_knows_its_own_echoes(
    zoom: ZoomSimulator, managing: None, alice: Owner, meeting: Meeting, may_look: bool
) -> None:
    """As grants are from before O-Key asked to read."""
    if may_look:
        return
    account = ProviderMeeting.objects.get().account
    assert account is not None
    account.scopes += " meeting:update:meeting"
    account.save(update_fields=["scopes"])
    zoom.reset_counters()
    number = number_of(meeting)
    told = []
    for hours in (1, 2):
        edit(alice, meeting, starts_at=meeting.starts_at + hours * HOUR)
        told.append(meeting.starts_at + hours * HOUR)
        there_now = Watch.objects.first()
        work_all_but_zoom(meeting)
        assert there_now is None or there_now.pk == Watch.objects.get().pk
    for moment in reversed(told):
        post(updated(number, start_time=zulu(moment)))
        settle()
    assert mails() == []
    post(updated(number, at=timezone.now() - HOUR, start_time=zulu(meeting.starts_at + 5 * HOUR)))
    settle()
    assert mails() == [], "O-Key has written over that since then"
    post(updated(number, at=timezone.now() + HOUR, start_time=zulu(meeting.starts_at + HOUR)))
    settle()
    assert len(mails()) == 1, "back to what O-Key had told before: that was somebody else"


def work_all_but_zoom(meeting: Meeting) -> None:
    """An update that Zoom took."""
    held = ProviderMeeting.objects.get(meeting=meeting)
    now = Meeting.objects.get()
    standings.telling(held, now)
    ProviderMeeting.objects.update(synced_revision=now.revision)
    standings.told(held, now)
    LinkJob.objects.update(due_at=None)


def test_where_o_key_may_only_create_its_own_old_time_at_zoom_is_nobodys_doing(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, may_look: bool
) -> None:
    if may_look:
        return
    edit(alice, meeting, starts_at=meeting.starts_at + HOUR)
    settle()
    assert mails() == []


def test_a_button_about_what_has_changed_meanwhile_does_nothing(
    zoom: ZoomSimulator, alice_client: Client, charlie_client: Client, meeting: Meeting
) -> None:
    change(zoom, meeting, start_time=zulu(meeting.starts_at + HOUR))
    for what in ("follow", "keep"):
        path = f"/meetings/{meeting.pk}/there/{what}/"
        assert charlie_client.post(path).status_code == 404
        assert alice_client.get(path).status_code == 405
        assert b"nothing was done" in alice_client.post(path, {"seen": "another"}, follow=True).content
    assert Meeting.objects.get().starts_at == meeting.starts_at
    scheduling.cancel(owner=meeting.owner, meeting_id=meeting.pk)
    assert 'id="there"' not in page(alice_client, meeting)


def test_a_time_that_is_past_cannot_be_taken_and_that_is_said(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    change(zoom, meeting, start_time=zulu(timezone.now() - HOUR))
    assert "in the past" in decide(alice_client, meeting, "follow")
    assert Meeting.objects.get().starts_at == meeting.starts_at


# --- Shapes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"object": None},
        {"object": []},
        {"object": {}},
        {"object": {"id": True, "topic": "x"}},
        {"object": {"id": {"a": 1}, "topic": "x"}},
        {"object": {"id": "12 34", "topic": "x"}},
        {"operation": "single"},
    ],
)
def test_unknown_shapes_are_taken_and_forgotten(zoom: ZoomSimulator, meeting: Meeting, changed: dict[str, Any]) -> None:
    message = updated(number_of(meeting), topic="Weekly")
    message["payload"] |= changed
    assert post(message) == 200
    assert not ProviderNews.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"topic": None, "start_time": None},
        {"topic": 7, "start_time": 7, "duration": "long"},
        {"start_time": "tomorrow"},
        {"start_time": "2026-13-45T99:99:99Z"},
        {"start_time": "2099-01-01T10:00:00", "timezone": "Nowhere/Land"},
        {"start_time": "0001-01-01T00:00:00Z", "duration": 10**9},
        {"duration": True},
        {"topic": {"a": ["b"]}},
    ],
)
def test_what_cannot_be_understood_says_nothing(zoom: ZoomSimulator, meeting: Meeting, changed: dict[str, Any]) -> None:
    assert post(updated(number_of(meeting), **changed)) == 200
    settle()
    assert mails() == []


@pytest.mark.parametrize("may_look", ["only hears"], indirect=True)
def test_a_start_without_a_z_is_on_the_clocks_of_its_zone(zoom: ZoomSimulator, meeting: Meeting) -> None:
    post(updated(number_of(meeting), start_time="2099-07-01T10:00:00", timezone="America/New_York", duration="45"))
    settle()
    found = Watch.objects.get().found
    assert (found["starts_at"], found["minutes"]) == ("2099-07-01T14:00:00+00:00", 45)


@pytest.mark.parametrize("may_look", ["only hears"], indirect=True)
def test_the_number_may_come_as_text_and_the_moment_in_seconds_or_not_at_all(
    zoom: ZoomSimulator, meeting: Meeting
) -> None:
    for number, event_ts in enumerate(["text", int(timezone.now().timestamp()), None]):
        message = updated(number_of(meeting), topic=f"Name {number}")
        message["payload"]["object"]["id"] = str(number_of(meeting))
        message["event_ts"] = event_ts
        del message["payload"]["time_stamp"]
        Watch.objects.update(heard={})
        assert post(message) == 200
        settle()
        assert Watch.objects.get().found["title"] == f"Name {number}"


# --- Begun and ended -------------------------------------------------------------------------------------


def test_what_goes_on_is_shown_and_nobody_is_mailed(
    zoom: ZoomSimulator, alice_client: Client, meeting: Meeting
) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    Meeting.objects.update(starts_at=soon, ends_at=soon + timedelta(minutes=30))
    before = Mail.objects.count()
    post(began(number_of(meeting)))
    settle()
    assert "On now" in page(alice_client, meeting)
    assert "It has begun at Zoom." in page(alice_client, meeting)
    assert "On now" in alice_client.get("/").content.decode()
    post(ended(number_of(meeting), at=timezone.now() + timedelta(minutes=20)))
    settle()
    assert "On now" not in page(alice_client, meeting)
    assert "It has ended at Zoom." in page(alice_client, meeting)
    assert Mail.objects.count() == before


def test_an_end_that_comes_first_is_the_end(zoom: ZoomSimulator, alice_client: Client, meeting: Meeting) -> None:
    now = timezone.now()
    post(ended(number_of(meeting), at=now + timedelta(minutes=20)))
    settle()
    post(began(number_of(meeting), at=now))
    settle()
    assert "On now" not in page(alice_client, meeting)


def test_news_of_a_cancelled_meeting_change_nothing(zoom: ZoomSimulator, alice: Owner, meeting: Meeting) -> None:
    number = number_of(meeting)
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    post(updated(number, topic="Weekly"))
    post(deleted(number))
    settle()
    assert mails() == []
    assert job_of(meeting).problem == ""
