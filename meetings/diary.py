"""The diary of a meeting: what happened to it and its link, in words an owner reads, without secrets."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery
from django.utils import timezone

from meetings.models import Meeting, MeetingEvent
from okey.lib.prepared import insert

#: Lines that say that a provider made something or took a change: what providers count a person's day by.
TOLD = ("link_ready", "synced")
#: So many lines are looked at, the newest, and so many owners are named.
READ, MOST = 10_000, 20


def note(meeting_id: Any, kind: str, text: str, *, tracking_id: str = "") -> None:
    """One line; not twice in a row the same, so that a provider's bad night does not fill the page."""
    last = MeetingEvent.objects.filter(meeting_id=meeting_id).first()
    if last is None or (last.kind, last.text) != (kind, str(text)):
        note_news(meeting_id, kind, text, tracking_id=tracking_id)


def note_news(meeting_id: Any, kind: str, text: str, *, tracking_id: str = "", owner_id: Any = None) -> None:
    """One line about what cannot have been the last one already. `owner_id`: where the caller knows it."""
    owner: Any = owner_id or Subquery(Meeting.objects.filter(pk=meeting_id).values("owner"))  # read within the INSERT
    insert(MeetingEvent(meeting_id=meeting_id, owner_id=owner, kind=kind, text=str(text), tracking_id=tracking_id))


def old_events(limit: int) -> "QuerySet[MeetingEvent]":
    """Of the first `limit` lines of all, which are the oldest, those from long ago: so no index by time is needed."""
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_EVENTS_DAYS)
    first = MeetingEvent.objects.order_by("pk").values("pk")[:limit]
    return MeetingEvent.objects.filter(pk__in=first, at__lt=before).order_by("pk")


def told_providers(since: datetime, providers: Iterable[str]) -> list[tuple[str, str, int]]:
    """Owner's address, provider, and how many links were made or changed there since then, most first.

    By the newest lines alone, as many as are read in a moment.
    """
    # From a key on, not by a list of keys: for that PostgreSQL would read the whole table.
    older = MeetingEvent.objects.order_by("-pk").values_list("pk", flat=True)[READ : READ + 1].first() or 0
    told = MeetingEvent.objects.filter(pk__gt=older, at__gte=since, kind__in=TOLD)
    counted = told.filter(meeting__provider__in=list(providers)).values_list("owner__email", "meeting__provider")
    return list(counted.annotate(count=Count("pk")).order_by("-count", "owner__email")[:MOST])
