"""What an account that comes back is told: the changes that it missed, and no others."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations import connections
from meetings import scheduling
from meetings.links import making
from meetings.links import records as link_records
from meetings.models import LinkJob, Meeting
from okey.contacts.editing import add_contact
from okey.owners.models import Owner
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def plan(title: str) -> scheduling.Plan:
    starts_at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    return scheduling.Plan(title=title, starts_at=starts_at, minutes=30, provider="zoom")


@pytest.fixture
def meeting(zoom: ZoomSimulator, alice: Owner) -> Meeting:
    """With its link made through Jill's account."""
    connect_zoom(zoom, alice, "jill")
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    made = scheduling.schedule(owner=alice, contact=ann, plan=plan("Call"))
    making.work(made.pk)
    return made


def change(owner: Owner, meeting: Meeting, how: str) -> None:
    if how == "reschedule":
        scheduling.reschedule(owner=owner, meeting_id=meeting.pk, plan=plan("Moved"))
    elif how == "cancel":
        scheduling.cancel(owner=owner, meeting_id=meeting.pk)
    else:
        link_records.new_link(owner=owner, meeting_id=meeting.pk)


@pytest.mark.parametrize(("how", "left"), [("reschedule", ["Moved"]), ("cancel", []), ("new link", ["Call"])])
def test_a_change_made_while_disconnected_reaches_zoom_once_the_account_is_back(
    zoom: ZoomSimulator,
    settings: Settings,
    alice: Owner,
    meeting: Meeting,
    django_capture_on_commit_callbacks: Any,
    how: str,
    left: list[str],
) -> None:
    settings.ZOOM_MANAGE_MEETINGS = True
    connection = connections.default_of(alice)
    assert connection is not None
    connections.disconnect(owner=alice, connection_id=connection.pk)
    change(alice, meeting, how)
    making.work(meeting.pk)  # the wake-up call of the change
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice, "jill")
    assert LinkJob.objects.filter(due_at__lte=timezone.now()).exists()
    making.work(meeting.pk)
    assert [there["topic"] for there in zoom.meetings()] == left


def test_reconnecting_wakes_no_job_where_o_key_may_only_create(
    zoom: ZoomSimulator, alice: Owner, meeting: Meeting, django_capture_on_commit_callbacks: Any
) -> None:
    change(alice, meeting, "cancel")
    making.work(meeting.pk)
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice, "jill")
    assert LinkJob.objects.get().due_at is None


def test_a_create_that_may_have_been_carried_out_late_is_looked_for_once_the_account_is_back(
    zoom: ZoomSimulator,
    settings: Settings,
    alice: Owner,
    meeting: Meeting,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.ZOOM_MANAGE_MEETINGS = True
    account = meeting.provider_meetings.get().account
    meeting.provider_meetings.create(provider="zoom", account=account, state="spare")
    assert LinkJob.objects.get().due_at is None
    with django_capture_on_commit_callbacks(execute=True):
        connect_zoom(zoom, alice, "jill")
    assert LinkJob.objects.get().due_at is not None
