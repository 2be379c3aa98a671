"""A provider may carry out a create after O-Key has given it up. Where looking is allowed, no spare stays there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.providers.zoom import Zoom
from meetings import scheduling
from meetings.links import making
from meetings.links import records as link_records
from meetings.models import LinkJob, Meeting, ProviderMeeting
from okey.contacts.editing import add_contact
from okey.owners.models import Owner
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
MINIMAL = ["user:read:user", "meeting:write:meeting"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Calls are given up after a third of a second."""
    monkeypatch.setattr(Zoom, "deadline", 0.3)
    settings.ZOOM_MANAGE_MEETINGS = True


@pytest.fixture
def made_while_the_first_create_hangs(zoom: ZoomSimulator, alice: Owner) -> Callable[..., Meeting]:
    """Its create was given up, looked for in vain and made anew; Zoom carries the first one out at last."""

    def make(scopes: list[str] | None = None) -> Meeting:
        connect_zoom(zoom, alice, scopes=scopes)
        ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
        starts_at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
        plan = scheduling.Plan(title="Call", starts_at=starts_at, minutes=30, provider="zoom")
        meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan)
        zoom.fault("create", "hold")
        for _ in range(2):
            LinkJob.objects.update(due_at=timezone.now(), sent_at=_a_minute_before(LinkJob.objects.get().sent_at))
            making.work(meeting.pk)
        zoom.release()
        zoom.wait_for_lost_answers(1)
        return Meeting.objects.get()

    return make


def _a_minute_before(moment: Any) -> Any:
    return moment and moment - timedelta(minutes=1)


def a_minute_later() -> None:
    ProviderMeeting.objects.filter(external_id="").update(created_at=timezone.now() - link_records.LATE)
    LinkJob.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


def test_a_second_look_finds_the_late_meeting_and_removes_it(
    zoom: ZoomSimulator, made_while_the_first_create_hangs: Callable[..., Meeting]
) -> None:
    meeting = made_while_the_first_create_hangs()
    assert meeting.join_url
    assert len(zoom.meetings()) == 2
    due_at = LinkJob.objects.get().due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(seconds=50)
    a_minute_later()
    making.work(meeting.pk)
    assert [there["join_url"] for there in zoom.meetings()] == [meeting.join_url]
    assert Meeting.objects.get().join_url == meeting.join_url
    assert LinkJob.objects.get().due_at is None


def test_a_new_link_asked_for_meanwhile_does_not_hide_the_late_meeting(
    zoom: ZoomSimulator, alice: Owner, made_while_the_first_create_hangs: Callable[..., Meeting]
) -> None:
    meeting = made_while_the_first_create_hangs()
    link_records.new_link(owner=alice, meeting_id=meeting.pk)
    making.work(meeting.pk)
    a_minute_later()
    making.work(meeting.pk)
    assert [there["join_url"] for there in zoom.meetings()] == [Meeting.objects.get().join_url]
    assert Meeting.objects.get().join_url != meeting.join_url


def test_one_second_look_is_all_it_costs(
    zoom: ZoomSimulator, made_while_the_first_create_hangs: Callable[..., Meeting]
) -> None:
    meeting = made_while_the_first_create_hangs()
    a_minute_later()
    making.work(meeting.pk)
    before = zoom.calls("list")
    LinkJob.objects.update(due_at=timezone.now())
    making.work(meeting.pk)
    assert zoom.calls("list") == before == 2


def test_where_looking_is_not_allowed_the_spare_is_on_record_and_nothing_is_due(
    zoom: ZoomSimulator, made_while_the_first_create_hangs: Callable[..., Meeting]
) -> None:
    meeting = made_while_the_first_create_hangs(scopes=MINIMAL)
    assert meeting.join_url
    assert link_records.doubts(meeting).count() == 1
    assert LinkJob.objects.get().due_at is None
    assert zoom.calls("list") == 0


def test_nobody_looks_before_the_deadline_of_a_create_that_may_be_under_way(
    zoom: ZoomSimulator, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Zoom, "deadline", 10)
    connect_zoom(zoom, alice)
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    starts_at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    plan = scheduling.Plan(title="Call", starts_at=starts_at, minutes=30, provider="zoom")
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan)
    zoom.fault("create", "drop_after")
    making.work(meeting.pk)
    LinkJob.objects.update(due_at=timezone.now())
    making.work(meeting.pk)
    assert zoom.calls("list") == 0
    job = LinkJob.objects.get()
    assert job.sent_at is not None
    assert job.due_at is not None
    assert job.due_at >= job.sent_at + timedelta(seconds=9.9)
