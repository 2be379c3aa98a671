"""Finding a time: wishes, what is offered for them, what is picked, and the questions up to the read-back."""

from dataclasses import replace
from datetime import datetime, timedelta

from meetings.bot import answers, explaining, kinds_words, words
from meetings.bot.context import Table
from meetings.bot.offers import Fit, Offer, Search
from meetings.bot.permitted import has_questions
from meetings.bot.understanding.intents import Act, Expects, Understood
from meetings.bot.understanding.refusals import Why
from meetings.bot.understanding.wanted_times import ANY_TIME, Days, Window, Wish
from meetings.bot.words import Reply
from meetings.models import Invitation, MeetingType

#: So many messages in a row that lead nowhere, and the owner is asked to take over.
STUCK_AFTER = 3


class Arranging(Table):
    # --- Wishes -----------------------------------------------------------------------------------------------

    def wished(self, said: Understood) -> Reply:
        if self.state.task in {None, Act.CANCEL}:
            self.state.start(Act.MEET)
        return self.wish_again(said)

    def wish_again(self, said: Understood) -> Reply:
        """Another wish for the same meeting, which may only say what was left open: "at 4", "friday"."""
        state = self.state
        state.chosen = None
        if self.has_open_kind:
            state.wish = said.wish or state.wish  # looked up once it is known for what
            return self.ask_kind()
        if said.unclear_days:
            state.wish, state.expects = said.wish, Expects.TIME
            return words.ask_day(said.unclear_days)
        if said.wish is None:
            return self.offer()
        wish = self._on_the_meetings_day(said.wish.filled_from(state.wish) if state.wish else said.wish)
        wish = wish.to_come(self.now.astimezone(self.zone))
        state.wish = self._past_a_full_day(wish)
        full = [new.days for new, old in zip(state.wish.windows, wish.windows, strict=True) if new != old]
        before = state.refusal, state.refusals, frozenset(state.offered)
        reply = self.offer()
        if state.refusal and state.refusal == before[0]:
            return self._refused_again(*before[1:])
        state.refusals = 1 if state.refusal else 0
        return reply.after(answers.day_full(full[0].first)) if full and full[0] else reply

    def _past_a_full_day(self, wish: Wish) -> Wish:
        """ "Thursday", said on a Thursday of which nothing is free any more, is the next one."""

        def is_full(window: Window) -> bool:
            days = window.days
            return days is not None and days.or_in_a_week and not self.search().has_any(Wish((Window(days=days),)))

        return Wish(tuple(one.moved_on() if is_full(one) else one for one in wish.windows))

    def _refused_again(self, refusals: int, offered: frozenset[datetime]) -> Reply:
        """The same wish cannot be had, and that was said: so other times are offered, and then the owner is asked."""
        state = self.state
        state.refusals = refusals + 1
        reply = self.offer(refused=offered) if state.refusals < STUCK_AFTER else None
        if reply is None or not reply.values:
            state.refusal, state.refusals = "", 0
            self.hand_over("stuck")
            return words.handed_over(self.owner).after(words.stuck())
        reply = self._list(tuple(state.offered)).after(answers.others())
        reply = reply.after(state.refusal.removesuffix(words.closest()).strip())
        return replace(reply, buttons=(*reply.buttons, words.ASK_PERSON))

    def _on_the_meetings_day(self, wish: Wish) -> Wish:
        """ "Make it 3pm instead" means the day of the meeting that is moved."""
        moved = self.moved()
        if moved is None or any(window.days or window.since for window in wish.windows) or not wish.has_hours:
            return wish
        day = Days.one(moved.meeting.starts_at.astimezone(self.zone).date())
        return Wish(tuple(replace(window, days=day) for window in wish.windows))

    def ask_kind(self) -> Reply:
        self.state.asks_kind, self.state.expects = True, Expects.NOTHING
        return kinds_words.which_kind([(one.name, one.slug) for one in self.desk.kinds])

    def take_kind(self, kind: MeetingType) -> Reply:
        """The client has said which type they want. One with questions is booked on its page."""
        state = self.state
        state.proposed = None
        if has_questions(kind):
            return kinds_words.kind_on_its_page(kind.name, self.desk.page_of(kind))
        state.task, state.kind, state.asks_kind = Act.MEET, kind.slug, False
        state.chosen, state.offered = None, []
        self.desk.choose_kind(kind.slug)
        return (self.offer() if state.wish else self.ask_when()).after(kinds_words.kind_taken(kind.name))

    def ask_when(self) -> Reply:
        if self.has_open_kind:
            return self.ask_kind()
        self.state.expects, self.state.offered = Expects.TIME, []
        return words.ask_when()

    # --- Offers -----------------------------------------------------------------------------------------------

    def search(self, **more: datetime | frozenset[datetime]) -> Search:
        return Search(self.desk.free(moving=self.moved()), self.zone, self.now, **more)  # type: ignore[arg-type]

    def offer(self, refused: frozenset[datetime] = frozenset()) -> Reply:
        if self.has_open_kind:
            return self.ask_kind()
        state, wish = self.state, self.state.wish or ANY_TIME
        offer = self.search(refused=refused).find(wish)
        if offer.fit is Fit.NOTHING:
            return words.nothing_free(self.owner)
        state.offered, state.expects = list(offer.starts), Expects.TIME
        state.refusal = self._refusal(offer, wish)
        is_one_time = offer.is_the_one and wish.exact_minute is not None and wish.has_days
        if is_one_time and not self.has_open_words:
            self.choose(offer.starts[0], is_worded=True)
            return self.next()
        return self._list(offer.starts).after(state.refusal or explaining.missing(self, wish, offer))

    def _refusal(self, offer: Offer, wish: Wish) -> str:
        """Why the wish cannot be had; "" where it can."""
        if offer.fit is Fit.FITS:
            return ""
        if offer.fit is Fit.PAST:
            today = self.now.astimezone(self.zone).date()
            is_day_over = all(window.days is not None and window.days.last < today for window in wish.windows)
            return words.past() if is_day_over else answers.time_past()
        return explaining.why_not(self, wish, is_other_day=offer.fit is Fit.OTHER_DAYS)

    def _list(self, starts: tuple[datetime, ...]) -> Reply:
        return words.offer(starts, self.zone, is_zone_known=self.state.zone is not None)

    # --- Picks ------------------------------------------------------------------------------------------------

    def picked(self, said: Understood) -> Reply:
        state = self.state
        if said.moment is not None:
            return self._picked_moment(said.moment)
        if said.picked is None or not state.offered:
            return self.next().after(words.not_one_of_these())
        if said.or_picked is not None:
            both = (state.offered[said.picked], state.offered[said.or_picked])
            return answers.which_zone_meant({words.time_label(one, self.zone): one for one in both})
        if self.has_open_words:
            state.chosen = None
            return self._list(tuple(state.offered))
        start = state.offered[said.picked]
        if state.expects is Expects.MEETING:
            return self._named_meeting(start)
        state.task = state.task or Act.MEET
        self.choose(start, is_worded=False)
        return self.next()

    def _picked_moment(self, moment: datetime) -> Reply:
        """A button, which stands for this very time."""
        state = self.state
        if state.expects is Expects.MEETING and moment in state.offered:
            return self._named_meeting(moment)
        state.task = state.task if state.task in {Act.MEET, Act.MOVE} else Act.MEET
        if self.has_open_kind:
            return self.ask_kind()
        if not self.desk.free(moving=self.moved()).has(moment):
            state.chosen = None
            return self.offer().after(words.taken())
        self.choose(moment, is_worded=False)
        return self.next()

    def _named_meeting(self, start: datetime) -> Reply:
        chosen = [one for one in self.desk.mine() if one.meeting.starts_at == start]
        self.state.about = chosen[0].token if chosen else ""
        return self.next()

    # --- Others than those that were offered ----------------------------------------------------------------------

    def more(self, said: Understood) -> Reply:
        """Those after the ones that were offered; or the others of them, where one was refused."""
        state = self.state
        if said.has_times:
            return self.wished(said)
        if said.refused is not None and self.has_open_words and state.offered:
            return self._list(tuple(state.offered))
        if said.refused is not None and said.refused < len(state.offered):
            return self._refused_one(said)
        return self._others(is_earlier=False)

    def earlier(self, said: Understood) -> Reply:
        return self.wished(said) if said.has_times else self._others(is_earlier=True)

    def _refused_one(self, said: Understood) -> Reply:
        state = self.state
        assert said.refused is not None  # noqa: S101 -- whoever calls has looked
        refused = state.offered[said.refused]
        if said.why_refused is Why.TOO_LATE:
            state.offered = [refused]
            return self._others(is_earlier=True)
        if said.why_refused is Why.TOO_EARLY:
            left = [start for start in state.offered if start > refused]
            state.offered = [refused]
        else:
            left = [start for start in state.offered if start != refused]
        if not left:
            return self._others(is_earlier=False)
        state.chosen, state.offered, state.expects = None, left, Expects.TIME
        return self._list(tuple(left))

    def _others(self, *, is_earlier: bool) -> Reply:
        state = self.state
        if self.has_open_words and state.offered:
            return self._list(tuple(state.offered))
        state.task, state.chosen = state.task if state.task is Act.MOVE else Act.MEET, None
        if not state.offered:
            return self.offer()
        wish = state.wish or ANY_TIME
        first, last = min(state.offered), max(state.offered)
        if is_earlier:
            starts = self.search().last_before(first, wish) or self.search().last_before(first, ANY_TIME)
        else:
            starts = self.search(since=last + timedelta(minutes=1)).find(wish).starts
        if not starts:
            return self.offer().after(words.no_more())
        state.offered, state.expects = list(starts), Expects.TIME
        return self._list(starts)

    # --- What comes next ----------------------------------------------------------------------------------------

    def moved(self) -> Invitation | None:
        return self.about() if self.state.task is Act.MOVE else None

    def next(self) -> Reply:
        """The question that is open: which meeting, when, who; then the read-back."""
        state = self.state
        if state.task is None:
            return self.ask_when() if not self.desk.mine() else self.about_meeting()
        if state.task in {Act.MOVE, Act.CANCEL}:
            return self._next_for_mine()
        if state.chosen is None:
            return self.offer() if state.wish else self.ask_when()
        if not state.name:
            state.name_tries = state.name_tries + 1 if state.expects is Expects.NAME else 1
            state.expects = Expects.NAME
            return words.ask_name().after(self._acknowledged())
        if not state.email:
            state.expects = Expects.EMAIL
            return words.ask_email().after(self._acknowledged())
        return self._read_back()

    def _acknowledged(self) -> str:
        chosen = self.state.chosen
        return words.free(chosen, self.zone) if self.is_new_choice and chosen is not None else ""

    def about_meeting(self) -> Reply:
        raise NotImplementedError

    def _next_for_mine(self) -> Reply:
        state, about = self.state, self.about()
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
            return self.propose(Act.CANCEL, words.read_back_cancel(self.when(about)))
        if state.chosen is None:
            return self.offer()
        when = words.span(state.chosen, about.meeting.minutes, self.zone)
        return self.propose(Act.MOVE, words.read_back_move(self.when(about), when))

    def _read_back(self) -> Reply:
        state = self.state
        assert state.chosen is not None  # noqa: S101 -- whoever calls has looked
        mine = self.desk.mine()
        draft = words.Draft(
            moment=state.chosen,
            minutes=self.desk.minutes,
            zone=self.zone,
            owner=self.owner,
            where=self.desk.place,
            name=state.name,
            email=state.email,
            standing=self.when(mine[0]) if mine else "",
            kind=self.desk.meeting_type.name if self.state.kind and self.desk.meeting_type else "",
        )
        return self.propose(Act.MEET, words.read_back(draft))

    def propose(self, act: Act, reply: Reply) -> Reply:
        self.state.proposed, self.state.expects = act, Expects.AGREEMENT
        return reply

    def taken_words(self, said: Understood) -> str:
        """What was made of a message, where that can be said in a few words."""
        wish = said.wish
        if wish is None or len(wish.windows) != 1 or wish.main.days is None or not wish.main.days.is_one:
            return ""
        day = words.day_words(wish.main.days.first)
        minute = wish.exact_minute
        return day if minute is None else f"{day}, {minute // 60:02}:{minute % 60:02}"
