"""One table of the database: what its columns hold of people."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

CLAIM = "due_at claim claimed_until attempts "
TURN = CLAIM + "turn held_turn "
#: Of a provider's pair of tokens.
PAIR = "suspected_at lost_at refreshed_at claims "

WITH_ACCOUNT = _("as long as the account")
WITH_CONTACT = _("until the owner erases the contact")
WITH_MEETING = _("as long as the meeting: until its contact is erased")
WHEN_OVER = _("until it is over")


@dataclass(frozen=True)
class Table:
    """Columns by what they are, with spaces between them.

    `personal` says something of a person. `opens` opens something, sealed or hashed: it is in no copy. `owner` leads
    to whose it is; "" where it is nobody's, or not one owner's.
    """

    label: str
    why: Any
    until: Any
    owner: str = ""
    personal: str = ""
    opens: str = ""
    other: str = ""

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    @property
    def file_name(self) -> str:
        return self.label.lower().replace(".", "_")

    @property
    def is_shown(self) -> bool:
        return bool(self.personal or self.opens)
