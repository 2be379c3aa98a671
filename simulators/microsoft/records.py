"""What the simulated Microsoft remembers: tenants, users, consents, codes, grants, tokens, meetings."""

from dataclasses import dataclass, field
from typing import Any

from simulators.common import state as common
from simulators.common.diary import Calendar, Entry

CODE_SECONDS = 10 * 60
UNUSED_SECONDS = 90 * 24 * 3600
LINK_SECONDS = 60 * 24 * 3600

PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


@dataclass
class Tenant:
    """An organisation. `user_consent` is allowed, or admin where only an administrator can allow meetings.

    `approval` is what then happens to a user: nothing (Microsoft's page, and no way back), or the `error` with
    which they come back. `admin_consented` is what an administrator has allowed for everybody; `withheld` is
    left out of every token without a word.
    """

    id: str
    name: str
    domain: str
    user_consent: str = "allowed"
    approval: str = ""
    admin_consented: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    is_app_blocked: bool = False


@dataclass
class User(common.User):
    """One account; `id` is its oid, `email` what it signs in with, `mail` what Graph says of its mailbox.

    `refresh_error` is the AADSTS number with which its tokens are refused, until it signs in again. With
    `challenge` (JSON), only a sign-in that brings these claims ends it, and with `graph_challenge` Graph too
    asks for them.
    """

    id: str
    tenant_id: str
    email: str
    name: str
    mail: str | None = None
    is_admin: bool = False
    is_guest: bool = False
    status: str = "active"
    has_teams: bool = True
    lobby: str = "organization"
    may_open_lobby: bool = True
    refresh_error: int = 0
    challenge: str = ""
    graph_challenge: bool = False

    @property
    def is_personal(self) -> bool:
        return self.tenant_id == PERSONAL


@dataclass
class Consent:
    """What a person has allowed the app."""

    user_id: str
    scopes: list[str]


@dataclass
class Code:
    """An authorization code: one use, at the authority that gave it."""

    value: str
    user_id: str
    authority: str
    redirect_uri: str
    scopes: list[str]
    challenge: str
    challenge_method: str
    nonce: str
    issued_at: float
    spent: bool = False


@dataclass
class Grant:
    """What one sign-in gave; several of a person live side by side. `ended_code` is the AADSTS number of its end."""

    id: str
    user_id: str
    scopes: list[str]
    created_at: float
    refreshes: int = 0
    ended_at: float | None = None
    ended_by: str = ""
    ended_code: int = 0

    @property
    def is_alive(self) -> bool:
        return self.ended_at is None


@dataclass
class Refresh:
    """A refresh token; a newer one does not end it."""

    token: str
    grant_id: str
    used_at: float


@dataclass
class Access:
    token: str
    grant_id: str
    scopes: list[str]
    expires_at: float


@dataclass
class Meeting:
    """An online meeting, one for each user and externalId. `dies_at` is when its link stops to open."""

    id: str
    user_id: str
    grant_id: str
    external_id: str
    subject: str
    start: float
    end: float
    join_url: str
    join_id: str
    passcode: str
    lobby: str
    created_at: float
    dies_at: float
    attendees: list[Any] = field(default_factory=list)
    deleted_at: float | None = None


@dataclass
class Transaction:
    """What was answered to whoever made an event by this name (the user's ID and their transactionId)."""

    name: str
    answer: dict[str, Any]


@dataclass
class Subscription:
    """Who is told of changes of a calendar's events; without `calendar_id` of all of that person's."""

    id: str
    user_id: str
    grant_id: str
    tenant_id: str
    calendar_id: str
    url: str
    lifecycle_url: str
    client_state: str
    expires_at: float
    is_over: bool = False


Record = (
    Tenant | User | Consent | Code | Grant | Refresh | Access | Meeting | Calendar | Entry | Transaction | Subscription
)

CONTOSO = "c0000000-0000-4000-8000-000000000001"
FABRIKAM = "f0000000-0000-4000-8000-000000000002"
ADATUM = "a0000000-0000-4000-8000-000000000003"

#: Ids are fixed, so that tests and people can name them.
FIRST_TENANTS = [
    Tenant(CONTOSO, "Contoso (users may consent)", "contoso.example.com"),
    Tenant(FABRIKAM, "Fabrikam (needs an administrator)", "fabrikam.example.com", user_consent="admin"),
    Tenant(ADATUM, "Adatum (needs an administrator, and comes back)", "adatum.example.com", user_consent="admin",
           approval="consent_required"),
    Tenant(PERSONAL, "Personal accounts", "outlook.example.com"),
]  # fmt: skip
FIRST_USERS = [
    User("11111111-1111-4111-8111-111111111111", CONTOSO, "carla@contoso.example.com", "Carla Contoso",
         "carla@contoso.example.com"),
    User("22222222-2222-4222-8222-222222222222", CONTOSO, "noel@contoso.example.com", "Noel Nolicence",
         "noel@contoso.example.com", has_teams=False),
    User("33333333-3333-4333-8333-333333333333", CONTOSO, "lina@contoso.example.com", "Lina Lobby",
         may_open_lobby=False),
    User("44444444-4444-4444-8444-444444444444", CONTOSO, "gus_adatum.example.com#EXT#@contoso.example.com",
         "Gus Guest", "gus@adatum.example.com", is_guest=True),
    User("55555555-5555-4555-8555-555555555555", FABRIKAM, "fred@fabrikam.example.com", "Fred Fabrikam",
         "fred@fabrikam.example.com"),
    User("66666666-6666-4666-8666-666666666666", FABRIKAM, "fiona@fabrikam.example.com", "Fiona Admin",
         "fiona@fabrikam.example.com", is_admin=True),
    User("77777777-7777-4777-8777-777777777777", ADATUM, "ada@adatum.example.com", "Ada Adatum",
         "ada@adatum.example.com"),
    User("88888888-8888-4888-8888-888888888888", PERSONAL, "pat@outlook.example.com", "Pat Personal",
         "pat@outlook.example.com"),
]  # fmt: skip
FIRST_CALENDARS = [
    *(Calendar(f"AAMk{user.id}", user.id, "Calendar", "Europe/Berlin", is_primary=True) for user in FIRST_USERS),
    Calendar("AAMkTeamOfCarla==", FIRST_USERS[0].id, "Team", "Europe/Berlin"),
]
