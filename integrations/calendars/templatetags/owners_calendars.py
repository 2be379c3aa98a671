"""What the shell shows of an owner's calendars."""

from typing import Any

from django import template

from integrations.calendars import words
from integrations.calendars.models import Calendar

register = template.Library()
register.filter("consequence", words.consequence)


@register.inclusion_tag("integrations/calendars/banner.html", takes_context=True)
def unread_calendars_banner(context: dict[str, Any]) -> dict[str, Any]:
    """A notice on every page while one of the owner's calendars cannot be read."""
    owner = getattr(context.get("request"), "user", None)
    if owner is None or not owner.is_authenticated:
        return {"troubled": []}
    return {"troubled": list(Calendar.objects.filter(owner=owner).exclude(trouble="").defer("secret"))}
