"""Meetings that are owed a link, and how they get it once their provider is connected again.

With the account come back the changes, too, that could not be told while it was away.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.utils import timezone

from integrations import conferencing, connections
from integrations.conferencing import Capability
from integrations.models import Connection
from meetings.links import there
from meetings.models import LinkJob, ProviderMeeting
from okey.lib import tracing
from okey.owners.models import Owner

#: Problems that a new connection or grant may have solved.
CURED_BY_CONNECTING = (
    LinkJob.Problem.SCOPE_MISSING,
    LinkJob.Problem.MAY_NOT_HOST,
    LinkJob.Problem.USER_GONE,
    LinkJob.Problem.PAID_ONLY,
    LinkJob.Problem.NO_LINK,
)

#: So many jobs are made due by one UPDATE.
BATCH = 500


def owed(owner_id: uuid.UUID, provider: str) -> QuerySet[LinkJob]:
    """The jobs of the owner's coming meetings that want a link from this provider and have none, soonest first."""
    mine = LinkJob.objects.filter(meeting__owner=owner_id, meeting__provider=provider)
    return mine.filter(_owed(timezone.now())).order_by("meeting__starts_at")


def _owed(now: datetime) -> Q:
    return Q(meeting__cancelled_at=None, meeting__ends_at__gt=now, meeting__join_url="")


def waiting(owner_id: uuid.UUID, provider: str) -> QuerySet[LinkJob]:
    """Those of them that come by themselves, once there is a usable connection."""
    return owed(owner_id, provider).filter(due_at__isnull=False)


def heal(owner_id: uuid.UUID, provider: str) -> int:
    """Make the jobs that waited due now, the soonest meeting first, if there is a usable connection.

    Returns how many meetings get a link.
    """
    usable = connections.usable().filter(owner=owner_id, provider=provider)
    connection = usable.select_related("account").first()
    if connection is None:
        return 0
    now = timezone.now()
    mine = LinkJob.objects.filter(meeting__owner=owner_id, meeting__provider=provider)
    with transaction.atomic():
        Owner.objects.locked(owner_id)  # as whoever changes several of their meetings at once
        woken = mine.filter(
            Q(_owed(now), Q(problem__in=CURED_BY_CONNECTING) | Q(due_at__gt=now))
            | Q(waits_for_connection=True, due_at__gt=now)
            | _untold(connection)
        )
        pks = list(woken.order_by("meeting__starts_at").values_list("pk", flat=True))
        for first in range(0, len(pks), BATCH):
            _wake(
                pks[first : first + BATCH], since=now - timedelta(microseconds=len(pks) - first), connection=connection
            )
        if pks:
            LinkJob.wake_on_commit()
    there.may_be_looked_at(connection)
    return owed(owner_id, provider).filter(due_at__lte=now).count()


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
    going_on = put_back.update(due_at=now)
    if going_on:
        LinkJob.wake_on_commit()
    return going_on


def due_now(job: LinkJob) -> dict[str, Any]:
    """What a job says of which something is asked, by the request that is under way, and that has no problem."""
    now = timezone.now()
    wanted = {"wanted_at": job.wanted_at or now, "request_id": tracing.current()}
    return {"due_at": now, **wanted, "problem": "", "detail": "", "tracking_id": ""}


def _wake(pks: "list[uuid.UUID]", *, since: datetime, connection: Connection) -> None:
    """Due from then on, in this order."""
    is_cured = Q(problem__in=CURED_BY_CONNECTING)
    LinkJob.objects.filter(pk__in=pks).update(
        due_at=Case(*[When(pk=pk, then=Value(since + timedelta(microseconds=n))) for n, pk in enumerate(pks)]),
        turn=connections.turn(connection.owner_id, connection.provider),
        waits_for_connection=False,
        wanted_at=timezone.now(),
        attempts=0,
        problem=Case(When(is_cured, then=Value("")), default=F("problem"), output_field=CharField()),
        detail=Case(When(is_cured, then=Value("")), default=F("detail"), output_field=TextField()),
    )


def _untold(connection: Connection) -> Q:
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
    return Q(untold, due_at=None, problem="")
