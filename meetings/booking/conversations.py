"""Reading conversations, for their owner."""

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from meetings.booking.bot.models import Conversation
from meetings.booking.models import BookingSettings
from okey.contacts.models import Contact
from okey.owners.models import Owner


def of(owner: Owner) -> QuerySet[Conversation]:
    """The latest first."""
    return Conversation.objects.filter(owner=owner).select_related("contact")


def waiting(owner: Owner) -> QuerySet[Conversation]:
    """Those that were handed over and are not done, the longest waiting first."""
    handed = of(owner).filter(done_at=None).exclude(handed_over_at=None)
    return handed.order_by("handed_over_at", "pk")


def with_contact(contact: Contact) -> QuerySet[Conversation]:
    return of(contact.owner).filter(contact=contact)


def messenger_url(booking: BookingSettings) -> str:
    return settings.OKEY_BASE_URL + reverse("booking_messenger", args=[booking.public_name])
