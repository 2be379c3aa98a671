"""What a contact's page shows of meetings."""

from typing import Any

from django import template

from okey.contacts.models import Contact

register = template.Library()


@register.inclusion_tag("meetings/parts/contact_meetings.html", takes_context=True)
def contact_meetings(context: dict[str, Any], contact: Contact) -> dict[str, Any]:
    return {"contact": contact, "request": context["request"]}


@register.simple_tag
def schedule_meeting_url(contact: Contact) -> str:
    return f"/meetings/new/?contact={contact.pk}"
