"""Whoever makes a call holds its claim for longer than the call can take."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import authorization, refreshing, registry
from integrations.providers.base import RemoteMeeting
from integrations.providers.zoom import Zoom
from meetings import scheduling
from meetings.links import making
from meetings.models import LinkJob
from okey.contacts.editing import add_contact
from okey.lib import deadlines
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, job_of, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator


@pytest.mark.parametrize("slug", registry.PROVIDERS)
def test_leases_are_longer_than_the_calls_under_them(slug: str) -> None:
    deadline = registry.provider(slug).deadline
    assert deadline < refreshing.LEASE_SECONDS  # which begins anew with each call
    assert deadline * 2 < making.TOKEN_SECONDS + 1  # which come before the call, if at all
    assert deadline * 3 < authorization.LEASE_SECONDS


@pytest.mark.django_db
def test_while_zoom_is_asked_the_claim_lasts_longer_than_the_call(
    zoom: ZoomSimulator, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    ann = add_contact(owner=alice, name="Ann Lee", email="ann@example.com")
    starts_at = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    plan = scheduling.Plan(title="Call", starts_at=starts_at, minutes=30, provider="zoom")
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan)
    create, left = Zoom.create, []

    def looked_at(self: Zoom, *arguments: Any, **more: Any) -> RemoteMeeting:
        until = LinkJob.objects.get().claimed_until
        assert until is not None
        left.append((until - timezone.now()).total_seconds())
        return create(self, *arguments, **more)

    monkeypatch.setattr(Zoom, "create", looked_at)
    making.work(meeting.pk)
    assert left[0] > Zoom.deadline + 1


@pytest.mark.django_db
def test_whoever_sleeps_between_the_announcement_and_the_call_sends_nothing(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    meeting = schedule()
    create, clock = Zoom.create, deadlines.clock

    def asleep_first(self: Zoom, *arguments: Any, **more: Any) -> RemoteMeeting:
        monkeypatch.setattr(deadlines, "clock", lambda: clock() + Zoom.deadline)
        return create(self, *arguments, **more)

    monkeypatch.setattr(Zoom, "create", asleep_first)
    assert work(meeting).join_url == ""
    assert zoom.calls("create") == 0
    job = job_of(meeting)
    assert (job.sent_at, job.problem) == (None, LinkJob.Problem.UNAVAILABLE)
