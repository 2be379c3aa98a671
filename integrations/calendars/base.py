"""What a source of busy times is, how reading it fails, and what a source is that takes entries, too.

A source knows its vendor, nothing of the database. To add one: a folder beside this file and a line in sources.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from integrations.calendars.expansion.events import Busy, Found, Question


class Why(StrEnum):
    """Why a calendar could not be read; models.Calendar.Trouble has the words."""

    UNREACHABLE = "unreachable"
    PRIVATE_ADDRESS = "private_address"
    REFUSED = "refused"
    GONE = "gone"
    NO_CALENDAR = "no_calendar"
    TOO_LARGE = "too_large"
    REDIRECTED = "redirected"
    #: The vendor does not accept the grant any more, or it was given back.
    RECONNECT = "reconnect"
    SCOPE_MISSING = "scope_missing"
    #: Deleted there, or not shared any more.
    UNSHARED = "unshared"
    #: Whoever signs in there may not do this (any more).
    NOT_ALLOWED = "not_allowed"
    #: A limit of the vendor's; it says when to come back.
    LIMITED = "limited"
    #: The operator's mistake.
    MISCONFIGURED = "misconfigured"
    FAILED = "failed"
    #: The user name and the password are refused.
    PASSWORD = "password"  # noqa: S105 -- a word for it


class CannotRead(Exception):
    """`retry_at`: when the other side wants to be asked again."""

    def __init__(self, why: Why, *, retry_at: datetime | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.retry_at = retry_at


@dataclass(frozen=True)
class Marks:
    """By what it is known that nothing has changed; empty to read it all. `token`: the source's own, for syncing."""

    etag: str = ""
    modified: str = ""
    digest: str = ""
    token: str = ""


@dataclass(frozen=True)
class Reading:
    """`found` is None where it was not read in full: nothing has changed since the marks, but `changes`.

    `changes`: what each of the source's entries takes now (Busy.ref), nothing where it is gone or takes no time.
    """

    marks: Marks
    found: Found | None
    changes: Mapping[str, set[Busy]] = field(default_factory=dict)


class Source(ABC):
    slug: ClassVar[str]
    #: Whether a calendar that had entries and comes without any is one; or a publisher's mistake, until it has lasted.
    believes_empty: ClassVar[bool] = False
    #: Whether a reading tells also of what came and went since the one before.
    sees_what_came_and_went: ClassVar[bool] = True

    @abstractmethod
    def read(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """All busy times within the question's window. `secret`: what the calendar's row keeps sealed.

        Raises CannotRead, within so many seconds.
        """

    def ask(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """What is busy in the question's window, which is one time that a client wants: asked while they wait.

        As `read` in all else; for a source that answers it faster than by reading everything.
        """
        return self.read(secret, marks, question, seconds=seconds)


@dataclass(frozen=True)
class Entry:
    """A meeting of O-Key's as it shall stand in a calendar. Times are aware.

    `link`: by which one joins, or the meeting's page; `place`: where they meet instead, "" where that is the link.
    `nonce`: another one whenever it may have to be entered anew; for vendors who take two of the same for one.
    """

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    words: str
    link: str
    changed_at: datetime
    place: str = ""
    nonce: str = ""

    @property
    def location(self) -> str:
        return self.place or self.link

    def agrees_with(self, there: "Standing") -> bool:
        """Whether it stands there as it shall: as far as anybody sees."""
        mine = (self.starts_at, self.ends_at, self.title, self.location)
        return mine == (there.starts_at, there.ends_at, there.title, there.link)


@dataclass(frozen=True)
class Standing:
    """An entry as it is found in a calendar.

    `place` and `version` are the source's own words for where it stands and how it is: they are kept as they are, and
    given back. `link`: its location. The rest is None or "" where it is not known or could not be understood.
    """

    place: str
    version: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    title: str = ""
    link: str = ""
    sequence: int = 0


class Outcome(StrEnum):
    DONE = "done"
    #: The answer was lost, or the other side is not well. It may have been done: do the very same again later.
    UNKNOWN = "unknown"
    #: It will be refused again as it is; Written.why says what has to change.
    REFUSED = "refused"
    #: Nothing was done: what stands there is not what O-Key knew. Written.there has it; None where it is gone.
    CHANGED = "changed"


@dataclass(frozen=True)
class Written:
    """`there`: after DONE of a write what is to be known from now on; after CHANGED what was found."""

    outcome: Outcome
    there: Standing | None = None
    why: Why | None = None
    retry_at: datetime | None = None


class WritableSource(Source):
    """A source whose calendars take entries: each once, by its UID, however often it is asked for.

    How whoever owes an entry uses it, whatever crashes:
    1. Record what is about to be told (its times), commit, and only then call.
    2. DONE: record `there`. UNKNOWN, or no answer because the process died: the same call again, with what was known
       before it. A write that had come through is found by its UID and is DONE; a second entry cannot come of it.
    3. CHANGED: compare what was found with what was recorded as told. O-Key's own older words (a lost answer, and the
       meeting moved since): call again with `known=written.there`. Anything else is the owner's own doing: theirs to
       decide, and whoever wants it O-Key's way calls with `known=written.there`; where it is gone (`there` is None),
       with `known=None`, which enters it anew.
    A write whose answer is lost may still be on its way for as long as that call had: remove after that time only.
    """

    @abstractmethod
    def write(self, secret: str, entry: Entry, known: Standing | None, *, seconds: float) -> Written:
        """Enter it, or, where it is known how it stands there, change it if it still stands so. Raises nothing."""

    @abstractmethod
    def remove(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Written:
        """DONE where nothing with this UID is there (any more). Without `known` whatever is found is CHANGED."""

    @abstractmethod
    def look(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Standing | None:
        """How it stands there now; None where it does not. Raises CannotRead."""
