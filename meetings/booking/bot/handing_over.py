"""The bot asks the owner to take over: a mark in the CRM, and a mail."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from meetings.booking.bot.models import Conversation, Message
from okey.limits import limits
from okey.mails import outbox
from okey.owners.models import Owner

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
    owner = conversation.owner
    if limits.hit("bot hands over", str(owner.pk), limit=MAILS_A_DAY, seconds=24 * 3600).allowed:
        _tell(owner, conversation, reason)


def mark_done(conversation: Conversation) -> None:
    """Twice is once."""
    waiting = Conversation.objects.filter(pk=conversation.pk, done_at=None).exclude(handed_over_at=None)
    waiting.update(done_at=timezone.now())


@transaction.atomic
def answer(conversation: Conversation, text: str, *, key: str = "") -> Message:
    """The owner writes into the conversation, where the client reads it on the open page.

    The same `key` again is the same answer: the one that was written first is returned.
    """
    # Before the message: a turn that is at work has the row.
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    earlier = Message.objects.filter(conversation=conversation, key=key).first() if key else None
    if earlier is not None:
        return earlier
    message = Message.objects.create(conversation=conversation, by=Message.By.OWNER, text=text, key=key or None)
    mark_done(conversation)
    return message


def page_url(conversation: Conversation) -> str:
    return settings.OKEY_BASE_URL + reverse("conversation", args=[conversation.pk])


def _tell(owner: Owner, conversation: Conversation, reason: str) -> None:
    said = Message.objects.filter(conversation=conversation).order_by("-pk")[:QUOTED]
    with translation.override(owner.language), timezone.override(owner.timezone):
        context = {
            "owner": owner,
            "conversation": conversation,
            "is_stuck": reason == "stuck",
            "said": list(said)[::-1],
            "url": page_url(conversation),
        }
        outbox.write(to=owner.email, template="meetings/booking/mails/handed_over", context=context)
