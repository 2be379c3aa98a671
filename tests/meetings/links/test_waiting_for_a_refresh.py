"""A link job that meets its account's refresh goes on the moment the new pair is there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase
from django.utils import timezone

from integrations import access, grants, refreshing
from integrations.models import ProviderAccount
from meetings.models import LinkJob
from okey.lib import asking, claims
from okey.owners.models import Owner
from tests.meetings.linking import Schedule, job_of, work
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(asking, "ask", calls.append)
    monkeypatch.setattr(access, "PAUSES", (0.0,))
    return calls


def test_jobs_that_were_put_back_are_due_and_woken_with_the_pair(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, schedule: Schedule, woken: list[Any], clock_stands: None
) -> None:
    connect_zoom(zoom, alice)
    account = ProviderAccount.objects.get()
    waiting, later, of_another = schedule(), schedule(), schedule()
    in_an_hour = timezone.now() + timedelta(hours=1)
    LinkJob.objects.filter(pk=later.pk).update(due_at=in_an_hour)  # for a reason of its own
    soon = timezone.now() + timedelta(seconds=1)
    type(of_another).objects.filter(pk=of_another.pk).update(owner=bob)
    LinkJob.objects.filter(pk=of_another.pk).update(due_at=soon)
    zoom.expire("jill")
    ProviderAccount.objects.update(expires_at=timezone.now())
    claim = claims.take(ProviderAccount, account.pk, seconds=refreshing.LEASE_SECONDS, due=False)
    assert claim is not None
    work(waiting)
    due_at = job_of(waiting).due_at
    assert due_at is not None
    assert due_at > timezone.now()
    woken.clear()
    with TestCase.captureOnCommitCallbacks(execute=True):
        refreshing.refresh(claim, grants)
    assert job_of(waiting).due_at == timezone.now()
    assert (job_of(later).due_at, job_of(of_another).due_at) == (in_an_hour, soon)
    assert woken.count("links") == 1
    assert work(waiting).join_url
    assert zoom.calls("refresh") == 1
