"""What a source of busy times is, and how reading it fails.

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
