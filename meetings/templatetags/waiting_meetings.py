"""What profile settings show of meetings that wait for a link."""

from typing import Any

from django import template

from integrations import connections
from meetings import reading
from meetings.links import days, owed
from meetings.links.state import Means
from meetings.links.words import clock, link_name
from meetings.models import Meeting
from okey.owners.models import Owner

register = template.Library()

#: No count of the navigation looks at more rows.
COUNTED = 100


@register.inclusion_tag("meetings/links/waiting_meetings.html")
def waiting_meetings(owner: Owner, provider_slug: str) -> dict[str, Any]:
    """How many meetings get this provider's link now, or will when it is connected again; nothing where none."""
    problems = list(owed.waiting(owner.pk, provider_slug).values_list("problem", flat=True))
    return {
        "count": len(problems),
        "has_problem": any(problems),
        "provider": connections.provider_name(provider_slug),
        "link": link_name(provider_slug),
        "is_usable": Means.of(owner).can_make(provider_slug),
    }


@register.inclusion_tag("meetings/links/day.html")
def provider_day(owner: Owner, provider_slug: str) -> dict[str, Any]:
    """How much of the provider's day is used; nothing where it does not count."""
    day = days.of(owner, provider_slug)
    return {"day": day, "clock": clock(day.ends_at) if day else ""}


@register.simple_tag
def asked_meetings_count(owner: Owner) -> int:
    """The owner's meetings whose client waits for an answer; 100 stands for more."""
    return reading.with_wishes(Meeting.objects.filter(owner=owner))[:COUNTED].count()


@register.simple_tag
def waiting_meetings_count(owner: Owner, provider_slug: str) -> int:
    """The owner's coming meetings whose link from this provider is owed and comes by itself."""
    return owed.waiting(owner.pk, provider_slug).count()
