"""Meetings that stand: moved, cancelled, asked about; and what is done once it was agreed to."""

from meetings import scheduling
from meetings.booking import bookings, rate_limits
from meetings.bot import answers, kinds_words, words
from meetings.bot.arranging import Arranging
from meetings.bot.understanding.intents import Act, Expects, Understood
from meetings.bot.words import Reply
from meetings.client import actions as client_actions
from meetings.invitations import words as client_words


class Changing(Arranging):
    # --- What is wanted of them -----------------------------------------------------------------------------------

    def meet(self, said: Understood) -> Reply:
        """A wish; beside a meeting that stands it changes that one, or the client is asked."""
        state, mine = self.state, self.desk.mine()
        if state.task is Act.CANCEL and not said.has_times:  # "the meeting is fine"
            return self.refused(said)
        if state.task is not None or not mine:
            return self.wished(said)
        if said.is_instead and (said.has_times or len(mine) == 1):
            return self.move(said)
        state.wish, state.expects = said.wish, Expects.NOTHING
        return answers.move_or_another(self.when(mine[0]))

    def move(self, said: Understood) -> Reply:
        state = self.state
        mine = self.desk.mine()
        if not mine:
            return self.wished(said) if state.task is Act.MEET else words.not_mine()
        if all(one.meeting.is_group for one in mine):
            return words.shared()
        if state.task is not Act.MOVE:
            kept = state.wish if state.task is None else None
            state.start(Act.MOVE)
            state.wish = kept
        if said.has_times:
            state.wish = None if said.wish is None else state.wish
            return self.wish_again(said) if self.about() is not None else self._keep_wish(said)
        return self.next()

    def _keep_wish(self, said: Understood) -> Reply:
        """Which meeting is moved is asked first."""
        self.state.wish = said.wish
        return self.next()

    def more(self, said: Understood) -> Reply:
        self._move_if_one_stands()
        return super().more(said)

    def earlier(self, said: Understood) -> Reply:
        self._move_if_one_stands()
        return super().earlier(said)

    def _move_if_one_stands(self) -> None:
        """ "Later" beside a booked meeting is about that meeting."""
        mine = self.desk.mine()
        if self.state.task is None and len(mine) == 1 and not mine[0].meeting.is_group:
            self.state.start(Act.MOVE)
            self.state.offered = [mine[0].meeting.starts_at]

    def cancel(self, _said: Understood) -> Reply:
        state = self.state
        is_drafting = state.task is Act.MEET
        if self.desk.mine():
            state.start(Act.CANCEL)
            return self.next().after(words.draft_dropped() if is_drafting else "")
        state.start(None)
        state.expects = Expects.NOTHING
        return Reply(words.kept(), (words.BOOK, words.ASK_PERSON)) if is_drafting else words.not_mine()

    def about_meeting(self) -> Reply:
        mine = self.desk.mine()
        if not mine:
            return words.not_mine() if self.state.task is None else self.next()
        return words.meeting(self.when(mine[0]), client_words.page_url(mine[0]))

    def another(self, said: Understood) -> Reply:
        kept = self.state.wish if self.state.task is None else None
        self.state.start(Act.MEET)
        self.state.wish = kept
        self.state.note = said.note
        return self.wish_again(said)

    def refused(self, said: Understood) -> Reply:
        """ "No", "no, friday", "not yet" """
        state = self.state
        if said.has_times and state.task is not Act.CANCEL:
            return self.meet(said)
        if state.task in {Act.CANCEL, Act.MOVE}:
            state.start(None)
            state.expects = Expects.NOTHING
            return Reply(words.kept(), (words.MY_MEETING, words.ASK_PERSON))
        if state.task is None:
            return self.ask_when() if state.offered else Reply(words.kept())
        if state.chosen is not None and state.name and state.email:
            state.expects = Expects.NOTHING
            return answers.what_to_change()
        if state.chosen is not None and state.expects in {Expects.NAME, Expects.EMAIL}:
            return self.next()
        state.chosen = None
        return self.ask_when()

    def drop(self, _said: Understood) -> Reply:
        self.state.start(None)
        self.state.expects = Expects.NOTHING
        return Reply(words.kept(), (words.BOOK, words.ASK_PERSON))

    def other_time(self, _said: Understood) -> Reply:
        self.state.chosen = None
        return self.offer() if self.state.task is Act.MOVE else self.ask_when()

    # --- Doing what was agreed to -------------------------------------------------------------------------------

    def do(self, proposed: Act) -> Reply:
        try:
            return self._book() if proposed is Act.MEET else self._change(proposed)
        except scheduling.SlotTaken:
            self.state.chosen = None
            return self.offer().after(words.taken())
        except rate_limits.HeldOff:
            return words.held_off()
        except bookings.HasSeat:
            return words.has_seat()
        except rate_limits.NoMail as refused:
            return answers.no_mail(self.owner, self.state.email, is_owners=refused.is_owners)
        except client_actions.MovedTooOften as refused:
            return self._not_moved(is_for_good=refused.is_for_good)
        except client_actions.TooLate:
            return self._too_late()
        except scheduling.Conflict:
            self.state.start(None)
            return words.not_mine().after(words.gone())

    def _not_moved(self, *, is_for_good: bool) -> Reply:
        about = self.about()
        self._done()
        when = self.when(about) if about else ""
        return answers.moved_too_often(self.owner, when, is_for_good=is_for_good)

    def _too_late(self) -> Reply:
        about = self.about()
        self._done()
        return kinds_words.too_late_to_change(self.when(about) if about else "", self.owner)

    def _book(self) -> Reply:
        state = self.state
        assert state.chosen is not None  # noqa: S101 -- it was read back
        invitation = self.desk.book(state, state.chosen)
        state.booked += 1
        self._done()
        if invitation is None:
            return words.check_mail(state.email)
        if invitation.meeting.is_requested:
            return kinds_words.asked(
                self.when(invitation), client_words.page_url(invitation), self.owner, email=state.email
            )
        return words.booked(
            self.when(invitation),
            client_words.page_url(invitation),
            self.owner,
            has_link=bool(invitation.meeting.provider),
            email=state.email,
        )

    def _change(self, proposed: Act) -> Reply:
        state, about = self.state, self.about()
        if about is None:
            raise scheduling.Conflict
        when = self.when(about)
        if proposed is Act.CANCEL:
            self.desk.cancel(about)
            self._done()
            return words.cancelled(when)
        if about.meeting.is_group:
            self._done()
            return words.shared()
        assert state.chosen is not None  # noqa: S101 -- it was read back
        when = words.span(state.chosen, about.meeting.minutes, self.zone)
        self.desk.move(about, state.chosen)
        self._done()
        return words.moved(when, client_words.page_url(about))

    def correct_address(self, email: str) -> Reply:
        """Of the meeting that stands: the invitation goes to this one."""
        state, mine = self.state, self.desk.mine()
        state.pending_email = ""
        if len(mine) != 1:
            state.email = email
            return self.next()
        try:
            corrected = self.desk.correct_address(mine[0], state.name or mine[0].contact.name, email)
        except rate_limits.HeldOff:
            return words.held_off()
        except bookings.HasSeat:
            return words.has_seat()
        state.email = email
        return answers.address_changed(email, client_words.page_url(corrected))

    def _done(self) -> None:
        self.state.start(None)
        self.state.expects = Expects.NOTHING
