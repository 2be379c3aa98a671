"""What the simulated Google remembers: people, permissions, authorization codes, grants, access tokens, spaces."""

from dataclasses import dataclass, field
from typing import Any

from simulators.common import state as common
from simulators.common.diary import Calendar, Entry

CODE_SECONDS = 10 * 60
ACCESS_TOKEN_SECONDS = 3600
TESTING_SECONDS = 7 * 24 * 3600
UNUSED_SECONDS = 182 * 24 * 3600


@dataclass
class User(common.User):
    """One Google account; `id` is its `sub`, `domain` its Workspace (`hd`), empty for a consumer.

    `open_meetings` is what becomes of accessType OPEN: allowed, ignored (the default is used instead), or the
    HTTP status with which it is refused. `blocked` is the error that Google shows instead of asking for consent.
    """

    id: str
    email: str
    name: str
    domain: str = ""
    status: str = "active"
    has_meet: bool = True
    default_access: str = "TRUSTED"
    open_meetings: str = "allowed"
    blocked: str = ""


@dataclass
class Permission:
    """All that a person has allowed the project, by whichever consent."""

    user_id: str
    scopes: list[str]


@dataclass
class Code:
    """An authorization code: one use."""

    value: str
    user_id: str
    redirect_uri: str
    scopes: list[str]
    gives_refresh: bool
    includes_granted: bool
    challenge: str
    challenge_method: str
    nonce: str
    issued_at: float
    spent: bool = False

    def is_usable(self, now: float) -> bool:
        return not self.spent and now < self.issued_at + CODE_SECONDS


@dataclass
class Grant:
    """What one exchange gave; several of a person live side by side. `refresh` is empty if none was given."""

    id: str
    user_id: str
    scopes: list[str]
    refresh: str
    created_at: float
    used_at: float
    expires_at: float | None = None
    refreshes: int = 0
    refresh_killed: bool = False
    ended_at: float | None = None
    ended_by: str = ""

    @property
    def is_alive(self) -> bool:
        return self.ended_at is None

    def refreshes_at(self, now: float) -> bool:
        """Whether its refresh token works: not ended, not unused for six months, not past its seven days."""
        is_in_time = now < self.used_at + UNUSED_SECONDS and (self.expires_at is None or now < self.expires_at)
        return self.is_alive and not self.refresh_killed and is_in_time


@dataclass
class Access:
    token: str
    grant_id: str
    expires_at: float


@dataclass
class Space:
    """A Meet space: no title, no time, no end."""

    id: str
    code: str
    owner_id: str
    grant_id: str
    uri: str
    created_at: str
    config: dict[str, Any] = field(default_factory=dict)


@dataclass
class Revocation:
    """One call of revoke that succeeded, and every living grant that it ended."""

    number: int
    user_id: str
    grant_id: str
    ended: list[str]


@dataclass
class SyncToken:
    """Where a list of events ended: by which change, within which span, and how it was asked for."""

    token: str
    calendar_id: str
    number: int
    since: str
    until: str
    asked: dict[str, str]


@dataclass
class Channel:
    """Who is told of changes of a calendar's events."""

    id: str
    resource_id: str
    calendar_id: str
    user_id: str
    address: str
    token: str
    expires_at: float
    messages: int = 0
    is_stopped: bool = False


Record = User | Permission | Code | Grant | Access | Space | Revocation | Calendar | Entry | SyncToken | Channel

#: Ids are fixed, so that tests and people can name them.
FIRST_USERS = [
    User("101000000000000000001", "will@example.org", "Will Workspace", "example.org"),
    User("102000000000000000002", "gina@gmail.example.com", "Gina Gmail", default_access="RESTRICTED"),
    User("103000000000000000003", "nick@example.org", "Nick Nomeet", "example.org", has_meet=False),
    User("104000000000000000004", "olga@strict.example.org", "Olga Organisation", "strict.example.org",
         open_meetings="403"),
    User("105000000000000000005", "adam@blocked.example.org", "Adam Admin", "blocked.example.org",
         blocked="admin_policy_enforced"),
]  # fmt: skip
FIRST_CALENDARS = [
    Calendar(user.email, user.id, user.email, "Europe/Berlin", is_primary=True) for user in FIRST_USERS
] + [
    Calendar("team.will@group.calendar.example.com", FIRST_USERS[0].id, "Team", "Europe/Berlin"),
]
