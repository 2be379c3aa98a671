"""How much of Zoom's day is used, as an owner reads it: from the diaries, and from Zoom's own word."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from integrations.models import ProviderAccount
from meetings.links import days
from meetings.models import LinkJob, Meeting, MeetingEvent
from okey.owners.models import Owner
from tests.meetings.page_cast import connect_jitsi, connect_zoom, meeting_of, ready_meeting

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> object:
    with time_machine.travel(NOON, tick=False):
        yield


def told(meeting: Meeting, kind: str, *, at: datetime = NOON) -> None:
    MeetingEvent.objects.create(meeting=meeting, owner=meeting.owner, kind=kind, text="…", at=at)


def test_creates_and_changes_since_midnight_utc_count_and_nothing_else(alice: Owner, alice_client: Client) -> None:
    zoom = connect_zoom(alice)
    meeting = ready_meeting(alice, zoom)
    for kind in ("link_ready", "synced", "synced", "scheduled", "changed_there"):
        told(meeting, kind)
    told(meeting, "link_ready", at=NOON.replace(hour=0))
    told(meeting, "link_ready", at=NOON.replace(hour=0) - timedelta(seconds=1))
    told(meeting_of(alice, provider="jitsi"), "link_ready")
    day = days.of(alice, "zoom")
    assert day is not None
    assert (day.used, day.limit, day.is_used_up) == (4, 100, False)
    page = " ".join(alice_client.get("/settings/").content.decode().split())
    assert "Today O-Key has used 4 of the 100 creates and changes that Zoom allows you" in page
    assert "start anew at Fri 27 Nov, 01:00" in page, "midnight UTC, on the clocks of Berlin"


def test_whoever_shares_the_account_uses_up_the_same_day(alice: Owner, bob: Owner) -> None:
    zoom = connect_zoom(alice)
    told(ready_meeting(alice, zoom), "link_ready")
    zoom.pk, zoom.owner, zoom._state.adding = None, bob, True
    zoom.save()
    told(ready_meeting(bob, zoom), "link_ready")
    for owner in (alice, bob):
        day = days.of(owner, "zoom")
        assert day is not None
        assert day.used == 2


def test_what_zoom_says_is_used_up_is_used_up(alice: Owner, alice_client: Client) -> None:
    connect_zoom(alice)
    ProviderAccount.objects.update(blocked_until=NOON.replace(hour=0) + timedelta(days=1))
    waits = meeting_of(alice, job={"due_at": NOON + timedelta(hours=12), "problem": LinkJob.Problem.DAILY_LIMIT})
    for path in ("/settings/", f"/meetings/{waits.pk}/"):
        page = " ".join(alice_client.get(path).content.decode().split())
        assert (
            "All of today’s 100 creates and changes at Zoom are used up; they start anew at Fri 27 Nov, 01:00" in page
        )


def test_where_nothing_is_counted_nothing_is_said(alice: Owner, alice_client: Client) -> None:
    connect_jitsi(alice)
    assert days.of(alice, "jitsi") is None
    assert days.of(alice, "zoom") is None, "not connected"
    assert "creates and changes" not in alice_client.get("/settings/").content.decode()
