"""Free times and lengths in words."""

from django import template
from django.utils import timezone

from meetings.hours import availability
from meetings.hours.words import minutes_words
from meetings.times import span_words

register = template.Library()
register.filter("minutes_words", minutes_words)


@register.filter
def slot_words(slot: availability.Slot) -> str:
    """From when to when, in the current time zone."""
    return span_words(slot.starts_at, slot.ends_at, timezone.get_current_timezone())
