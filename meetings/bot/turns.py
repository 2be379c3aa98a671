"""One message against a conversation as it stands: understood, and answered by the dialogue.

Understood by the grammars of English; where they do not understand, or it is another language, by a language model if
the operator has named one and the client was told. What it reads is taken for a wish as any; for a yes, never.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from meetings.bot import answers, choices, escalation, words
from meetings.bot.dialogue import Dialogue
from meetings.bot.language_model import asking
from meetings.bot.language_model.asking import Asker
from meetings.bot.language_model.saying import Bounds
from meetings.bot.models import Conversation, Message
from meetings.bot.permitted import Desk, NeedsLock, has_questions
from meetings.bot.state import State
from meetings.bot.understanding import kinds, plain_answers
from meetings.bot.understanding.cleaning import Heard
from meetings.bot.understanding.intents import Act, Expects, Scene, Understood
from meetings.bot.understanding.reading import understand
from meetings.bot.understanding.sounds import Sounds, sounds
from meetings.bot.understanding.wanted_times import Days, Window, Wish
from meetings.bot.words import Reply
from meetings.models import MeetingType
from meetings.types import offering

#: So often a name is asked for; then what is written is taken for it.
NAME_TRIES = 2
#: While the bot waits for these, what is written is a client's own, and is sent to nobody.
PERSONAL = frozenset({Expects.NAME, Expects.EMAIL})


@dataclass(frozen=True)
class Said:
    """A message as it came in.

    `key`: the same again is the same message. `seen`: the number of the bot's message that the client had before
    their eyes, so that a yes to an older read-back is none. `device_zone`: where they seem to be; what they say
    counts more. `choice`: what the pressed button stands for (bot.choices).
    `signed_at`: by a messenger; the same key again must be signed anew. `network`: the client's, where it is known
    (limits.address_of): bookings are counted by it. `is_told`: they were told, before they wrote, that a language model
    may read it; nothing is sent to one otherwise.
    """

    text: str
    key: str = ""
    seen: int | None = None
    device_zone: ZoneInfo | None = None
    choice: str = ""
    signed_at: int | None = None
    network: str = ""
    is_told: bool = False


@dataclass(frozen=True)
class ByModel:
    """What a language model read, of a conversation whose last message was `after`: of another it would mean else."""

    understood: Understood
    after: int


class Turn:
    """One message against the conversation as it stands. `by_model`: what was read in it."""

    def __init__(
        self,
        conversation: Conversation,
        heard: Heard,
        said: Said,
        *,
        may_write: bool = True,
        by_model: Understood | None = None,
    ) -> None:
        self.conversation, self.heard, self.said, self.by_model = conversation, heard, said, by_model
        self.state = State.load(conversation.state)
        self.state.zone = self.state.zone or said.device_zone
        self._by_bot = Message.objects.filter(conversation=conversation, by=Message.By.BOT).order_by("-pk")
        self._dialogue = dialogue_of(conversation, self.state, said.network, may_write=may_write)
        self._dialogue.reads_others = self._reads_others = said.is_told and asking.is_on()

    def reply(self) -> Reply:
        if self.heard.is_too_long:
            self.state.proposed = None
            return self._dialogue.answer(Understood(act=Act.HELP)).after(words.too_long())
        kind = self._kind()
        if kind is not None and kind[1] and not has_questions(kind[0]):
            self._dialogue.take_kind(kind[0])
            self.heard = replace(self.heard, read=kind[1])  # the rest of what was said
        elif kind is not None:
            return self._dialogue.take_kind(kind[0])
        understood = self._understood()
        reply = self._dialogue.answer(understood)
        is_models_yes = self.by_model is not None and understood.act is Act.YES and not understood.is_agreement
        return reply.after(answers.say_yes()) if is_models_yes and self.state.proposed is not None else reply

    def _kind(self) -> tuple[MeetingType, str] | None:
        """The type of meeting that a button or the words name, where one of several is to be chosen, and the rest."""
        dialogue = self._dialogue
        listed = dialogue.desk.kinds
        if not dialogue.has_open_kind or self.state.chosen is not None:
            return None
        choice = self._chosen()
        if choice is not None:
            mine = [one for one in listed if one.slug == choice.kind]
            return (mine[0], "") if mine else None
        found = kinds.named(self.heard.read, [one.name for one in listed], is_asked=self.state.asks_kind)
        return (listed[found[0]], found[1]) if found else None

    def _understood(self) -> Understood:
        chosen = self._choice()
        if chosen is not None:
            return chosen
        understood = self._read(self._scene())
        seen = self.said.seen
        if understood.is_agreement and seen is not None and seen != self._last_of_bot():
            return Understood(act=Act.YES)  # to something older
        return understood

    def _read(self, scene: Scene) -> Understood:
        """By the grammars; in another language by its plain words for yes and no, or else by what the model read."""
        by_grammar = understand(self.heard, scene)
        if by_grammar.is_agreement or not self._reads_others:
            return by_grammar
        plain = plain_answers.find(self.heard.read, scene)
        if plain is not None or self.by_model is None:
            return plain or by_grammar
        # Addresses look the same in every language, and are not sent.
        addresses = tuple(one for one in by_grammar.unclaimed if "@" in one)
        email, is_bad = by_grammar.email, by_grammar.is_bad_email
        return replace(self.by_model, email=email, is_bad_email=is_bad, unclaimed=addresses)

    def ask_model(self) -> Understood | None:
        """What a language model reads in it, where it is needed and may be asked. Takes up to two seconds."""
        if not self._reads_others or not self.heard.read or self._dialogue.answers_owner or self._chosen() is not None:
            return None
        if self._kind() is not None:
            return None
        scene = self._scene()
        by_grammar = understand(self.heard, scene)
        if scene.expects in PERSONAL or plain_answers.find(self.heard.read, scene) is not None:
            return None
        if not is_in_doubt(by_grammar, self.heard.read):
            return None
        desk, owner = self._dialogue.desk, self.conversation.owner
        lengths = tuple(offering.lengths_of(desk.meeting_type, desk.settings)) if desk.meeting_type else ()
        contact = self.conversation.contact
        names = (self.state.name, owner.name, by_grammar.name, contact.name if contact else "")
        asker = Asker(str(self.conversation.pk), self.said.network, str(owner.pk))
        return asking.understand(self.heard.read, names, Bounds(scene, lengths), asker)

    def _choice(self) -> Understood | None:
        choice = self._chosen()
        if choice is None or choice.kind:
            return None
        if choice.day is not None:
            return Understood(act=Act.MEET, wish=Wish((Window(days=Days.one(choice.day)),)))
        if choice.zone is not None:
            return Understood(act=Act.TELL, zone=choice.zone)
        return Understood(act=Act.PICK, moment=choice.moment)

    def _chosen(self) -> choices.Choice | None:
        """A button, by its value or by its label to the letter: it is not read as a text."""
        shown = self._by_bot.filter(pk=self.said.seen).first() if self.said.seen else None
        values = (shown or self._by_bot.first() or Message()).values
        label = self.heard.read.casefold()
        by_label = next((value for name, value in values.items() if name.casefold() == label), "")
        return choices.read(self.said.choice or by_label)

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


def is_in_doubt(understood: Understood, text: str) -> bool:
    """Whether the grammars of English may have missed what it says."""
    if understood.is_agreement or not any(letter.isalpha() for letter in text):
        return False
    if understood.act in {Act.UNKNOWN, Act.FOREIGN}:
        return not understood.has_facts
    how = sounds(text)
    return how is Sounds.FOREIGN or (how is Sounds.UNSURE and not understood.has_facts)


def _one_day(moments: list[datetime], zone: ZoneInfo) -> date | None:
    days = {moment.astimezone(zone).date() for moment in moments}
    return days.pop() if len(days) == 1 else None


def dialogue_of(conversation: Conversation, state: State, network: str = "", *, may_write: bool = True) -> Dialogue:
    def hand_over(reason: str) -> None:
        if not may_write:
            raise NeedsLock
        conversation.state = state.dump()  # with the name that came in this message
        escalation.hand_over(conversation, reason)

    talked = Message.objects.filter(conversation=conversation).order_by("-pk")
    by, said = talked.exclude(by=Message.By.CLIENT).values_list("by", "text").first() or ("", "")
    desk = Desk(conversation, network, may_write=may_write, kind=state.kind)
    is_owners = by == Message.By.OWNER
    return Dialogue(state, desk, timezone.now(), hand_over, answers_owner=is_owners, last_said=said)
