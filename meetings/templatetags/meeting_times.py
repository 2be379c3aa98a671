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
    """From when to when: "Mon 3 Aug 2026, 14:00–14:30", with the second day where it goes past midnight.

    Where the clocks change meanwhile, with the zone's short names: "02:30 CEST–02:15 CET" (which the format T
    leaves out for a time that comes twice).
    """
    starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    has_change = starts.utcoffset() != ends.utcoffset()
    begin, end = ((f" {moment.tzname()}" if has_change else "") for moment in (starts, ends))
    if starts.date() == ends.date():
        times = f"{date_format(starts, 'H:i')}{begin}–{date_format(ends, 'H:i')}{end}"
        return format_html(f"{WHOLE} {WHOLE}", date_format(starts, "D j M Y,"), times)
    return format_html(
        f"{WHOLE} – {WHOLE}", date_format(starts, "D j M Y, H:i") + begin, date_format(ends, "D j M, H:i") + end
    )
