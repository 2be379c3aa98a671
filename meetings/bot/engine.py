"""One turn of a conversation, from a message to the answer, whatever channel it came over.

Turns are kept one after the other with the conversation's row locked: two messages at once are two turns, and a message
that comes twice (a double click, a messenger that did not get the answer) is one. Thinking is done before the lock.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation

from meetings.bot import choices, escalation, words
from meetings.bot.language_model import asking
from meetings.bot.models import Conversation, Message
from meetings.bot.permitted import NeedsLock
from meetings.bot.state import State
from meetings.bot.turns import ByModel, Said, Turn, dialogue_of
from meetings.bot.understanding.cleaning import Heard, clean
from meetings.bot.understanding.intents import Understood
from meetings.bot.words import Reply
from meetings.models import Invitation, Meeting
from okey.lib import claims
from okey.lib.claims import Claim
from okey.limits import limits
from okey.limits.limits import Verdict
from okey.owners.models import Owner

__all__ = ["Replayed", "Said", "TooMany", "begin", "count_message", "count_start", "forget", "forget_claimed", "hear"]

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


@translation.override(words.LANGUAGE)
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
    known = {"channel": channel, "invitation_tokens": tokens, "due_at": timezone.now() + _kept_for()}
    if opened_by:
        known["contact"] = opened_by.contact
    if sender is None:
        conversation, is_new = Conversation.objects.create(owner=owner, **known), True
    else:
        conversation, is_new = Conversation.objects.get_or_create(owner=owner, sender=sender, defaults=known)
    if is_new:
        state = State(zone=opened_by.timezone if opened_by else None)
        dialogue = dialogue_of(conversation, state)
        _say(conversation, dialogue.greet_to_move() if opened_by else dialogue.greet())
        _keep(conversation, state)
    return conversation


@translation.override(words.LANGUAGE)
def hear(conversation_id: Any, said: Said) -> Message:
    """The bot's answer. Raises TooMany, Replayed and Conversation.DoesNotExist.

    The message is understood and times are looked for before anything is locked; where that ends in a change (a
    booking, a hand-over), or where somebody else wrote meanwhile, it is done again with the conversation's row locked.
    """
    _count(str(conversation_id))
    heard = clean(said.text or _label(conversation_id, said))
    by_model = _by_model(conversation_id, heard, said)
    thought = _think(conversation_id, heard, said, by_model)
    with transaction.atomic():
        # The owner's row is locked later, by whatever writer is called; nobody locks the two the other way round.
        rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
        conversation = rows.get(pk=conversation_id)
        earlier = _earlier(conversation, said, heard)
        if earlier is not None:
            return earlier
        last = _last(conversation)
        is_still_so = thought is not None and thought.after == last
        _note(conversation, heard, said)
        escalation.hear_answer(conversation)
        if thought is not None and is_still_so:
            return _said_and_kept(conversation, thought.state, thought.reply)
        turn = Turn(conversation, heard, said, by_model=_still(by_model, last))
        reply = turn.reply()
        return _said_and_kept(conversation, turn.state, reply)


def _label(conversation_id: Any, said: Said) -> str:
    """What the pressed button says, for the transcript."""
    if not said.choice:
        return ""
    mine = Message.objects.filter(conversation=conversation_id, by=Message.By.BOT)
    shown = (mine.filter(pk=said.seen).first() if said.seen else None) or mine.last()
    found = (label for label, value in (shown.values if shown else {}).items() if value == said.choice)
    choice = choices.read(said.choice)
    moment = choice.moment if choice else None
    return next(found, f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "")


def _said_and_kept(conversation: Conversation, state: State, reply: Reply) -> Message:
    _keep(conversation, state)
    return _say(conversation, reply)


@dataclass(frozen=True)
class Thought:
    """An answer that changes nothing but the talk, true as long as `after` is the last message."""

    reply: Reply
    state: State
    after: int


def _by_model(conversation_id: Any, heard: Heard, said: Said) -> ByModel | None:
    """What a language model reads in it, where one is to be asked: without a lock, as it takes a while."""
    if not (said.is_told and asking.is_on()):
        return None
    conversation = Conversation.objects.select_related("owner").get(pk=conversation_id)
    if said.key and Message.objects.filter(conversation=conversation, key=kept_key(said.key)).exists():
        return None  # it was answered before
    after = _last(conversation)
    understood = Turn(conversation, heard, said, may_write=False).ask_model()
    return None if understood is None else ByModel(understood, after)


def _still(by_model: ByModel | None, last: int) -> Understood | None:
    return by_model.understood if by_model is not None and by_model.after == last else None


def _think(conversation_id: Any, heard: Heard, said: Said, by_model: ByModel | None) -> Thought | None:
    """Without a lock; None where it takes one."""
    conversation = Conversation.objects.select_related("owner").get(pk=conversation_id)
    after = _last(conversation)
    turn = Turn(conversation, heard, said, may_write=False, by_model=_still(by_model, after))
    try:
        return Thought(turn.reply(), turn.state, after)
    except NeedsLock as needs:
        if needs.first is not None:
            needs.first()
        return None


def _keep(conversation: Conversation, state: State) -> None:
    conversation.state, conversation.last_at = state.dump(), timezone.now()
    conversation.due_at = _forget_at(conversation)
    conversation.save(update_fields=["state", "last_at", "due_at", "contact", "invitation_tokens"])


def _forget_at(conversation: Conversation) -> datetime:
    mine = Meeting.objects.filter(invitations__token__in=conversation.invitation_tokens)
    last_end = mine.aggregate(Max("ends_at"))["ends_at__max"]
    return max(conversation.last_at, last_end or conversation.last_at) + _kept_for()


def _kept_for() -> timedelta:
    """Since the last message, or since the last of its meetings was over, whatever comes later."""
    return timedelta(days=settings.OKEY_KEEP_CONVERSATIONS_DAYS)


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
        conversation=conversation,
        by=Message.By.BOT,
        text=reply.text,
        url=reply.url,
        buttons=list(reply.buttons),
        values=reply.values,
        card=[list(fact) for fact in reply.card],
        lead=reply.lead,
    )


def _earlier(conversation: Conversation, said: Said, heard: Heard) -> Message | None:
    """The answer that this message got already. Raises Replayed where not even the signature is new."""
    if not said.key:
        return None
    mine = Message.objects.filter(conversation=conversation)
    first = mine.filter(key=kept_key(said.key)).first()
    if first is None:
        return None
    if said.signed_at is not None:
        if said.signed_at <= (first.signed_at or 0) or heard.kept != first.text:
            raise Replayed
        mine.filter(pk=first.pk).update(signed_at=said.signed_at)
    return mine.filter(pk__gt=first.pk, by=Message.By.BOT).first()


def kept_key(key: str) -> str:
    """As long as it may be: cut, two that begin alike would be one."""
    return key if len(key) <= KEY_MAX else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _last(conversation: Conversation) -> int:
    """The number of the last message, whoever wrote it: with every turn it is another."""
    mine = Message.objects.filter(conversation=conversation)
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
