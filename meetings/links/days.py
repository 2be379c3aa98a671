"""How much of a provider's day an owner's account has used, where the provider limits it. From the diaries: no counter.

What O-Key cannot know is not in it: what other apps asked for that person counts there, too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from integrations import connections
from integrations.models import Connection
from meetings.diary import TOLD
from meetings.models import MeetingEvent
from okey.owners.models import Owner


@dataclass(frozen=True)
class Day:
    """`used` of `limit` since midnight UTC, and when it starts anew."""

    provider: str
    used: int
    limit: int
    ends_at: datetime
    #: The provider has said that nothing is left.
    is_used_up: bool


def of(owner: Owner, provider: str) -> Day | None:
    """None where the provider does not count, or the owner has not connected it. Two queries."""
    limit = connections.links_a_day(provider)
    connection = connections.held(owner, provider) if limit is not None else None
    if limit is None or connection is None:
        return None
    now = timezone.now()
    began = datetime.combine(now.astimezone(UTC).date(), time.min, tzinfo=UTC)
    # Whoever uses the same account uses up the same day.
    users = Connection.objects.active().filter(account=connection.account, provider=provider).values("owner")
    told = MeetingEvent.objects.filter(owner__in=users, at__gte=began, kind__in=TOLD, meeting__provider=provider)
    until = connection.account.blocked_until if connection.account else None
    is_used_up = until is not None and until > now
    return Day(
        provider=connections.provider_name(provider),
        used=told.count(),
        limit=limit,
        ends_at=until if is_used_up and until is not None else began + timedelta(days=1),
        is_used_up=is_used_up,
    )
