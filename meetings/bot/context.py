"""What the parts of a dialogue share: whose it is, where it stands, and the meetings that it may see."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from meetings.bot import words
from meetings.bot.permitted import Desk
from meetings.bot.state import State
from meetings.bot.understanding.intents import Act
from meetings.models import Invitation


@dataclass
class Table:
    """One message's worth. `now` is UTC. `answers_owner`: the owner wrote last."""

    state: State
    desk: Desk
    now: datetime
    hand_over: Callable[[str], None]
    answers_owner: bool = False
    #: What the bot, or the owner, said last.
    last_said: str = ""
    #: A language model may read what is not English.
    reads_others: bool = field(default=False, init=False)
    #: A time was taken with this message, and is named before the next question.
    is_new_choice: bool = field(default=False, init=False)
    #: Words that nothing was made of: no time is taken while they are open.
    has_open_words: bool = field(default=False, init=False)

    @property
    def zone(self) -> ZoneInfo:
        return self.state.zone or self.desk.owner.timezone

    @property
    def owner(self) -> str:
        """The owner's name, never the address."""
        return self.desk.owner.name or "O-Key"

    def when(self, invitation: Invitation) -> str:
        return words.span(invitation.meeting.starts_at, invitation.meeting.minutes, self.zone)

    def about(self) -> Invitation | None:
        """The meeting that is moved or cancelled: the one that was named, or the only one."""
        mine = self.desk.mine()
        named = [one for one in mine if one.token == self.state.about]
        return named[0] if named else mine[0] if len(mine) == 1 else None

    @property
    def has_open_kind(self) -> bool:
        """Whether the client has to say first which of several types of meeting they want."""
        return self.state.task in {None, Act.MEET} and not self.state.kind and len(self.desk.kinds) > 1

    def choose(self, moment: datetime, *, is_worded: bool) -> None:
        self.state.chosen, self.state.is_worded = moment, is_worded
        self.is_new_choice = True
