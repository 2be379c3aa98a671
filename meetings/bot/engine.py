"""One turn of a conversation, from a message to the answer, whatever channel it came over.

Turns are kept one after the other with the conversation's row locked: two messages at once are two turns, and a message
that comes twice (a double click, a messenger that did not get the answer) is one. Thinking is done before the lock.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from meetings.bot import choices, escalation, words
from meetings.bot.dialogue import Dialogue
from meetings.bot.models import Conversation, Message
from meetings.bot.permitted import Desk, NeedsLock
from meetings.bot.state import State
from meetings.bot.understanding.cleaning import Heard, clean
from meetings.bot.understanding.intents import Act, Expects, Scene, Understood
from meetings.bot.understanding.reading import understand
from meetings.bot.understanding.wanted_times import Days, Window, Wish
from meetings.bot.words import Reply
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
#: So often a name is asked for; then what is written is taken for it.
NAME_TRIES = 2


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
    counts more. `choice`: what the pressed button stands for (bot.choices).
    `signed_at`: by a messenger; the same key again must be signed anew. `network`: the client's, where it is known
    (limits.address_of): bookings are counted by it.
    """

    text: str
    key: str = ""
    seen: int | None = None
    device_zone: ZoneInfo | None = None
    choice: str = ""
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
        dialogue = _dialogue(conversation, state)
        _say(conversation, dialogue.greet_to_move() if opened_by else dialogue.greet())
        _keep(conversation, state)
    return conversation


def hear(conversation_id: Any, said: Said) -> Message:
    """The bot's answer. Raises TooMany, Replayed and Conversation.DoesNotExist.

    The message is understood and times are looked for before anything is locked; where that ends in a change (a
    booking, a hand-over), or where somebody else wrote meanwhile, it is done again with the conversation's row locked.
    """
    _count(str(conversation_id))
    heard = clean(said.text or _label(conversation_id, said))
    thought = _think(conversation_id, heard, said)
    with transaction.atomic():
        # The owner's row is locked later, by whatever writer is called; nobody locks the two the other way round.
        rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
        conversation = rows.get(pk=conversation_id)
        earlier = _earlier(conversation, said, heard)
        if earlier is not None:
            return earlier
        is_still_so = thought is not None and thought.after == _last(conversation)
        _note(conversation, heard, said)
        escalation.hear_answer(conversation)
        if thought is not None and is_still_so:
            return _said_and_kept(conversation, thought.state, thought.reply)
        turn = Turn(conversation, heard, said)
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


def _think(conversation_id: Any, heard: Heard, said: Said) -> Thought | None:
    """Without a lock; None where it takes one."""
    conversation = Conversation.objects.select_related("owner").get(pk=conversation_id)
    after = _last(conversation)
    turn = Turn(conversation, heard, said, may_write=False)
    try:
        return Thought(turn.reply(), turn.state, after)
    except NeedsLock as needs:
        if needs.first is not None:
            needs.first()
        return None


class Turn:
    """One message against the conversation as it stands."""

    def __init__(self, conversation: Conversation, heard: Heard, said: Said, *, may_write: bool = True) -> None:
        self.conversation, self.heard, self.said = conversation, heard, said
        self.state = State.load(conversation.state)
        self.state.zone = self.state.zone or said.device_zone
        self._by_bot = Message.objects.filter(conversation=conversation, by=Message.By.BOT).order_by("-pk")
        self._dialogue = _dialogue(conversation, self.state, said.network, may_write=may_write)

    def reply(self) -> Reply:
        if self.heard.is_too_long:
            self.state.proposed = None
            return self._dialogue.answer(Understood(act=Act.HELP)).after(words.too_long())
        return self._dialogue.answer(self._understood())

    def _understood(self) -> Understood:
        chosen = self._choice()
        if chosen is not None:
            return chosen
        understood = understand(self.heard, self._scene())
        seen = self.said.seen
        if understood.is_agreement and seen is not None and seen != self._last_of_bot():
            return Understood(act=Act.YES)  # to something older
        return understood

    def _choice(self) -> Understood | None:
        """A button, by its value or by its label to the letter: it is not read as a text."""
        shown = self._by_bot.filter(pk=self.said.seen).first() if self.said.seen else None
        values = (shown or self._by_bot.first() or Message()).values
        label = self.heard.read.casefold()
        by_label = next((value for name, value in values.items() if name.casefold() == label), "")
        choice = choices.read(self.said.choice or by_label)
        if choice is None:
            return None
        if choice.day is not None:
            return Understood(act=Act.MEET, wish=Wish((Window(days=Days.one(choice.day)),)))
        if choice.zone is not None:
            return Understood(act=Act.TELL, zone=choice.zone)
        return Understood(act=Act.PICK, moment=choice.moment)

    def _scene(self) -> Scene:
        state = self.state
        zone = state.zone or self.conversation.owner.timezone
        mine = self._dialogue.desk.mine() if state.chosen is None else []
        base = state.chosen or (mine[0].meeting.starts_at if len(mine) == 1 else None)
        return Scene(
            timezone.now().astimezone(zone),
            state.expects,
            tuple(state.offered),
            state.proposed or Act.MEET,
            base=base.astimezone(zone) if base else None,
            day=_one_day([base] if base else state.offered, zone),
            owner_zone=self.conversation.owner.timezone,
            is_zone_open=state.zone is None and state.expects is Expects.TIME,
            is_name_overdue=state.name_tries >= NAME_TRIES,
            owner_name=self.conversation.owner.name,
        )

    def _last_of_bot(self) -> int:
        return self._by_bot.values_list("pk", flat=True).first() or 0


def _one_day(moments: list[datetime], zone: ZoneInfo) -> date | None:
    days = {moment.astimezone(zone).date() for moment in moments}
    return days.pop() if len(days) == 1 else None


def _dialogue(conversation: Conversation, state: State, network: str = "", *, may_write: bool = True) -> Dialogue:
    def hand_over(reason: str) -> None:
        if not may_write:
            raise NeedsLock
        conversation.state = state.dump()  # with the name that came in this message
        escalation.hand_over(conversation, reason)

    talked = Message.objects.filter(conversation=conversation).order_by("-pk")
    by, said = talked.exclude(by=Message.By.CLIENT).values_list("by", "text").first() or ("", "")
    desk = Desk(conversation, network, may_write=may_write)
    is_owners = by == Message.By.OWNER
    return Dialogue(state, desk, timezone.now(), hand_over, answers_owner=is_owners, last_said=said)


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
