"""What profile settings show of API tokens."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from okey.api.models import ApiToken

register = template.Library()


@register.inclusion_tag("api/section.html", takes_context=True)
def api_tokens_section(context: dict[str, Any]) -> dict[str, Any]:
    """The section "API" of profile settings."""
    mcp_url = f"{settings.OKEY_BASE_URL}{reverse('mcp')}"
    return {"count": ApiToken.objects.of(context["request"].user).valid().count(), "mcp_url": mcp_url}
