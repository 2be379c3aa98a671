"""Meetings that are owed a link, and how they get it once their provider is connected again.

With the account come back the changes, too, that could not be told while it was away.
"""

import uuid
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from integrations import conferencing, connections
from integrations.conferencing import Capability
from integrations.models import Connection
from meetings.models import LinkJob, ProviderMeeting

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
    """Make the jobs that waited due now and wake them, if there is a usable connection.

    Returns how many meetings get a link.
    """
    usable = connections.usable().filter(owner=owner_id, provider=provider)
    connection = usable.select_related("account").first()
    if connection is None:
        return 0
    jobs = owed(owner_id, provider)
    now = timezone.now()
    jobs.filter(problem__in=CURED_BY_CONNECTING).update(due_at=now, problem="", detail="", attempts=0)
    jobs.filter(due_at__gt=now).update(due_at=now, attempts=0)
    _untold(connection).update(due_at=now, attempts=0)
    waiting = list(jobs.filter(due_at__lte=timezone.now()))
    for job in waiting[:100]:  # the sweep wakes the rest
        job.wake()
    return len(waiting)


def go_on(account_id: uuid.UUID) -> int:
    """The account has a new pair of tokens: jobs that met its refresh and were put back for a moment are due now.

    Returns how many.
    """
    using = Connection.objects.active().filter(
        account=account_id, owner=OuterRef("meeting__owner"), provider=OuterRef("meeting__provider")
    )
    now = timezone.now()
    soon = now + timedelta(seconds=conferencing.Busy.retry_seconds)
    put_back = LinkJob.objects.filter(Exists(using), due_at__gt=now, due_at__lte=soon, claim=None)
    jobs = list(put_back.order_by("due_at"))
    LinkJob.objects.filter(pk__in=[job.pk for job in jobs], due_at__gt=now, claim=None).update(due_at=now)
    for job in jobs[:20]:  # the sweep wakes the rest
        job.wake()
    return len(jobs)


def _untold(connection: Connection) -> QuerySet[LinkJob]:
    """Settled jobs for which the connection's account holds what it should not, or not as it should, or may do so."""
    here = ProviderMeeting.objects.filter(meeting=OuterRef("pk"), account=connection.account)
    current = Exists(here.filter(state=ProviderMeeting.State.CURRENT))
    spare = here.filter(state=ProviderMeeting.State.SPARE)
    behind = here.filter(state=ProviderMeeting.State.CURRENT, synced_revision__lt=OuterRef("meeting__revision"))
    is_coming = Q(meeting__cancelled_at=None, meeting__ends_at__gt=timezone.now())
    reasons = {
        Capability.CANCEL: Exists(spare.exclude(external_id="")) | Q(current, meeting__cancelled_at__isnull=False),
        Capability.UPDATE: Q(Exists(behind)) & is_coming,
        Capability.FIND: Q(Exists(spare.filter(external_id=""))),
    }
    untold = Q(pk__in=[])
    for capability, reason in reasons.items():
        if conferencing.can(connection, capability):
            untold |= reason
    mine = LinkJob.objects.filter(meeting__owner=connection.owner_id, meeting__provider=connection.provider)
    return mine.filter(untold, due_at=None, problem="")
