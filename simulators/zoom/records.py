"""What the simulated Zoom remembers: users, authorization codes, grants, token pairs, meetings."""

from dataclasses import dataclass, field
from typing import Any

from simulators.common import state as common
from simulators.common.times import parse_utc

CODE_SECONDS = 5 * 60
ACCESS_TOKEN_SECONDS = 3600
MEETING_ID_SECONDS = 30 * 24 * 3600

LICENSED = 2
BASIC = 1
MAY_NOT_HOST = 4


@dataclass
class User(common.User):
    """One Zoom user; `daily` counts creates and updates, for the UTC day in `daily_on`."""

    id: str
    account_id: str
    account_number: int
    email: str
    first_name: str
    last_name: str
    type: int
    status: str
    timezone: str
    pmi: int
    daily_on: str = ""
    daily: int = 0

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def used_today(self, today: str) -> int:
        return self.daily if self.daily_on == today else 0

    def count(self, today: str) -> None:
        self.daily, self.daily_on = self.used_today(today) + 1, today


@dataclass
class Code:
    """An authorization code: five minutes, one use."""

    value: str
    user_id: str
    redirect_uri: str
    scopes: list[str]
    challenge: str
    challenge_method: str
    issued_at: float
    spent: bool = False

    def is_usable(self, now: float) -> bool:
        return not self.spent and now < self.issued_at + CODE_SECONDS


@dataclass
class Grant:
    """A user's permission for the app; at most one is alive for each user."""

    id: str
    user_id: str
    scopes: list[str]
    created_at: float
    pair_no: int = 0
    ended_at: float | None = None
    ended_by: str = ""

    @property
    def is_alive(self) -> bool:
        return self.ended_at is None


@dataclass
class Pair:
    """An access and a refresh token, issued together and superseded together."""

    access: str
    refresh: str
    grant_id: str
    number: int
    issued_at: float
    expires_at: float
    refresh_killed: bool = False
    superseded_at: float | None = None

    def is_current(self, now: float, grace: float) -> bool:
        return self.superseded_at is None or now < self.superseded_at + grace


@dataclass
class Meeting:
    """A scheduled or an instant meeting (types 2 and 1)."""

    id: int
    uuid: str
    host_id: str
    grant_id: str
    topic: str
    agenda: str
    type: int
    start_time: str
    duration: int
    timezone: str
    password: str
    join_url: str
    start_url: str
    created_at: str
    settings: dict[str, Any] = field(default_factory=dict)
    deleted_at: str = ""
    is_on: bool = False

    @property
    def starts(self) -> float:
        return parse_utc(self.start_time or self.created_at)

    def exists(self, now: float) -> bool:
        """A meeting's id lives until it is deleted, or 30 days after the meeting."""
        return not self.deleted_at and now < self.starts + MEETING_ID_SECONDS


Record = User | Code | Grant | Pair | Meeting


#: Ids are fixed, so that tests and people can name them.
FIRST_USERS = [
    User("jillLicensed0000000000", "accountOne000000000000", 5100001, "jill@example.com", "Jill", "Licensed",
         LICENSED, "active", "Europe/Berlin", 3542471135),
    User("benBasic00000000000000", "accountTwo000000000000", 5100002, "ben@example.com", "Ben", "Basic",
         BASIC, "active", "America/New_York", 4653582246),
    User("noraNoHost000000000000", "accountOne000000000000", 5100001, "nora@example.com", "Nora", "Nohost",
         MAY_NOT_HOST, "active", "Europe/Berlin", 5764693357),
    User("piaPending000000000000", "accountTri000000000000", 5100003, "pia@example.com", "Pia", "Pending",
         BASIC, "pending", "", 6875704468),
    User("lenLicensed00000000000", "accountOne000000000000", 5100001, "len@example.com", "Len", "Licensed",
         LICENSED, "active", "Asia/Kolkata", 7986815579),
]  # fmt: skip
