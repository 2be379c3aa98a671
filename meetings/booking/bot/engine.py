"""One turn of a conversation, from a message to the answer, whatever channel it came over.

A turn is one transaction with the conversation's row locked: two messages at once are two turns, one after the
other, and a message that comes twice (a double click, a messenger that did not get the answer) is one turn.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from meetings.booking.bot import handing_over, words
from meetings.booking.bot.cleaning import Heard, clean
from meetings.booking.bot.desk import Desk
from meetings.booking.bot.dialogue import Dialogue
from meetings.booking.bot.intents import Act, Scene, Understood
from meetings.booking.bot.models import Conversation, Message
from meetings.booking.bot.state import State
from meetings.booking.bot.understanding import understand
from meetings.booking.bot.words import Reply
from meetings.models import Invitation, Meeting
from okey.lib import claims
from okey.lib.claims import Claim
from okey.limits import limits
from okey.limits.limits import Verdict
from okey.owners.models import Owner

#: Since the last message, or since the last of its meetings was over, whatever comes later.
KEPT_FOR = timedelta(days=90)
KEY_MAX = 100
FORGET_SECONDS = 30
#: Messages in one conversation.
IN_FIVE_MINUTES, A_DAY = 40, 400
#: From one network: conversations begun, and messages.
BEGUN_AN_HOUR, FROM_A_NETWORK_IN_FIVE_MINUTES = 30, 120


class TooMany(Exception):
    """This conversation, or this network, sends messages faster than anybody types."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("Too many messages.")
        self.verdict = verdict


class Replayed(Exception):
    """This very request was answered before."""


@dataclass(frozen=True)
class Said:
    """A message as it came in.

    `key`: the same again is the same message. `seen`: the number of the bot's message that the client had before
    their eyes, so that a yes to an older read-back is none. `device_zone`: where they seem to be; what they say
    counts more. `signed_at`: by a messenger; the same key again must be signed anew. `network`: the client's, where it
    is known (limits.address_of): bookings are counted by it.
    """

    text: str
    key: str = ""
    seen: int | None = None
    device_zone: ZoneInfo | None = None
    signed_at: int | None = None
    network: str = ""


@transaction.atomic
def begin(
    owner: Owner,
    *,
    channel: Conversation.Channel,
    sender: str | None = None,
    opened_by: Invitation | None = None,
) -> Conversation:
    """A new conversation, with the bot's greeting; or the sender's, where a messenger has one already.

    `opened_by`: the invitation whose page it was opened from. Its meeting may be moved and cancelled.
    """
    tokens = [opened_by.token] if opened_by else []
    known = {"channel": channel, "invitation_tokens": tokens, "due_at": timezone.now() + KEPT_FOR}
    if opened_by:
        known["contact"] = opened_by.contact
    if sender is None:
        conversation, is_new = Conversation.objects.create(owner=owner, **known), True
    else:
        conversation, is_new = Conversation.objects.get_or_create(owner=owner, sender=sender, defaults=known)
    if is_new:
        state = State(zone=opened_by.timezone if opened_by else None)
        _say(conversation, _dialogue(conversation, state).greet())
        _keep(conversation, state)
    return conversation


def hear(conversation_id: Any, said: Said) -> Message:
    """The bot's answer. Raises TooMany, Replayed and Conversation.DoesNotExist."""
    _count(str(conversation_id))
    with transaction.atomic():
        # The owner's row is locked later, by whatever writer is called; nobody locks the two the other way round.
        rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
        conversation = rows.get(pk=conversation_id)
        heard = clean(said.text)
        earlier = _earlier(conversation, said)
        if earlier is not None:
            return earlier
        _note(conversation, heard, said)
        handing_over.hear_answer(conversation)
        return _say(conversation, _turn(conversation, heard, said))


def _turn(conversation: Conversation, heard: Heard, said: Said) -> Reply:
    state = State.load(conversation.state)
    state.zone = state.zone or said.device_zone
    dialogue = _dialogue(conversation, state, said.network)
    if heard.is_too_long:
        state.proposed = None
        reply = dialogue.answer(Understood(act=Act.HELP)).after(words.too_long())
    else:
        reply = dialogue.answer(_understood(conversation, state, heard, said))
    _keep(conversation, state)
    return reply


def _understood(conversation: Conversation, state: State, heard: Heard, said: Said) -> Understood:
    zone = state.zone or conversation.owner.timezone
    scene = Scene(timezone.now().astimezone(zone), state.expects, tuple(state.offered), state.proposed or Act.MEET)
    understood = understand(heard, scene)
    if understood.is_agreement and said.seen is not None and said.seen != _last_of_bot(conversation):
        return Understood(act=Act.YES)  # to something older
    return understood


def _dialogue(conversation: Conversation, state: State, network: str = "") -> Dialogue:
    def hand_over(reason: str) -> None:
        conversation.state = state.dump()  # with the name that came in this message
        handing_over.hand_over(conversation, reason)

    return Dialogue(state, Desk(conversation, network), timezone.now(), hand_over)


def _keep(conversation: Conversation, state: State) -> None:
    conversation.state, conversation.last_at = state.dump(), timezone.now()
    conversation.due_at = _forget_at(conversation)
    conversation.save(update_fields=["state", "last_at", "due_at", "contact", "invitation_tokens"])


def _forget_at(conversation: Conversation) -> datetime:
    mine = Meeting.objects.filter(invitations__token__in=conversation.invitation_tokens)
    last_end = mine.aggregate(Max("ends_at"))["ends_at__max"]
    return max(conversation.last_at, last_end or conversation.last_at) + KEPT_FOR


# --- Messages ---------------------------------------------------------------------------------------------------


def _note(conversation: Conversation, heard: Heard, said: Said) -> None:
    Message.objects.create(
        conversation=conversation,
        by=Message.By.CLIENT,
        text=heard.kept,
        key=kept_key(said.key) or None,
        signed_at=said.signed_at,
    )


def _say(conversation: Conversation, reply: Reply) -> Message:
    return Message.objects.create(
        conversation=conversation, by=Message.By.BOT, text=reply.text, url=reply.url, buttons=list(reply.buttons)
    )


def _earlier(conversation: Conversation, said: Said) -> Message | None:
    """The answer that this message got already. Raises Replayed where not even the signature is new."""
    if not said.key:
        return None
    mine = Message.objects.filter(conversation=conversation)
    first = mine.filter(key=kept_key(said.key)).first()
    if first is None:
        return None
    if said.signed_at is not None:
        if said.signed_at <= (first.signed_at or 0) or clean(said.text).kept != first.text:
            raise Replayed
        mine.filter(pk=first.pk).update(signed_at=said.signed_at)
    return mine.filter(pk__gt=first.pk, by=Message.By.BOT).first()


def kept_key(key: str) -> str:
    """As long as it may be: cut, two that begin alike would be one."""
    return key if len(key) <= KEY_MAX else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _last_of_bot(conversation: Conversation) -> int:
    mine = Message.objects.filter(conversation=conversation, by=Message.By.BOT)
    return mine.order_by("-pk").values_list("pk", flat=True).first() or 0


def count_start(network: str) -> None:
    """Somebody there begins a conversation. Raises TooMany."""
    _hit("bot talks", network, BEGUN_AN_HOUR, 3600)


def count_message(network: str) -> None:
    """Somebody there writes, in whatever conversation. Raises TooMany."""
    _hit("bot messages", network, FROM_A_NETWORK_IN_FIVE_MINUTES, 300)


def _count(who: str) -> None:
    for limit, seconds in ((IN_FIVE_MINUTES, 300), (A_DAY, 24 * 3600)):
        _hit(f"bot message {seconds}", who, limit, seconds)


def _hit(what: str, who: str, limit: int, seconds: int) -> None:
    verdict = limits.hit(what, who, limit=limit, seconds=seconds)
    if not verdict.allowed:
        raise TooMany(verdict)


# --- Forgetting -------------------------------------------------------------------------------------------------


def forget(conversation_id: Any) -> None:
    """Delete this one if it is due."""
    claim = claims.take(Conversation, conversation_id, seconds=FORGET_SECONDS)
    if claim is not None:
        forget_claimed(claim)


def forget_claimed(claim: Claim[Conversation]) -> None:
    """With all that was said. Its meetings stay."""
    due = Conversation.objects.filter(pk=claim.pk, claim=claim.token, due_at__lte=timezone.now())
    if not due.delete()[0]:
        claim.release()
