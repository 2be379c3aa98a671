"""Where a conversation stands between two messages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from meetings.bot.understanding import wanted_times
from meetings.bot.understanding.intents import Act, Expects
from meetings.bot.understanding.wanted_times import Wish
from okey.owners.zones import known_zone


@dataclass
class State:
    """`task`: MEET, MOVE or CANCEL, whatever is being arranged; None where nothing is.

    `proposed` is what the bot's last message read back, and nothing else: only a yes to it may be acted on.
    """

    task: Act | None = None
    expects: Expects = Expects.NOTHING
    wish: Wish | None = None
    offered: list[datetime] = field(default_factory=list)
    chosen: datetime | None = None
    proposed: Act | None = None
    #: The token of the invitation whose meeting is moved or cancelled.
    about: str = ""
    zone: ZoneInfo | None = None
    name: str = ""
    email: str = ""
    note: str = ""
    #: How many messages in a row were not understood.
    misses: int = 0
    #: How many meetings were booked: the next one's request is a new one.
    booked: int = 0
    #: The chosen time was said in words: in another zone it would be another moment.
    is_worded: bool = False
    #: How often the name was asked for in vain.
    name_tries: int = 0
    #: Why the last wish could not be had, and to how many wishes in a row that was said.
    refusal: str = ""
    refusals: int = 0
    #: An address that was named beside a booked meeting: whose it is was asked.
    pending_email: str = ""
    #: The address of the type of meeting that was chosen of several; and whether they were listed last.
    kind: str = ""
    asks_kind: bool = False

    def start(self, task: Act | None, about: str = "") -> None:
        """Another thing to arrange. Who the client is stays."""
        self.task, self.about = task, about
        self.wish = self.chosen = None
        self.kind, self.asks_kind = "", False
        self.offered = []
        self.is_worded = False
        self.name_tries = 0

    def dump(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "expects": self.expects,
            "wish": wanted_times.dump(self.wish) if self.wish else None,
            "offered": [moment.isoformat() for moment in self.offered],
            "chosen": self.chosen.isoformat() if self.chosen else None,
            "proposed": self.proposed,
            "about": self.about,
            "zone": str(self.zone) if self.zone else "",
            "name": self.name,
            "email": self.email,
            "note": self.note,
            "misses": self.misses,
            "booked": self.booked,
            "is_worded": self.is_worded,
            "name_tries": self.name_tries,
            "pending_email": self.pending_email,
            "refusal": self.refusal,
            "refusals": self.refusals,
            "kind": self.kind,
            "asks_kind": self.asks_kind,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """What `dump` wrote; {} is a new conversation's."""
        if not data:
            return cls()
        plain = {name: data[name] for name in ("about", "name", "email", "note", "misses", "booked")}
        return cls(
            task=Act(data["task"]) if data["task"] else None,
            expects=Expects(data["expects"]),
            wish=wanted_times.load(data["wish"]) if data["wish"] else None,
            offered=[datetime.fromisoformat(moment) for moment in data["offered"]],
            chosen=datetime.fromisoformat(data["chosen"]) if data["chosen"] else None,
            proposed=Act(data["proposed"]) if data["proposed"] else None,
            zone=known_zone(data["zone"]),
            is_worded=data.get("is_worded", False),
            name_tries=data.get("name_tries", 0),
            pending_email=data.get("pending_email", ""),
            refusal=data.get("refusal", ""),
            refusals=data.get("refusals", 0),
            kind=data.get("kind", ""),
            asks_kind=data.get("asks_kind", False),
            **plain,
        )
