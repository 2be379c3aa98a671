"""Telling an owner what a lost grant costs: which meetings wait, at once, and again on the day before one."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from integrations import connections
from integrations.models import Connection, ProviderAccount
from meetings.links import owed
from meetings.links.words import link_name
from meetings.models import LinkJob, Meeting, ReconnectReminder
from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails import outbox

DAY_BEFORE = timedelta(days=1)
#: A meeting that is scheduled or moved meanwhile says when to look (`expect`); this is for what says nothing.
LOOK_AGAIN = timedelta(hours=12)
LEASE_SECONDS = 30
#: So many are named in a mail, the rest is counted.
NAMED = 10


def tell(connection_id: uuid.UUID) -> None:
    """Write the one mail about this loss. Called inside the transaction that notes the loss."""
    connection = Connection.objects.select_related("owner", "account").get(pk=connection_id)
    if not connections.lost().filter(pk=connection.pk).exists():
        return  # whoever may not reconnect is not asked to
    waiting = _waiting(connection)
    _write(connection, "meetings/links/mails/needs_reconnect", [job.meeting for job in waiting])
    # This mail is a reminder too of whatever begins within the day.
    _within_a_day(waiting).update(reminded_at=timezone.now())
    ReconnectReminder.objects.update_or_create(
        connection=connection, defaults={"due_at": _next_look(connection), "attempts": 0}
    )


def remind(connection_id: Any) -> None:
    """One more mail for each meeting that begins within a day and still waits; none once reconnected."""
    claim = claims.take(ReconnectReminder, connection_id, seconds=LEASE_SECONDS)
    if claim is not None:
        remind_claimed(claim)


def remind_claimed(claim: Claim[ReconnectReminder]) -> None:
    with transaction.atomic():
        connection = connections.lost().select_related("owner", "account").filter(pk=claim.pk).first()
        if connection is None:
            claim.release(due_at=None, attempts=0)
            return
        meetings = [job.meeting for job in _within_a_day(_waiting(connection)) if _take_turn(job)]
        if meetings:
            _write(connection, "meetings/links/mails/reconnect_reminder", meetings)
        claim.release(due_at=_next_look(connection), attempts=0)


def expect(meeting: Meeting) -> None:
    """This meeting waits for a connection: where it was lost, look on the day before the meeting, if not sooner."""
    due_at = max(meeting.starts_at - DAY_BEFORE, timezone.now())
    lost = ReconnectReminder.objects.filter(connection__owner=meeting.owner_id, connection__provider=meeting.provider)
    lost.filter(due_at__gt=due_at).update(due_at=due_at)


def _next_look(connection: Connection) -> datetime:
    """A day before the next meeting that waits; a while from now at the latest."""
    now = timezone.now()
    later = _waiting(connection).filter(reminded_at=None, meeting__starts_at__gt=now + DAY_BEFORE)
    following = later.values_list("meeting__starts_at", flat=True).first()
    latest = now + LOOK_AGAIN
    return min(following - DAY_BEFORE, latest) if following else latest


def _take_turn(job: LinkJob) -> bool:
    """Once a meeting, whoever comes first."""
    return bool(LinkJob.objects.filter(pk=job.pk, reminded_at=None).update(reminded_at=timezone.now()))


def _waiting(connection: Connection) -> "QuerySet[LinkJob]":
    return owed.waiting(connection.owner_id, connection.provider).select_related("meeting__contact")


def _within_a_day(jobs: "QuerySet[LinkJob]") -> "QuerySet[LinkJob]":
    now = timezone.now()
    return jobs.filter(reminded_at=None, meeting__starts_at__gt=now, meeting__starts_at__lte=now + DAY_BEFORE)


def _write(connection: Connection, template: str, meetings: Sequence[Meeting]) -> None:
    owner, account = connection.owner, connection.account
    context = {
        "owner": owner,
        "account": account,
        "name": connections.provider_name(connection.provider),
        "link": link_name(connection.provider),
        "is_removed": bool(account and account.lost_why == ProviderAccount.Lost.REMOVED),
        "is_challenged": bool(account and account.lost_why == ProviderAccount.Lost.CHALLENGED),
        "meetings": meetings[:NAMED],
        "count": len(meetings),
        "more": max(0, len(meetings) - NAMED),
        "zone": str(owner.timezone),
    }
    with translation.override(owner.language), timezone.override(owner.timezone):
        outbox.write(to=owner.email, template=template, context=context)
