"""What a meeting provider is, and how it fails.

A provider knows HTTP and its vendor, nothing of the database, the request or the settings: whatever it needs
comes as arguments. To add one: a folder beside this file, a line in integrations/registry.py, a section on
docs/providers.md, and its own run of the contract tests.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar


class Capability(Enum):
    CREATE = "create"
    UPDATE = "update"
    CANCEL = "cancel"
    FIND = "find"
    READ = "read"


class Told(Enum):
    """What a provider tells of a meeting by itself."""

    CHANGED = "changed"
    GONE = "gone"
    STARTED = "started"
    ENDED = "ended"


# --- Outcomes --------------------------------------------------------------------------------------------


class Outcome(Exception):
    """The one exception family of the boundary; the core looks at nothing else.

    Outcome
    ├── Unavailable       not now, nothing done: not sent, 429  → retry
    ├── Unknown           sent, and a 5xx or no usable answer   → reconcile where that matters, then retry
    ├── ReconnectNeeded   the grant is gone                     → park, tell the owner
    │   └── Challenged    and the next sign-in must bring more  → keep what is demanded for it
    ├── Refused           it will fail again as it is           → show the reason, wait for the owner
    └── Misconfigured     our client id, secret or URL          → tell administrators, keep the grant

    `detail` is for administrators and logs: the vendor's status and code, never a token, code or URL with one.
    """

    def __init__(self, detail: str = "", *, tracking_id: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.tracking_id = tracking_id


class Unavailable(Outcome):
    """Not now. `retry_at` (UTC) where the provider named a time; `daily_limit` where it is the person's quota;
    `for_everyone` where it is one that all who use O-Key's app share.
    """

    def __init__(
        self,
        detail: str = "",
        *,
        retry_at: datetime | None = None,
        daily_limit: bool = False,
        for_everyone: bool = False,
        tracking_id: str = "",
    ) -> None:
        super().__init__(detail, tracking_id=tracking_id)
        self.retry_at = retry_at
        self.daily_limit = daily_limit
        self.for_everyone = for_everyone


class Unknown(Outcome):
    """It was sent and may have been done."""


class ReconnectNeeded(Outcome):
    """The grant or the access token is not good any more."""


class Challenged(ReconnectNeeded):
    """It is good again only after a sign-in that brings `claims`: the vendor's own words, sent back as they came."""

    def __init__(self, detail: str = "", *, claims: str, tracking_id: str = "") -> None:
        super().__init__(detail, tracking_id=tracking_id)
        self.claims = claims


class Refused(Outcome):
    """As it stands this will never work. `reason` is one of the slugs in REASONS, for words and a next step."""

    def __init__(self, detail: str = "", *, reason: str = "refused", tracking_id: str = "") -> None:
        super().__init__(detail, tracking_id=tracking_id)
        self.reason = reason


#: Why a provider refuses, as slugs; the words for people live with the pages.
REASONS = frozenset(
    {
        "refused",
        "may_not_host",
        "paid_only",
        "scope_missing",
        "user_gone",
        "gone",
        "code_refused",
        "no_link",
        "bad_link",
        "declined",
        "needs_admin",
        "personal_account",
    }
)


class Misconfigured(Outcome):
    """The operator's mistake; never the owner's fault."""


# --- What goes in and comes out --------------------------------------------------------------------------


@dataclass(frozen=True)
class Grant:
    """An authorization as the vendor hands it out. Secrets stay out of `repr`."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)  # empty where the one stays by which this was refreshed
    expires_in: int  # seconds
    scopes: frozenset[str]


@dataclass(frozen=True)
class Identity:
    """Who granted. `may_host` is False where this person cannot hold meetings."""

    external_id: str
    account_id: str = ""
    email: str = ""
    display_name: str = ""
    may_host: bool = True


@dataclass(frozen=True)
class MeetingRequest:
    """The meeting as the provider shall know it."""

    reference: str  # ours: the first line of the agenda, to find it again
    title: str  # at most 200 characters
    agenda: str
    starts_at: datetime  # aware
    minutes: int  # 1 to 1440
    timezone: str  # IANA name, for display
    lets_everyone_in: bool = False  # the owner's choice, where the provider has a lobby (`has_lobby`)


@dataclass(frozen=True)
class RemoteMeeting:
    """The meeting as the provider made it. `join_url` is what people open; a host's start URL is never kept."""

    external_id: str
    join_url: str = field(repr=False)
    passcode: str = field(default="", repr=False)
    tracking_id: str = ""
    #: Whether people with the link come in without being let in; None where the provider does not say.
    lets_everyone_in: bool | None = None


@dataclass(frozen=True)
class RemoteState:
    """A meeting as it stands at the provider. None: it does not say, or not so that it could be understood."""

    title: str
    starts_at: datetime | None  # aware
    minutes: int | None


@dataclass(frozen=True)
class Probe:
    """What the provider says of the operator's own credentials. `outcome` is None where they are right."""

    outcome: Outcome | None
    #: The provider's clock, where it told.
    their_time: datetime | None = None


# --- The interface ---------------------------------------------------------------------------------------


class Provider(ABC):
    """A meeting provider. Methods raise an Outcome, and return only what worked."""

    slug: ClassVar[str]
    name: ClassVar[str]
    #: A lucide icon's name.
    mark: ClassVar[str]
    #: Whether an owner connects by authorizing at the provider.
    needs_oauth: ClassVar[bool] = False
    #: Whether an owner connects by typing an address of their own.
    needs_link: ClassVar[bool] = False
    #: Whether it knows when the meeting is. Where not, nothing is owed to it when a meeting moves or is cancelled.
    keeps_times: ClassVar[bool] = True
    #: Whether a create whose answer was lost may simply be sent again: it makes the same meeting, or one that is in
    #: nobody's way. Where not, the lost one is looked for first, or noted as a spare.
    may_repeat_create: ClassVar[bool] = False
    #: Whether the owner may choose that people with the link come in; else they wait until somebody lets them in.
    has_lobby: ClassVar[bool] = False
    #: How many links a person may make a day there; None where no such limit is known.
    links_a_day: ClassVar[int | None] = None
    #: How many creates a minute O-Key sends at most, of all owners together and of one: what the vendor takes.
    creates_a_minute: ClassVar[int | None] = None
    creates_a_minute_each: ClassVar[int | None] = None
    #: How many looks at meetings a minute O-Key makes at most within one organization there.
    looks_a_minute: ClassVar[int | None] = None
    #: Seconds after which any call has ended, whatever the other side does.
    deadline: ClassVar[float] = 10

    @property
    def is_configured(self) -> bool:
        """Whether the operator has set it up. One that owners authorize at is where its vendor is."""
        return True

    @abstractmethod
    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        """What a grant with these scopes can do."""

    @abstractmethod
    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        """Make the meeting. `link` is the connection's own address, for providers that need one."""

    def is_join_url(self, url: str) -> bool:
        """Whether this is an address that people may be sent to: https, on the provider's own host."""
        return url.startswith("https://")

    def update(self, access_token: str, external_id: str, request: MeetingRequest) -> None:
        """Bring the meeting in line. Refused(reason="gone") where it does not exist any more."""
        raise NotImplementedError

    def cancel(self, access_token: str, external_id: str) -> None:
        """Cancel the meeting; one that is gone already is a success."""
        raise NotImplementedError

    def find(self, access_token: str, request: MeetingRequest) -> list[RemoteMeeting]:
        """The meetings that carry the request's reference, oldest first."""
        raise NotImplementedError

    def look(self, access_token: str, external_id: str) -> RemoteState:
        """How the meeting stands there. Refused(reason="gone") where it does not exist any more."""
        raise NotImplementedError


class Service(ABC):
    """What an owner lets O-Key use of a vendor (integrations/vendors/), who holds one grant for all of its services:
    a meeting provider, or calendars.
    """

    slug: ClassVar[str]
    name: ClassVar[str]
    #: The vendor's slug.
    vendor: ClassVar[str]
    #: What to ask the vendor for, where it takes scopes.
    scopes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        """The scopes that it needs and that are not among these, by the names the vendor shows."""


class OAuthProvider(Service, Provider):
    """A provider that owners authorize O-Key at: a service of a vendor."""

    needs_oauth = True

    @property
    def manages_meetings(self) -> bool:
        """Whether it changes and cancels meetings too, where the grant allows it."""
        return False
