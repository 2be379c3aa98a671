"""Meetings that are owed a link, and how they get it once their provider is connected again."""

import uuid

from django.db.models import QuerySet
from django.utils import timezone

from integrations import connections
from meetings.models import LinkJob

#: Problems that a new connection or grant may have solved.
CURED_BY_CONNECTING = (
    LinkJob.Problem.SCOPE_MISSING,
    LinkJob.Problem.MAY_NOT_HOST,
    LinkJob.Problem.USER_GONE,
    LinkJob.Problem.PAID_ONLY,
    LinkJob.Problem.NO_LINK,
)


def owed(owner_id: uuid.UUID, provider: str) -> QuerySet[LinkJob]:
    """The jobs of the owner's coming meetings that want a link from this provider and have none, soonest first."""
    return LinkJob.objects.filter(
        meeting__owner=owner_id,
        meeting__provider=provider,
        meeting__cancelled_at=None,
        meeting__ends_at__gt=timezone.now(),
        meeting__join_url="",
    ).order_by("meeting__starts_at")


def waiting(owner_id: uuid.UUID, provider: str) -> QuerySet[LinkJob]:
    """Those of them that come by themselves, once there is a usable connection."""
    return owed(owner_id, provider).filter(due_at__isnull=False)


def heal(owner_id: uuid.UUID, provider: str) -> int:
    """Make the jobs that waited due now and wake them, if there is a usable connection. Returns how many."""
    if not connections.usable().filter(owner=owner_id, provider=provider).exists():
        return 0
    jobs = owed(owner_id, provider)
    now = timezone.now()
    jobs.filter(problem__in=CURED_BY_CONNECTING).update(due_at=now, problem="", detail="", attempts=0)
    jobs.filter(due_at__gt=now).update(due_at=now, attempts=0)
    waiting = list(jobs.filter(due_at__lte=timezone.now()))
    for job in waiting[:100]:  # the sweep wakes the rest
        job.wake()
    return len(waiting)
