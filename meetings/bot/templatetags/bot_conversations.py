"""What other apps' pages show of the bot's conversations."""

from typing import Any

from django import template
from django.urls import reverse

from meetings.booking import settings as booking_settings
from meetings.bot import conversations
from meetings.bot.channels import chat_access
from meetings.models import Invitation
from okey.contacts.models import Contact
from okey.owners.models import Owner

register = template.Library()

SHOWN = 5
#: No count of the navigation looks at more rows.
COUNTED = 100


@register.inclusion_tag("meetings/bot/parts/contact_conversations.html")
def contact_conversations(contact: Contact) -> dict[str, Any]:
    """The talks in which the bot booked for this contact; nothing where there were none."""
    return {"conversations": conversations.with_last_words(conversations.with_contact(contact))[:SHOWN]}


@register.inclusion_tag("meetings/bot/parts/handed_over.html")
def handed_over_conversations(owner: Owner) -> dict[str, Any]:
    """The talks that wait for the owner; nothing where none does."""
    waiting = list(conversations.with_last_words(conversations.waiting(owner))[: SHOWN + 1])
    return {"conversations": waiting[:SHOWN], "has_more": len(waiting) > SHOWN}


@register.simple_tag
def waiting_conversations_count(owner: Owner) -> int:
    """The talks that wait for the owner; 100 stands for more."""
    return conversations.waiting(owner)[:COUNTED].count()


@register.simple_tag
def ways_to_move(invitation: Invitation) -> dict[str, str]:
    """Where a client moves this meeting: on the `calendar`, and by talking (`chat`, "" where there is no bot)."""
    booking = booking_settings.open_of(invitation.meeting.owner)
    if booking is None:
        return {}
    return {"calendar": reverse("client_move", args=[invitation.token]), "chat": chat_access.url_about(booking)}
