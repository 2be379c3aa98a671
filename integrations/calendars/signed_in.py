"""Calendars of a vendor that owners sign in to: one of the services that its grant is for.

Such a source knows HTTP and its vendor, nothing of the database. It raises the outcomes of providers.base; granted.py
gives it a token, and makes of outcomes what a calendar's owner reads.
"""

import json
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from integrations.calendars.base import Marks, Reading, Source
from integrations.calendars.expansion.events import Question
from integrations.providers.base import Service

#: How the calendar is called that everybody has there.
PRIMARY = "primary"


@dataclass(frozen=True)
class Key:
    """What opens one calendar."""

    token: str = field(repr=False)
    calendar: str = PRIMARY

    @property
    def secret(self) -> str:
        return json.dumps([self.token, self.calendar])

    @classmethod
    def of(cls, secret: str) -> "Key":
        return cls(*json.loads(secret))


@dataclass(frozen=True)
class Listed:
    """A calendar that the person sees there."""

    id: str
    name: str


class SignedIn(Source, Service):
    """`secret` of its methods is a Key's. Beside CannotRead they raise an Outcome."""

    name: ClassVar[str]
    believes_empty = True
    #: For each permission that is needed, those that cover it, the one to ask for first.
    covering: ClassVar[tuple[tuple[str, ...], ...]]

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        granted = set(scopes)
        return [any_of[0] for any_of in self.covering if not granted & set(any_of)]

    def ask(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """All of that window: what has changed since the marks may be elsewhere."""
        return self.read(secret, Marks(), question, seconds=seconds)

    @abstractmethod
    def calendars(self, token: str, *, seconds: float) -> list[Listed]:
        """Those that the person may choose among, the one that everybody has first: its ID here is PRIMARY."""
