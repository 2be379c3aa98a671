"""Reading conversations, for their owner."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from meetings.booking.models import BookingSettings
from meetings.bot.models import Conversation, Message
from meetings.models import Invitation
from okey.contacts.models import Contact
from okey.owners.models import Owner


def of(owner: Owner) -> QuerySet[Conversation]:
    """The latest first."""
    return Conversation.objects.filter(owner=owner).select_related("contact")


def waiting(owner: Owner) -> QuerySet[Conversation]:
    """Those that were handed over and are not done, the longest waiting first."""
    handed = of(owner).filter(done_at__isnull=True, handed_over_at__isnull=False)
    return handed.order_by("handed_over_at", "pk")


def with_contact(contact: Contact) -> QuerySet[Conversation]:
    return of(contact.owner).filter(contact=contact)


def with_last_words(found: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Each with what its client said last, as `last_words`: for lists, and not for counting."""
    said = Message.objects.filter(conversation=OuterRef("pk"), by=Message.By.CLIENT).order_by("-pk")
    return found.annotate(last_words=Subquery(said.values("text")[:1]))


def messages_of(conversation: Conversation) -> QuerySet[Message]:
    """In the order in which they were said."""
    return Message.objects.filter(conversation=conversation).select_related("mail")


def holds(conversation: Conversation, key: str, text: str) -> bool:
    """Whether the message with this key says this."""
    return messages_of(conversation).filter(key=key, text=text).exists()


def meetings_by_token(found: Iterable[Conversation]) -> dict[str, UUID]:
    """The IDs of the meetings that these conversations may see, in one query."""
    tokens = [token for conversation in found for token in conversation.invitation_tokens]
    return dict(Invitation.objects.filter(token__in=tokens).values_list("token", "meeting_id"))


def messenger_url(booking: BookingSettings) -> str:
    return settings.OKEY_BASE_URL + reverse("booking_messenger", args=[booking.public_name])
