"""What profile settings and the shell show of meeting providers."""

from typing import Any

from django import template

from integrations import connections, section

register = template.Library()


@register.inclusion_tag("integrations/section.html", takes_context=True)
def meeting_providers_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "Connected meeting providers" of profile settings."""
    return section.context(context["request"].user) | {"csrf_token": context.get("csrf_token")}


@register.inclusion_tag("integrations/banner.html", takes_context=True)
def reconnect_banner(context: dict[str, Any]) -> dict[str, Any]:
    """A notice on every page while one of the owner's connections needs reconnecting by the owner."""
    request = context.get("request")
    owner = getattr(request, "user", None)
    if owner is None or not owner.is_authenticated or not owner.meeting_providers_enabled:
        return {"broken": []}
    held = connections.active(owner)
    broken = [one for one in held if not (connections.can_make_links(one) or connections.is_doubted(one))]
    return {
        "owner": owner,
        "is_news": context.get("is_news", False),
        "broken": [{"slug": one.provider, "name": connections.provider_name(one.provider)} for one in broken],
    }
