"""Times of meetings, in the current time zone."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from meetings.models import Meeting

register = template.Library()

WHOLE = '<span class="nowrap">{}</span>'


@register.filter
def span(meeting: Meeting) -> SafeString:
    """From when to when: "Mon 3 Aug 2026, 14:00–14:30", with the second day where it goes past midnight."""
    starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    if starts.date() == ends.date():
        times = f"{date_format(starts, 'H:i')}–{date_format(ends, 'H:i')}"
        return format_html(f"{WHOLE} {WHOLE}", date_format(starts, "D j M Y,"), times)
    return format_html(f"{WHOLE} – {WHOLE}", date_format(starts, "D j M Y, H:i"), date_format(ends, "D j M, H:i"))
