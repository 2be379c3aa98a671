"""Vendors that tell of a calendar's changes by themselves: what is asked of them, and what they say.

Nothing that they say is believed but that there is news: whoever hears it asks the vendor.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Wanted:
    """What the vendor shall do: send messages with the secret to the address, until then.

    `id`: O-Key's name for it, another one for each; `secret`: up to 128 characters.
    """

    id: str
    address: str
    secret: str = field(repr=False)
    until: datetime


@dataclass(frozen=True)
class Made:
    """`external_id`: the vendor's name for it. `is_heard`: the vendor has seen that it reaches the address."""

    external_id: str
    expires_at: datetime
    is_heard: bool = False


class Says(StrEnum):
    #: The first message, before there is any news.
    ARRIVED = "arrived"
    CHANGED = "changed"
    #: It ends soon, unless it is renewed.
    RENEW = "renew"
    #: It has ended.
    REMOVED = "removed"


@dataclass(frozen=True)
class Message:
    """`id`, `external_id`: what it names of the two names; "" where this vendor does not."""

    says: Says
    secret: str = field(repr=False)
    id: str = ""
    external_id: str = ""

    def is_about(self, own_id: str, external_id: str) -> bool:
        """The vendor's name is not known before it has answered, and messages come earlier."""
        return self.id in {"", own_id} and (not external_id or self.external_id == external_id)
