"""Which O-Key this is, for administrators alone: strangers would look up its weaknesses."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def okey_version() -> str:
    version: str = settings.OKEY_VERSION
    return version
