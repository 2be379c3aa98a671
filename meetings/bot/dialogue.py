"""What the bot does with what it understood, and says next. State in, state and reply out.

The one rule that nothing here may break: `state.proposed` is set by a read-back and by nothing else, it is gone with
the next message, and only an agreement to it books, moves or cancels.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from meetings.bot import answers, explaining, kinds_words, words
from meetings.bot.arranging import STUCK_AFTER
from meetings.bot.changing import Changing
from meetings.bot.understanding.intents import Act, Expects, Understood
from meetings.bot.understanding.questions import Topic
from meetings.bot.words import Reply

#: After these the same answer is the right one.
SAME_ANSWER = frozenset({Act.HELP, Act.THANKS, Act.BYE, Act.GREET, Act.ABOUT_MEETING, Act.ASK})
#: Acts that leave everything as it stands; what was asked is asked again.
ASIDE = frozenset({Act.HELP, Act.SMALL_TALK, Act.THANKS, Act.BYE, Act.GREET, Act.UNKNOWN, Act.FOREIGN, Act.ASK})
#: Acts in which figures and weekdays mean nothing that the bot would have to ask about: the owner reads them.
FOR_THE_OWNER = frozenset({Topic.LATE, Topic.COST, Topic.GUEST, Topic.PREPARE, Topic.OTHER})


class Dialogue(Changing):
    def answer(self, said: Understood) -> Reply:
        state, proposed = self.state, self.state.proposed
        state.proposed = None
        if state.kind and self.desk.meeting_type is None:  # switched off meanwhile, or asks something now
            state.kind, state.chosen, proposed = "", None, None
            self.desk.choose_kind("")
        self.has_open_words = bool(said.unclaimed)
        state.misses = state.misses + 1 if said.act is Act.UNKNOWN and not said.has_facts and not said.unclaimed else 0
        if said.is_agreement and proposed is not None:
            return self.do(proposed)
        if self.answers_owner and not said.has_times and said.act not in {Act.CANCEL, Act.MOVE, Act.PICK}:
            return self._to_owner(said)
        reply = self._corrects_address(said) or self._note_facts(said) or self._replied(said)
        if said.topic is not None and said.act is not Act.ASK:
            reply = reply.after(self._answered(said.topic))
        if said.minutes is not None and said.minutes != self.desk.minutes and said.topic is None:
            reply = reply.after(answers.length(self.owner, self.desk.minutes, said.minutes))
        return self._not_twice(said, self._asking(said, reply))

    def _not_twice(self, said: Understood, reply: Reply) -> Reply:
        """Whoever reads the same sentence twice in a row is shown another way on."""
        is_answer = said.act in SAME_ANSWER or (said.has_times and self.state.chosen is not None)
        if reply.text != self.last_said or is_answer or words.ASK_PERSON in reply.buttons:
            return reply
        reply = replace(reply, buttons=(*reply.buttons, words.ASK_PERSON))
        return reply.after(answers.same_again(self.owner))

    def _replied(self, said: Understood) -> Reply:
        return self._aside(said) if said.act in ASIDE else self._acts[said.act](said)

    @property
    def _acts(self) -> dict[Act, Callable[[Understood], Reply]]:
        return {
            Act.MEET: self.meet,
            Act.PICK: self.picked,
            Act.TELL: self._told,
            Act.YES: lambda _: self._yes(),
            Act.NO: self._no,
            Act.MOVE: self.move,
            Act.CANCEL: self.cancel,
            Act.MORE: self.more,
            Act.EARLIER: self.earlier,
            Act.LATER: self.more,
            Act.ABOUT_MEETING: lambda _: self.about_meeting(),
            Act.ANOTHER: self.another,
            Act.RESTART: self._restart,
            Act.HUMAN: self._human,
            Act.DROP: self.drop,
            Act.OTHER_TIME: self.other_time,
            Act.SHOW: lambda _: self.offer(),
            Act.RENAME: lambda _: self._anew(Expects.NAME),
            Act.READDRESS: lambda _: self._anew(Expects.EMAIL),
            Act.MINE: lambda _: self._mine(),
        }

    def _asking(self, said: Understood, reply: Reply) -> Reply:
        """Words that carry meaning and that nothing was made of are asked about, never passed over."""
        if not said.unclaimed or said.act in {Act.HUMAN, Act.FOREIGN} or said.topic in FOR_THE_OWNER:
            return reply
        if said.act in ASIDE and not said.has_facts and said.topic is None:
            return self.next().after(answers.not_understood(said.unclaimed))
        meant = answers.meant(self.taken_words(said), said.unclaimed)
        if said.has_times and self.state.expects is Expects.TIME:
            # None is offered that may not be meant.
            return Reply(meant, (words.SHOW_TIMES, words.ASK_PERSON))
        return reply.after(meant)

    # --- Small things -------------------------------------------------------------------------------------------

    def _aside(self, said: Understood) -> Reply:
        if said.act is Act.UNKNOWN:
            return self._not_understood()
        if said.act is Act.FOREIGN:
            return self.next().after(answers.other_language(reads_others=self.reads_others))
        if said.act is Act.ASK and said.topic is not None:
            spoken = self._answered(said.topic)
            return Reply(spoken, (words.MY_MEETING,)) if self._is_idle() else self.next().after(spoken)
        if self.state.task is None and said.act in {Act.THANKS, Act.BYE}:
            return words.welcome() if said.act is Act.THANKS else words.bye()
        if said.act is Act.GREET and self.state.task is None:
            return self.greet()
        spoken = {Act.HELP: words.help_words(self.owner), Act.SMALL_TALK: words.small_talk()}.get(said.act, "")
        return self.next().after(spoken)

    def _is_idle(self) -> bool:
        return self.state.task is None and bool(self.desk.mine())

    def _answered(self, topic: Topic) -> str:
        """From what is known, or by the owner, who gets the question."""
        if topic is Topic.LATE:
            self.hand_over("asked")
            return answers.told_late(self.owner)
        if topic in {Topic.COST, Topic.PREPARE, Topic.OTHER}:
            self.hand_over("asked")
            return answers.only_owner_knows(self.owner)
        if topic is Topic.GUEST:
            self.hand_over("asked")
            return answers.guest(self.owner)
        known: dict[Topic, Callable[[], str]] = {
            Topic.LENGTH: lambda: answers.length(self.owner, self.desk.minutes),
            Topic.VIDEO: lambda: answers.video(self.desk.place),
            Topic.WHERE: lambda: answers.where(self.desk.place),
            Topic.ZONE: lambda: answers.zone(self.zone, self.state.chosen or self.now),
            Topic.WHO: lambda: answers.who(self.owner),
            Topic.HOURS: lambda: explaining.hours(self),
            Topic.LANGUAGES: lambda: answers.languages(reads_others=self.reads_others),
            Topic.CHANGE: answers.can_change,
            Topic.ROBOT: lambda: answers.robot(self.owner),
        }
        return known[topic]()

    def _not_understood(self) -> Reply:
        if self.desk.conversation.is_waiting:
            return Reply(answers.passed_on(self.owner), (words.BOOK,))
        if self.state.misses >= STUCK_AFTER:
            self.state.misses = 0
            self.hand_over("stuck")
            return words.handed_over(self.owner).after(words.stuck())
        next_words = self.next()
        buttons = dict.fromkeys((*next_words.buttons, words.ASK_PERSON))
        is_address = self.state.expects is Expects.EMAIL
        spoken = words.bad_email() if is_address else words.not_understood()
        return replace(next_words, buttons=tuple(buttons)).after(spoken)

    def greet(self) -> Reply:
        mine = self.desk.mine()
        if mine:
            return words.greeting_with_meeting(self.owner, self.when(mine[0]))
        if self.has_open_kind:
            return self.ask_kind().after(kinds_words.hello(self.owner))
        self.state.expects = Expects.TIME
        return words.greeting(self.owner)

    def greet_to_move(self) -> Reply:
        """Whoever comes from *Move it by chat* has said already what they want."""
        mine = self.desk.mine()
        if not mine:
            return self.greet()
        self.state.start(Act.MOVE)
        return self.next().after(words.greeting_to_move(self.owner, self.when(mine[0])))

    def _yes(self) -> Reply:
        """To nothing that was read back."""
        if self.state.task is not None:
            return self.next()
        mine = self.desk.mine()
        return answers.move_or_cancel(self.when(mine[0])) if mine else words.already_done()

    def _restart(self, _said: Understood) -> Reply:
        self.state.start(None)
        self.state.name = self.state.email = self.state.note = ""
        self.state.expects = Expects.TIME
        return words.ask_when().after(words.restarted())

    # --- People -------------------------------------------------------------------------------------------------

    def _human(self, _said: Understood) -> Reply:
        self.hand_over("asked")
        reply = words.handed_over(self.owner)
        if self.state.email:
            return reply
        self.state.expects = Expects.EMAIL if self.state.name else Expects.NAME
        return Reply(f"{reply.text} {words.ask_for_address(self.owner)}", reply.buttons)

    def _to_owner(self, said: Understood) -> Reply:
        """What answers the owner's message is the owner's to read."""
        self.state.name = said.name or self.state.name
        self.state.email = said.email or self.state.email
        self.hand_over("answered")
        return Reply(answers.passed_on(self.owner), (words.BOOK,))

    def _told(self, said: Understood) -> Reply:
        noted = words.zone_noted(said.zone, self.now) if said.zone else ""
        state = self.state
        if state.task is None and self.desk.conversation.is_waiting and (said.name or said.email):
            if state.email:
                state.expects = Expects.NOTHING
                return answers.thanks_for_details(self.owner)
            state.expects = Expects.EMAIL
            return words.ask_email_of_asker(self.owner)
        if said.name and self._is_idle():
            self.hand_over("asked")
            return Reply(answers.passed_on(self.owner), (words.MY_MEETING,))
        return self.next().after(noted)

    def _no(self, said: Understood) -> Reply:
        if said.is_correction and self.state.chosen is not None and not said.has_times:
            if said.mentions_address:
                return self._anew(Expects.EMAIL)
            if said.mentions_name:
                return self._anew(Expects.NAME)
        return self.refused(said)

    def _anew(self, what: Expects) -> Reply:
        """The name or the address of the draft is asked for again."""
        if self.state.task is None:
            return self.next()
        if what is Expects.NAME:
            self.state.name = ""
        else:
            self.state.email = ""
        return self.next()

    def _mine(self) -> Reply:
        return self.correct_address(self.state.pending_email) if self.state.pending_email else self._yes()

    # --- Facts --------------------------------------------------------------------------------------------------

    def _note_facts(self, said: Understood) -> Reply | None:
        """Keep what was told; a question back where it is not clear."""
        state = self.state
        state.name = said.name or state.name if not (said.name and self._is_idle()) else state.name
        state.note = said.note or state.note
        if said.email and self._is_idle() and not self.desk.conversation.is_waiting:
            return self._address_beside_a_meeting(said)
        state.email = said.email or state.email
        if said.zone_choices:
            state.expects = Expects.ZONE
            return words.which_zone(said.zone_choices)
        if said.unknown_place:
            state.expects = Expects.ZONE
            return words.unknown_place(said.unknown_place)
        if said.is_bad_email:
            state.expects = Expects.EMAIL
            return words.ask_email().after(words.bad_email())
        return self._note_zone(said.zone, said) if said.zone else None

    def _corrects_address(self, said: Understood) -> Reply | None:
        """ "That's not my e-mail address", beside a meeting that stands"""
        if not (self._is_idle() and said.is_correction and said.mentions_address) or said.email or said.is_bad_email:
            return None
        self.state.expects = Expects.EMAIL
        return words.ask_email()

    def _address_beside_a_meeting(self, said: Understood) -> Reply | None:
        if said.topic is not None:
            return None
        if said.is_correction or self.state.expects is Expects.EMAIL:
            return self.correct_address(said.email)
        self.state.pending_email = said.email
        return answers.whose_address(said.email)

    def _note_zone(self, zone: ZoneInfo, said: Understood) -> Reply | None:
        """A time that was agreed on in words is another moment in another zone: which was meant is asked."""
        state, before = self.state, self.zone
        state.zone = zone
        chosen = state.chosen
        if chosen is None or not state.is_worded or said.has_times or said.act is Act.PICK:
            return None
        there = chosen.astimezone(before).replace(tzinfo=zone)
        if there.utcoffset() == chosen.astimezone(before).utcoffset():
            return None
        state.chosen = None
        state.offered = [_utc(there), chosen]
        state.expects = Expects.TIME
        labels = {answers.in_zone(there, zone): _utc(there), answers.in_zone(chosen, before): chosen}
        return answers.which_zone_meant(labels).after(words.zone_noted(zone, self.now))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("UTC"))
