"""The diary of a meeting: what happened to it and its link, in words an owner reads, without secrets."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from meetings.models import Meeting, MeetingEvent


def note(meeting_id: Any, kind: str, text: str, *, tracking_id: str = "") -> None:
    """One line; not twice in a row the same, so that a provider's bad night does not fill the page."""
    last = MeetingEvent.objects.filter(meeting_id=meeting_id).first()
    if last is None or (last.kind, last.text) != (kind, str(text)):
        note_news(meeting_id, kind, text, tracking_id=tracking_id)


def note_news(meeting_id: Any, kind: str, text: str, *, tracking_id: str = "", owner_id: Any = None) -> None:
    """One line about what cannot have been the last one already. `owner_id`: where the caller knows it."""
    owner: Any = owner_id or Subquery(Meeting.objects.filter(pk=meeting_id).values("owner"))  # read within the INSERT
    MeetingEvent.objects.create(
        meeting_id=meeting_id, owner_id=owner, kind=kind, text=str(text), tracking_id=tracking_id
    )


def old_events(limit: int) -> "QuerySet[MeetingEvent]":
    """Of the first `limit` lines of all, which are the oldest, those from long ago: so no index by time is needed."""
    before = timezone.now() - timedelta(days=settings.OKEY_KEEP_EVENTS_DAYS)
    first = MeetingEvent.objects.order_by("pk").values("pk")[:limit]
    return MeetingEvent.objects.filter(pk__in=first, at__lt=before).order_by("pk")
