"""What the page of calendars shows of the owner's calendar feed."""

from typing import Any

from django import template

from meetings.feed import feeds

register = template.Library()


@register.inclusion_tag("meetings/feed/section.html", takes_context=True)
def calendar_feed_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Your meetings in your calendar" of the page of calendars."""
    return {"feed": feeds.of(context["request"].user), "csrf_token": context.get("csrf_token")}
