"""The bot asks the owner to take over: a mark in the CRM, and mails both ways until it is settled.

The owner's answer stands in the conversation and is mailed to the address that the client gave, with the conversation's
own address, where they answer back; the owner is mailed what they say.
"""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from meetings.booking.models import BookingSettings
from meetings.bot import words
from meetings.bot.models import Conversation, Message
from meetings.client.actions import notices
from okey.lib import languages
from okey.limits import limits
from okey.mails import outbox, unasked
from okey.mails.messages import sent_for
from okey.mails.models import Mail
from okey.webhooks import events
from okey.webhooks.models import EventType

#: Strangers cannot fill an owner's mailbox; the list in O-Key has all of them.
MAILS_A_DAY = 20
#: An owner's answer.
ANSWER_MAX = 2000
#: So much of the talk stands in the mail.
QUOTED = 10


def hand_over(conversation: Conversation, reason: str) -> None:
    """Inside the turn's transaction. One that waits already is not handed over again."""
    if conversation.is_waiting:
        return
    conversation.handed_over_at, conversation.done_at = timezone.now(), None
    conversation.save(update_fields=["handed_over_at", "done_at"])
    waiting = {
        "conversation_id": str(conversation.pk),
        "contact_id": str(conversation.contact_id) if conversation.contact_id else None,
        "channel": str(conversation.channel),
        "reason": reason,
    }
    events.note(conversation.owner_id, EventType.CONVERSATION_WAITING, waiting)
    _tell(conversation, reason)


def hear_answer(conversation: Conversation) -> None:
    """The client has written, inside the turn's transaction. Where it answers the owner, the owner hears of it.

    Waiting for the owner again, it is mailed once, however much the client goes on to write.
    """
    before = Message.objects.filter(conversation=conversation).order_by("-pk")[1:2]
    if not conversation.is_waiting and any(one.by == Message.By.OWNER for one in before):
        hand_over(conversation, "answered")


def mark_done(conversation: Conversation) -> None:
    """Twice is once."""
    waiting = Conversation.objects.filter(pk=conversation.pk, done_at=None).exclude(handed_over_at=None)
    waiting.update(done_at=timezone.now())


@transaction.atomic
def answer(conversation: Conversation, text: str, *, key: str = "") -> Message:
    """The owner writes into the conversation, where the client reads it on the open page, and by mail.

    The same `key` again is the same answer: the one that was written first is returned.
    """
    # Before the message: a turn that is at work has the row.
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("owner", "contact")
    conversation = rows.get(pk=conversation.pk)
    earlier = Message.objects.filter(conversation=conversation, key=key).first() if key else None
    if earlier is not None:
        return earlier
    message = Message.objects.create(
        conversation=conversation,
        by=Message.By.OWNER,
        text=text,
        key=key or None,
        mail=_mailed(conversation, text) if conversation.client_email else None,
    )
    mark_done(conversation)
    return message


def page_url(conversation: Conversation) -> str:
    return settings.OKEY_BASE_URL + reverse("conversation", args=[conversation.pk])


def talk_url(conversation: Conversation) -> str:
    """Where the client goes on with it; "" where they write elsewhere, or the owner's bot is off."""
    booking = BookingSettings.objects.filter(owner=conversation.owner, is_page_on=True, is_bot_on=True).first()
    if booking is None or conversation.channel != Conversation.Channel.WEB:
        return ""
    return settings.OKEY_BASE_URL + reverse("booking_talk", args=[booking.public_name, conversation.token])


def _mailed(conversation: Conversation, text: str) -> Mail:
    """To an address that nobody has confirmed: so without a word of what was typed in this conversation."""
    owner, contact = conversation.owner, conversation.contact
    with translation.override(languages.known(contact.language if contact and contact.language else words.LANGUAGE)):
        return outbox.write(
            to=conversation.client_email,
            template="meetings/bot/mails/answer",
            context={"owner": owner.name or "O-Key", "text": text, "url": talk_url(conversation)},
            from_name=sent_for(owner.name),
            unasked_url=unasked.url("conversation", conversation.pk, conversation.client_email),
            account=str(owner.pk),
        )


def _tell(conversation: Conversation, reason: str) -> None:
    owner = conversation.owner
    if not limits.hit("bot hands over", str(owner.pk), limit=MAILS_A_DAY, seconds=24 * 3600).allowed:
        return
    said = Message.objects.filter(conversation=conversation).order_by("-pk")[:QUOTED]
    with translation.override(owner.language), timezone.override(owner.timezone):
        context = {
            "owner": owner,
            "conversation": conversation,
            "reason": reason,
            "said": list(said)[::-1],
            "url": page_url(conversation),
        }
        outbox.write(
            to=owner.email,
            template="meetings/bot/mails/handed_over",
            context=context,
            reply_to=conversation.client_email,
            account=notices(owner),
        )
