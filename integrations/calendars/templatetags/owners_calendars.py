"""What profile settings show of an owner's calendars."""

from typing import Any

from django import template

from integrations.calendars.models import Calendar

register = template.Library()


@register.inclusion_tag("integrations/calendars/section.html", takes_context=True)
def calendars_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Calendars" of profile settings."""
    calendars = list(Calendar.objects.filter(owner=context["request"].user).defer("secret"))
    return {"calendars": calendars, "troubled": [one for one in calendars if one.trouble]}
