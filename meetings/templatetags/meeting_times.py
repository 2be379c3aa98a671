"""Times of meetings, in the current time zone."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format

from meetings.models import Meeting

register = template.Library()


@register.filter
def span(meeting: Meeting) -> str:
    """From when to when: "Mon 3 Aug 2026, 14:00–14:30", with the second day where it goes past midnight."""
    starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    first = date_format(starts, "D j M Y, H:i")
    if starts.date() == ends.date():
        return f"{first}–{date_format(ends, 'H:i')}"
    return f"{first} – {date_format(ends, 'D j M, H:i')}"
