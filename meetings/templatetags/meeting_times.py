"""Times of meetings, in the current time zone."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from meetings import times
from meetings.models import Meeting

register = template.Library()


@register.filter
def span(meeting: Meeting) -> SafeString:
    """From when to when, as meetings.times says it, broken only where it may be."""
    parts = times.span_parts(meeting.starts_at, meeting.ends_at, timezone.get_current_timezone())
    return format_html('<span class="nowrap">{}</span>{}<span class="nowrap">{}</span>', *parts)


@register.filter
def hours(meeting: Meeting) -> SafeString:
    """The same below the heading of the day on which it begins: without that day, unless it goes past midnight."""
    zone = timezone.get_current_timezone()
    if meeting.starts_at.astimezone(zone).date() != meeting.ends_at.astimezone(zone).date():
        return span(meeting)
    *_day, clocks = times.span_parts(meeting.starts_at, meeting.ends_at, zone)
    return format_html('<span class="nowrap">{}</span>', clocks)


@register.filter
def day_words(day: date) -> str:
    return times.day_words(day, timezone.localdate())
