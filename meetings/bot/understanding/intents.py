"""What a client's message means, typed. Made by `understanding`, acted on by `dialogue`."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from meetings.bot.understanding.questions import Topic
from meetings.bot.understanding.refusals import Why
from meetings.bot.understanding.wanted_times import Wish


class Act(StrEnum):
    """What the client does with a message. Facts that come with it (a zone, a name) stand beside it."""

    GREET = "greet"
    MEET = "meet"  # wants a meeting, or says when
    PICK = "pick"  # one of those offered
    TELL = "tell"  # a zone, a name, an address, a note, and nothing else
    YES = "yes"
    NO = "no"
    MOVE = "move"
    CANCEL = "cancel"
    MORE = "more"  # other times than those offered
    EARLIER = "earlier"
    LATER = "later"
    ABOUT_MEETING = "about_meeting"  # "when is it?", "where is the link?"
    ANOTHER = "another"  # one more meeting
    RESTART = "restart"
    HUMAN = "human"
    ASK = "ask"  # one of the usual questions
    FOREIGN = "foreign"  # another language than English
    # What buttons alone say.
    OTHER_TIME = "other_time"
    SHOW = "show"
    RENAME = "rename"
    READDRESS = "readdress"
    DROP = "drop"
    MINE = "mine"
    HELP = "help"
    SMALL_TALK = "small_talk"
    THANKS = "thanks"
    BYE = "bye"
    UNKNOWN = "unknown"


class Expects(StrEnum):
    """What the bot asked for last."""

    NOTHING = "nothing"
    TIME = "time"
    ZONE = "zone"
    NAME = "name"
    EMAIL = "email"
    MEETING = "meeting"  # which one
    AGREEMENT = "agreement"


@dataclass(frozen=True)
class Scene:
    """What a message has to be understood against. `offered`: the times last offered, in their order."""

    now: datetime  # in the client's zone, or in the owner's while the client's is not known
    expects: Expects = Expects.NOTHING
    offered: tuple[datetime, ...] = ()
    #: What was read back: MEET, MOVE or CANCEL. "Yes, cancel it" agrees to nothing else.
    proposed: Act = Act.MEET
    #: The time that is booked or chosen: "an hour later" and "same time" are said against it.
    base: datetime | None = None
    #: Where the client is, is not known: a city by itself says it.
    #: The day that is spoken of: of what is booked, chosen or offered, where that is one.
    day: date | None = None
    is_zone_open: bool = False
    owner_zone: ZoneInfo | None = None
    #: The name was asked for before, in vain: now what is written is taken.
    is_name_overdue: bool = False
    owner_name: str = ""

    @property
    def zone(self) -> ZoneInfo:
        zone = self.now.tzinfo
        assert isinstance(zone, ZoneInfo)  # noqa: S101 -- who makes a Scene says so
        return zone


@dataclass(frozen=True)
class Understood:
    """`picked`: which of those offered, counted from 0; None with Act.PICK: one that is not there.

    `is_agreement`: the message is a yes and nothing else, so that it may stand for what was read back.
    """

    act: Act = Act.UNKNOWN
    wish: Wish | None = None
    unclear_days: tuple[date, ...] = ()
    picked: int | None = None
    #: The other one that may have been meant: "1" is the first, and one o'clock.
    or_picked: int | None = None
    zone: ZoneInfo | None = None
    zone_choices: tuple[ZoneInfo, ...] = ()
    unknown_place: str = ""
    name: str = ""
    email: str = ""
    is_bad_email: bool = False
    note: str = ""
    is_agreement: bool = False
    topic: Topic | None = None
    #: How long they want it, in minutes.
    minutes: int | None = None
    #: One of those offered that is not wanted, counted from 0, and why.
    refused: int | None = None
    why_refused: Why | None = None
    #: "Instead", "rather", "an hour later": what stands already is to be changed.
    is_instead: bool = False
    #: "Wrong e-mail, it should be …"
    is_correction: bool = False
    #: Words that carry meaning and that nothing was made of.
    unclaimed: tuple[str, ...] = ()
    #: The very time that a button stands for.
    moment: datetime | None = None
    mentions_address: bool = False
    mentions_name: bool = False

    @property
    def has_facts(self) -> bool:
        """Whether it tells something about the client."""
        return bool(self.has_zone or self.name or self.email or self.is_bad_email or self.note)

    @property
    def has_zone(self) -> bool:
        return bool(self.zone or self.zone_choices or self.unknown_place)

    @property
    def has_times(self) -> bool:
        return bool(self.wish or self.unclear_days)
