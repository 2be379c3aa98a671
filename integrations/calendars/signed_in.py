"""Calendars of a vendor that owners sign in to: one of the services that its grant is for.

Such a source knows HTTP and its vendor, nothing of the database. It raises the outcomes of providers.base; granted.py
gives it a token, and makes of outcomes what a calendar's owner reads.
"""

import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import requests

from integrations.calendars.base import Marks, Reading, WritableSource
from integrations.calendars.expansion.events import Question
from integrations.calendars.pushing import Made, Message, Wanted
from integrations.providers.base import Service, Unknown
from integrations.vendors.oauth import json_body

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
    """A calendar that the person sees there. `can_write`: whether entries may be put there, with the permission."""

    id: str
    name: str
    can_write: bool = False


class SignedIn(WritableSource, Service):
    """`secret` of its methods is a Key's. Beside what they say elsewhere they raise an Outcome."""

    name: ClassVar[str]
    believes_empty = True
    #: For each permission that is needed, those that cover it, the one to ask for first.
    covering: ClassVar[tuple[tuple[str, ...], ...]]
    #: Permissions that cover writing, the one to ask for first: only of those who have meetings entered there.
    writing: ClassVar[tuple[str, ...]]
    #: For how long it is asked to tell of changes; and whether that can be renewed, or another one has to take over.
    tells_for: ClassVar[timedelta]
    renews: ClassVar[bool] = False

    def may_write(self, scopes: Iterable[str]) -> bool:
        return bool(set(scopes) & set(self.writing))

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        granted = set(scopes)
        return [any_of[0] for any_of in self.covering if not granted & set(any_of)]

    def ask(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """All of that window: what has changed since the marks may be elsewhere."""
        return self.read(secret, Marks(), question, seconds=seconds)

    @abstractmethod
    def calendars(self, token: str, *, seconds: float) -> list[Listed]:
        """Those that the person may choose among, the one that everybody has first: its ID here is PRIMARY."""

    @abstractmethod
    def subscribe(self, secret: str, wanted: Wanted, *, seconds: float) -> Made:
        """Have the vendor tell of this calendar's changes. Messages come before this is answered."""

    def renew(self, secret: str, external_id: str, until: datetime, *, seconds: float) -> Made:
        """It goes on. Only where the vendor `renews`. Refused where it is over."""
        raise NotImplementedError

    @abstractmethod
    def unsubscribe(self, token: str, own_id: str, external_id: str, *, seconds: float) -> None:
        """No more of it; one that is gone already is a success."""

    def echo(self, query: Mapping[str, str]) -> str:
        """What the vendor wants to hear back before it sends messages to an address; "" where it asks no such thing."""
        return ""

    @abstractmethod
    def heard(self, headers: Mapping[str, str], body: bytes) -> list[Message]:
        """The messages that somebody sent, who may be anybody. Empty where they are none of this vendor's."""


def event_in(answer: requests.Response) -> dict[str, Any]:
    """The one event that a vendor has answered with. Raises Unknown where there is none."""
    item = json_body(answer)
    if item is None or not item.get("id"):
        raise Unknown(f"HTTP {answer.status_code} without an event")
    return item
