"""A time zone to choose, for pages without a form of Django's."""

from typing import Any

from django import template

from okey.owners import zones

register = template.Library()


@register.inclusion_tag(zones.TEMPLATE)
def zone_select(chosen: object) -> dict[str, Any]:
    """The field `zone`, with an id of that name for its label."""
    context: dict[str, Any] = zones.zone_context(str(chosen), attrs={"id": "zone"})
    return context
