"""Links that are later than they should be: for administrators, who look at all owners' at once."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from meetings.models import LinkJob

#: A link takes a second; somebody who waits for so long wonders.
SLOW = timedelta(minutes=2)


def links(now: datetime) -> QuerySet[LinkJob]:
    """What was asked for, is owed still, and does not wait for its owner to reconnect."""
    return LinkJob.objects.filter(wanted_at__lte=now - SLOW, waits_for_connection=False, due_at__isnull=False)


def pressing(now: datetime) -> QuerySet[LinkJob]:
    """Those that do not merely wait for the next day's limit."""
    return links(now).exclude(problem=LinkJob.Problem.DAILY_LIMIT)
