"""What profile settings show of webhooks."""

from typing import Any

from django import template

from okey.webhooks.models import Endpoint

register = template.Library()


@register.inclusion_tag("webhooks/section.html", takes_context=True)
def webhooks_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Webhooks" of profile settings."""
    mine = list(Endpoint.objects.of(context["request"].user))
    return {
        "count": len(mine),
        "stopped": [one for one in mine if not one.is_enabled and one.disabled_why != Endpoint.Disabled.BY_OWNER],
        "failing": [one for one in mine if one.state == Endpoint.State.FAILING],
    }
