"""How many meetings are getting their link now, for the pages of connections."""

from typing import Any

from django import template
from django.utils import timezone

from meetings import healing
from okey.owners.models import Owner

register = template.Library()


@register.simple_tag
def waiting_meetings_count(owner: Owner, provider: str) -> int:
    return healing.owed(owner.pk, provider).filter(due_at__lte=timezone.now()).count()


@register.inclusion_tag("meetings/parts/waiting_meetings.html")
def waiting_meetings(owner: Owner, provider: str) -> dict[str, Any]:
    return {"count": waiting_meetings_count(owner, provider)}
