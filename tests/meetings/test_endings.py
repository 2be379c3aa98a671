"""That a meeting is over is told once, when it is, without looking at those that have been for long."""

import importlib
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings import endings, scheduling, tasks  # noqa: F401 -- tasks say what a look works on
from meetings.models import Meeting, MeetingEnd
from okey.lib.lanes import LANES
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.meetings.linking import Schedule, edit
from tests.okey.webhooks.messages import check_as_documented

pytestmark = pytest.mark.django_db


def look() -> None:
    """What a worker does who is asked to look at the lane."""
    [work] = [one for one in LANES["housekeeping"].works if one.model is MeetingEnd]
    while work.do_next():
        pass


def told() -> list[str]:
    return [one.data["meeting_id"] for one in Event.objects.filter(type="meeting.over")]


def test_it_is_told_once_and_not_before(schedule: Schedule) -> None:
    meeting = schedule(provider="")
    with time_machine.travel(meeting.ends_at - timedelta(seconds=1), tick=False):
        look()
        assert told() == []
    with time_machine.travel(meeting.ends_at, tick=False):
        look()
        look()
        assert told() == [str(meeting.pk)]
        check_as_documented()
    assert not MeetingEnd.objects.exists()


def test_one_that_is_moved_is_over_when_it_really_is(alice: Owner, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    edit(alice, meeting, starts_at=meeting.starts_at + timedelta(days=3))
    moved = Meeting.objects.get()
    with time_machine.travel(meeting.ends_at, tick=False):
        look()
        assert told() == []
    with time_machine.travel(moved.ends_at, tick=False):
        look()
        assert told() == [str(meeting.pk)]


def test_one_that_is_cancelled_is_never_over(alice: Owner, schedule: Schedule) -> None:
    meeting = schedule(provider="")
    scheduling.cancel(owner=alice, meeting_id=meeting.pk)
    assert not MeetingEnd.objects.exists()
    # Cancelled by a process that does not know of ends yet.
    MeetingEnd.objects.create(meeting=meeting, due_at=meeting.ends_at)
    with time_machine.travel(meeting.ends_at, tick=False):
        look()
    assert told() == []
    assert not MeetingEnd.objects.exists()


def test_one_that_was_moved_by_a_process_that_knows_no_ends_waits_on(schedule: Schedule) -> None:
    meeting = schedule(provider="")
    later = meeting.ends_at + timedelta(days=1)
    Meeting.objects.filter(pk=meeting.pk).update(ends_at=later)
    with time_machine.travel(meeting.ends_at, tick=False):
        look()
    assert told() == []
    assert MeetingEnd.objects.get().due_at == later


def test_whoever_has_lost_the_claim_tells_nothing(schedule: Schedule) -> None:
    from okey.lib import claims  # noqa: PLC0415

    meeting = schedule(provider="")
    with time_machine.travel(meeting.ends_at, tick=False):
        slept = claims.take_next(MeetingEnd, seconds=-1)
        assert slept is not None
        look()
        assert told() == [str(meeting.pk)]
        endings.work_on(slept)
    assert told() == [str(meeting.pk)]


def test_a_look_asks_for_what_is_due_alone(schedule: Schedule) -> None:
    """However many meetings there were: a look at nothing is one statement, and of meetings it reads none."""
    meeting = schedule(provider="")
    with time_machine.travel(meeting.ends_at, tick=False):
        look()
        with CaptureQueriesContext(connection) as asked:
            look()
    read = [one["sql"] for one in asked if "meetings_" in one["sql"]]
    assert ["meetings_meetingend" in sql for sql in read] == [True]
    assert 'meetings_meeting"' not in read[0]


def test_meetings_from_before_are_expected_and_those_that_are_over_are_not(alice: Owner, schedule: Schedule) -> None:
    ahead, cancelled, over = schedule(provider=""), schedule(provider=""), schedule(provider="")
    MeetingEnd.objects.all().delete()
    now = timezone.now()
    Meeting.objects.filter(pk=cancelled.pk).update(cancelled_at=now)
    Meeting.objects.filter(pk=over.pk).update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    importlib.import_module("meetings.migrations.0018_ends_of_meetings").expect_those_ahead(apps, None)
    assert [(one.pk, one.due_at) for one in MeetingEnd.objects.all()] == [(ahead.pk, ahead.ends_at)]
