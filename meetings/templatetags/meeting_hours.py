"""What profile settings show of an owner's hours."""

from typing import Any

from django import template
from django.utils import timezone

from meetings.hours import availability
from meetings.hours.words import minutes_words, week_words
from meetings.times import span_words

register = template.Library()
register.filter("minutes_words", minutes_words)


@register.inclusion_tag("meetings/hours/section.html", takes_context=True)
def meeting_times_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Meeting times" of profile settings."""
    owner = context["request"].user
    settings = availability.settings_of(owner)
    return {
        "settings": settings,
        "week": week_words(availability.weekly_hours_of(owner, settings)),
        "next_free": availability.next_free(owner, after=timezone.now(), limit=1),
    }


@register.filter
def slot_words(slot: availability.Slot) -> str:
    """From when to when, in the current time zone."""
    return span_words(slot.starts_at, slot.ends_at, timezone.get_current_timezone())
