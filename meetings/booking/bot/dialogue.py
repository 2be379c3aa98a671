"""What the bot does with what it understood, and says next. State in, state and reply out.

The one rule that nothing here may break: `state.proposed` is set by a read-back and by nothing else, it is gone with
the next message, and only an agreement to it books, moves or cancels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from meetings import client_words, scheduling
from meetings.booking import holding_off
from meetings.booking.bot import offers, words
from meetings.booking.bot.desk import Desk
from meetings.booking.bot.intents import Act, Expects, Understood
from meetings.booking.bot.offers import Fit, Offer
from meetings.booking.bot.state import State
from meetings.booking.bot.wishes import ANY_TIME, Window, Wish
from meetings.booking.bot.words import Reply
from meetings.models import Invitation

#: So many messages in a row that are not understood, and the owner is asked to take over.
STUCK_AFTER = 3
#: Acts that leave everything as it stands; what was asked is asked again.
ASIDE = frozenset({Act.HELP, Act.SMALL_TALK, Act.THANKS, Act.BYE, Act.GREET, Act.UNKNOWN})


@dataclass
class Dialogue:
    """One message's worth. `now` is UTC."""

    state: State
    desk: Desk
    now: datetime
    hand_over: Callable[[str], None]

    def answer(self, said: Understood) -> Reply:
        state, proposed = self.state, self.state.proposed
        state.proposed = None
        state.misses = state.misses + 1 if said.act is Act.UNKNOWN and not said.has_facts else 0
        if said.is_agreement and proposed is not None:
            return self._do(proposed)
        trouble = self._note_facts(said)
        if trouble is not None:
            return trouble
        if said.act in ASIDE:
            return self._aside(said)
        return self._acts[said.act](said)

    @property
    def _acts(self) -> dict[Act, Callable[[Understood], Reply]]:
        return {
            Act.MEET: self._wished,
            Act.PICK: self._picked,
            Act.TELL: lambda said: self._next().after(self._noted(said)),
            Act.YES: lambda _: self._next() if self.state.task else words.already_done(),
            Act.NO: self._refused,
            Act.MOVE: self._move,
            Act.CANCEL: self._cancel,
            Act.MORE: self._more,
            Act.EARLIER: self._earlier,
            Act.LATER: self._more,
            Act.ABOUT_MEETING: self._about_meeting,
            Act.ANOTHER: self._another,
            Act.RESTART: self._restart,
            Act.HUMAN: self._human,
        }

    # --- Small things -------------------------------------------------------------------------------------------

    def _aside(self, said: Understood) -> Reply:
        if said.act is Act.UNKNOWN:
            return self._not_understood()
        if self.state.task is None and said.act in {Act.THANKS, Act.BYE}:
            return words.welcome() if said.act is Act.THANKS else words.bye()
        if said.act is Act.GREET and self.state.task is None:
            return self.greet()
        spoken = {Act.HELP: words.help_words(self.owner), Act.SMALL_TALK: words.small_talk()}
        return self._next().after(spoken.get(said.act, ""))

    def _not_understood(self) -> Reply:
        if self.state.misses >= STUCK_AFTER:
            self.state.misses = 0
            self.hand_over("stuck")
            return words.handed_over(self.owner).after(words.stuck())
        next_words = self._next()
        buttons = dict.fromkeys((*next_words.buttons, words.ASK_PERSON))
        is_address = self.state.expects is Expects.EMAIL
        spoken = words.bad_email() if is_address else words.not_understood()
        return Reply(next_words.text, tuple(buttons), next_words.url).after(spoken)

    def greet(self) -> Reply:
        mine = self.desk.mine()
        if mine:
            return words.greeting_with_meeting(self.owner, self._when(mine[0]))
        self.state.expects = Expects.TIME
        return words.greeting(self.owner)

    def _restart(self, _said: Understood) -> Reply:
        self.state.start(None)
        self.state.name = self.state.email = self.state.note = ""
        self.state.expects = Expects.TIME
        return words.ask_when().after(words.restarted())

    def _human(self, _said: Understood) -> Reply:
        self.hand_over("asked")
        reply = words.handed_over(self.owner)
        if self.state.email:
            return reply
        self.state.expects = Expects.EMAIL if self.state.name else Expects.NAME
        return Reply(f"{reply.text} {words.ask_for_address(self.owner)}", reply.buttons)

    # --- Facts --------------------------------------------------------------------------------------------------

    def _note_facts(self, said: Understood) -> Reply | None:
        """Keep what was told; a question back where it is not clear."""
        state = self.state
        state.name = said.name or state.name
        state.email = said.email or state.email
        state.note = said.note or state.note
        state.zone = said.zone or state.zone
        if said.zone_choices:
            state.expects = Expects.ZONE
            return words.which_zone(said.zone_choices)
        if said.unknown_place:
            state.expects = Expects.ZONE
            return words.unknown_place(said.unknown_place)
        if said.is_bad_email:
            state.expects = Expects.EMAIL
            return words.ask_email().after(words.bad_email())
        return None

    def _noted(self, said: Understood) -> str:
        return words.zone_noted(said.zone, self.now) if said.zone else ""

    # --- Times --------------------------------------------------------------------------------------------------

    def _wished(self, said: Understood) -> Reply:
        if self.state.task in {None, Act.CANCEL}:
            self.state.start(Act.MEET)
        return self._wish_again(said)

    def _wish_again(self, said: Understood) -> Reply:
        """Another wish for the same meeting, which may only say what was left open: "at 4", "friday"."""
        state = self.state
        state.chosen = None
        if said.unclear_days:
            state.wish, state.expects = said.wish, Expects.TIME
            return words.ask_day(said.unclear_days)
        if said.wish is None:
            return self._ask_when()
        state.wish = said.wish.filled_from(state.wish) if state.wish else said.wish
        return self._offer(said)

    def _ask_when(self) -> Reply:
        self.state.expects, self.state.offered = Expects.TIME, []
        return words.ask_when()

    def _offer(self, said: Understood | None = None) -> Reply:
        state = self.state
        slots = self.desk.free(moving=self._moved())
        offer = offers.find(slots, state.wish or ANY_TIME, self.zone, self.now)
        if offer.fit is Fit.NOTHING:
            return words.nothing_free(self.owner)
        state.offered, state.expects = list(offer.starts), Expects.TIME
        if offer.is_the_one and state.wish and state.wish.exact_minute is not None and state.wish.has_days:
            state.chosen = offer.starts[0]
            return self._next()
        return self._offered(offer, slots[-1].starts_at)

    def _offered(self, offer: Offer, last: datetime) -> Reply:
        spoken = {
            Fit.OTHER_HOURS: words.other_hours(),
            Fit.OTHER_DAYS: words.beyond(last, self.zone) if self._is_beyond(last) else words.other_days(),
            Fit.PAST: words.past(),
        }
        return self._list(offer.starts).after(spoken.get(offer.fit, ""))

    def _list(self, starts: tuple[datetime, ...]) -> Reply:
        return words.offer(starts, self.zone, is_zone_known=self.state.zone is not None)

    def _is_beyond(self, last: datetime) -> bool:
        day = last.astimezone(self.zone).date()
        wish = self.state.wish
        return wish is not None and all(window.days and window.days.first > day for window in wish.windows)

    def _picked(self, said: Understood) -> Reply:
        state = self.state
        if said.picked is None:
            return self._next().after(words.not_one_of_these())
        start = state.offered[said.picked]
        if state.expects is Expects.MEETING:
            chosen = [one for one in self.desk.mine() if one.meeting.starts_at == start]
            state.about = chosen[0].token if chosen else ""
            return self._next()
        state.task = state.task or Act.MEET
        state.chosen = start
        return self._next()

    def _more(self, said: Understood) -> Reply:
        """Those after the ones that were offered."""
        return self._others(said, lambda start: start > max(self.state.offered))

    def _earlier(self, said: Understood) -> Reply:
        return self._others(said, lambda start: start < min(self.state.offered))

    def _others(self, said: Understood, is_wanted: Callable[[datetime], bool]) -> Reply:
        state = self.state
        if said.has_times:
            return self._wished(said)
        state.task, state.chosen = state.task if state.task is Act.MOVE else Act.MEET, None
        if not state.offered:
            return self._offer()
        free = self.desk.free(moving=self._moved())
        wish = state.wish or ANY_TIME
        for wanted in (wish, ANY_TIME):
            slots = [slot for slot in free if is_wanted(slot.starts_at)]
            fitting = [slot for slot in slots if wanted.admits(slot.starts_at, slot.ends_at, self.zone)]
            if fitting:
                # "Earlier" means just before, not the first of all.
                near = fitting if fitting[0].starts_at > max(state.offered) else fitting[-offers.MOST :]
                offer = offers.find(near, Wish((Window(),)), self.zone, self.now)
                state.offered, state.expects = list(offer.starts), Expects.TIME
                return self._list(offer.starts)
        return self._offer().after(words.no_more())

    def _refused(self, said: Understood) -> Reply:
        """ "No", "no, friday", "not yet" """
        state = self.state
        if said.has_times and state.task is not Act.CANCEL:
            return self._wished(said)
        if state.task in {Act.CANCEL, Act.MOVE}:
            state.start(None)
            state.expects = Expects.NOTHING
            return Reply(words.kept(), (words.MY_MEETING, words.ASK_PERSON))
        if state.task is None:
            return words.welcome() if not state.offered else self._ask_when()
        state.chosen = None
        return self._ask_when()

    # --- Meetings that are there --------------------------------------------------------------------------------

    def _move(self, said: Understood) -> Reply:
        state = self.state
        if not self.desk.mine():
            return self._wished(said) if state.task is Act.MEET else words.not_mine()
        if state.task is not Act.MOVE:
            state.start(Act.MOVE)
        if said.has_times:
            state.chosen = None
            state.wish = said.wish
            if said.unclear_days:
                return self._wish_again(said)
        return self._next()

    def _cancel(self, _said: Understood) -> Reply:
        state = self.state
        is_drafting = state.task is Act.MEET
        if self.desk.mine() and not is_drafting:
            state.start(Act.CANCEL)
            return self._next()
        state.start(None)
        state.expects = Expects.NOTHING
        return Reply(words.kept(), (words.BOOK, words.ASK_PERSON)) if is_drafting else words.not_mine()

    def _about_meeting(self, _said: Understood) -> Reply:
        mine = self.desk.mine()
        if not mine:
            return words.not_mine() if self.state.task is None else self._next()
        return words.meeting(self._when(mine[0]), client_words.page_url(mine[0]))

    def _another(self, said: Understood) -> Reply:
        self.state.start(Act.MEET)
        self.state.note = said.note
        return self._wish_again(said)

    def _moved(self) -> Invitation | None:
        return self._about() if self.state.task is Act.MOVE else None

    def _about(self) -> Invitation | None:
        """The meeting that is moved or cancelled: the one that was named, or the only one."""
        mine = self.desk.mine()
        named = [one for one in mine if one.token == self.state.about]
        return named[0] if named else mine[0] if len(mine) == 1 else None

    # --- What comes next ----------------------------------------------------------------------------------------

    def _next(self) -> Reply:
        """The question that is open: which meeting, when, who; then the read-back."""
        state = self.state
        if state.task is None:
            return self._ask_when() if not self.desk.mine() else self._about_meeting(Understood())
        if state.task in {Act.MOVE, Act.CANCEL}:
            return self._next_for_mine()
        if state.chosen is None:
            return self._offer() if state.wish else self._ask_when()
        if not state.name:
            state.expects = Expects.NAME
            return words.ask_name()
        if not state.email:
            state.expects = Expects.EMAIL
            return words.ask_email()
        return self._read_back()

    def _next_for_mine(self) -> Reply:
        state, about = self.state, self._about()
        if about is None:
            mine = self.desk.mine()
            if not mine:
                state.start(None)
                return words.not_mine().after(words.gone())
            state.offered = [one.meeting.starts_at for one in mine]
            state.expects = Expects.MEETING
            return words.which_meeting(state.offered, self.zone)
        state.about = about.token
        if state.task is Act.CANCEL:
            return self._propose(Act.CANCEL, words.read_back_cancel(self._when(about)))
        if state.chosen is None:
            return self._offer()
        when = words.span(state.chosen, about.meeting.minutes, self.zone)
        return self._propose(Act.MOVE, words.read_back_move(self._when(about), when))

    def _read_back(self) -> Reply:
        state = self.state
        assert state.chosen is not None  # noqa: S101 -- whoever calls has looked
        when = words.span(state.chosen, self.desk.minutes, self.zone)
        return self._propose(Act.MEET, words.read_back(when, self.owner, state.name, state.email))

    def _propose(self, act: Act, reply: Reply) -> Reply:
        self.state.proposed, self.state.expects = act, Expects.AGREEMENT
        return reply

    # --- Doing what was agreed to -------------------------------------------------------------------------------

    def _do(self, proposed: Act) -> Reply:
        try:
            return self._book() if proposed is Act.MEET else self._change(proposed)
        except scheduling.SlotTaken:
            self.state.chosen = None
            return self._offer().after(words.taken())
        except holding_off.HeldOff:
            return words.held_off()
        except scheduling.Conflict:
            self.state.start(None)
            return words.not_mine().after(words.gone())

    def _book(self) -> Reply:
        state = self.state
        assert state.chosen is not None  # noqa: S101 -- it was read back
        invitation = self.desk.book(state, state.chosen)
        state.booked += 1
        self._done()
        if invitation is None:
            return words.check_mail(state.email)
        return words.booked(
            self._when(invitation),
            client_words.page_url(invitation),
            self.owner,
            has_link=bool(invitation.meeting.provider),
            email=state.email,
        )

    def _change(self, proposed: Act) -> Reply:
        state, about = self.state, self._about()
        if about is None:
            raise scheduling.Conflict
        when = self._when(about)
        if proposed is Act.CANCEL:
            self.desk.cancel(about)
            self._done()
            return words.cancelled(when)
        assert state.chosen is not None  # noqa: S101 -- it was read back
        when = words.span(state.chosen, about.meeting.minutes, self.zone)
        self.desk.move(about, state.chosen)
        self._done()
        return words.moved(when, client_words.page_url(about))

    def _done(self) -> None:
        self.state.start(None)
        self.state.expects = Expects.NOTHING

    @property
    def zone(self) -> ZoneInfo:
        return self.state.zone or self.desk.owner.timezone

    @property
    def owner(self) -> str:
        """The owner's name, never the address."""
        return self.desk.owner.name or "O-Key"

    def _when(self, invitation: Invitation) -> str:
        return words.span(invitation.meeting.starts_at, invitation.meeting.minutes, self.zone)
