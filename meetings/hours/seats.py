"""Which meetings of a type with seats stand, and how many seats each has left."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from meetings.models import Meeting, MeetingType


def standing(meeting_type: MeetingType) -> "QuerySet[Meeting]":
    """Into which whoever books the type comes: those that were booked while it had seats, too, but no others."""
    return Meeting.objects.filter(meeting_type=meeting_type, is_group=True, cancelled_at=None)


def left(
    meeting_type: MeetingType, minutes: int, since: datetime, until: datetime
) -> list[tuple[datetime, datetime, int]]:
    """Start, end and how many seats, of those that more people can come into; the soonest first. One query."""
    counted = standing(meeting_type).filter(minutes=minutes, starts_at__gte=since, starts_at__lt=until)
    counted = counted.annotate(taken=Count("invitations", filter=Q(invitations__left_at=None)))
    rows = counted.filter(taken__lt=meeting_type.seats).order_by("starts_at", "pk")
    found = rows.values_list("starts_at", "ends_at", "taken")
    return [(starts_at, ends_at, meeting_type.seats - taken) for starts_at, ends_at, taken in found]
