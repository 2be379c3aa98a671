"""Which meetings of a type with seats stand, and how many seats each has left."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from meetings.models import Meeting, MeetingType


def standing(meeting_type: MeetingType) -> "QuerySet[Meeting]":
    """Into which whoever books the type comes: those that were booked while it had seats, too, but no others."""
    return Meeting.objects.filter(meeting_type=meeting_type, is_group=True, cancelled_at=None)


def counted(meeting_type: MeetingType) -> Any:
    """The same, with how many seats of each are `taken`."""
    return standing(meeting_type).annotate(taken=Count("invitations", filter=Q(invitations__left_at=None)))


def left(
    meeting_type: MeetingType, minutes: int, since: datetime, until: datetime
) -> list[tuple[datetime, datetime, int]]:
    """Start, end and how many seats, of those that more people can come into; the soonest first. One query.

    Where two stand at one time, as some were once moved, of the emptier: into it people come (meetings.groups).
    """
    between = counted(meeting_type).filter(minutes=minutes, starts_at__gte=since, starts_at__lt=until)
    rows = between.filter(taken__lt=meeting_type.seats).order_by("starts_at", "-taken")
    found = rows.values_list("starts_at", "ends_at", "taken")
    by_start = {starts_at: (starts_at, ends_at, meeting_type.seats - taken) for starts_at, ends_at, taken in found}
    return list(by_start.values())
