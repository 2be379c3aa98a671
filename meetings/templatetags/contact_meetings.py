"""What a contact's page shows of meetings."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from meetings import reading
from meetings.hours.suggesting import Suggestion, next_for_both, suggestion
from okey.contacts.models import Contact
from okey.owners.models import Owner

register = template.Library()

SHOWN = 10
SUGGESTED = 4


@register.inclusion_tag("meetings/pages/parts/contact_meetings.html", takes_context=True)
def contact_meetings(context: dict[str, Any], contact: Contact) -> dict[str, Any]:
    """The contact's meetings as a card: upcoming, then earlier and cancelled ones."""
    owner = context["request"].user
    coming, earlier, has_more = reading.of_contact(contact, owner, limit=SHOWN)
    rows = reading.rows([*coming, *earlier], owner)
    return {
        "contact": contact,
        "coming": rows[: len(coming)],
        "earlier": rows[len(coming) :],
        "all_url": f"{reverse('meetings')}?{urlencode({'show': 'all', 'q': contact.email})}" if has_more else "",
        "schedule_url": "" if contact.is_archived else schedule_meeting_url(contact),
        "suggestions": [] if contact.is_archived else _suggestions(owner, contact),
    }


@register.simple_tag
def schedule_meeting_url(contact: Contact) -> str:
    return f"{reverse('meeting_new')}?{urlencode({'contact': str(contact.pk)})}"


def _suggestions(owner: Owner, contact: Contact) -> list[Suggestion]:
    zone = contact.timezone or None
    return [suggestion(slot.starts_at, owner, zone) for slot in next_for_both(owner, zone, most=SUGGESTED)]
