"""What profile settings show of API tokens and grants."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from okey.api.models import ApiToken, Grant

register = template.Library()


@register.inclusion_tag("api/section.html", takes_context=True)
def api_tokens_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "API" of profile settings."""
    mcp_url = f"{settings.OKEY_BASE_URL}{reverse('mcp')}"
    owner = context["request"].user
    return {
        "count": ApiToken.objects.of(owner).valid().count(),
        "grants": Grant.objects.of(owner).valid().count(),
        "mcp_url": mcp_url,
    }
