"""What a meeting provider is, and how it fails.

A provider knows HTTP and its vendor, nothing of the database, the request or the settings: whatever it needs
comes as arguments. To add one: a folder beside this file, a line in integrations/registry.py, a page in
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


# --- Outcomes --------------------------------------------------------------------------------------------


class Outcome(Exception):
    """The one exception family of the boundary; the core looks at nothing else.

    Outcome
    ├── Unavailable       not now, nothing done: not sent, 429  → retry
    ├── Unknown           sent, and a 5xx or no usable answer   → reconcile, then retry
    ├── ReconnectNeeded   the grant is gone                     → park, tell the owner
    ├── Refused           it will fail again as it is           → show the reason, wait for the owner
    └── Misconfigured     our client id, secret or URL          → tell administrators, keep the grant

    `detail` is for administrators and logs: the vendor's status and code, never a token, code or URL with one.
    """

    def __init__(self, detail: str = "", *, tracking_id: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.tracking_id = tracking_id


class Unavailable(Outcome):
    """Not now. `retry_at` (UTC) where the provider named a time; `daily_limit` where it is the person's quota."""

    def __init__(
        self,
        detail: str = "",
        *,
        retry_at: datetime | None = None,
        daily_limit: bool = False,
        tracking_id: str = "",
    ) -> None:
        super().__init__(detail, tracking_id=tracking_id)
        self.retry_at = retry_at
        self.daily_limit = daily_limit


class Unknown(Outcome):
    """It was sent and may have been done."""


class ReconnectNeeded(Outcome):
    """The grant or the access token is not good any more."""


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
    }
)


class Misconfigured(Outcome):
    """The operator's mistake; never the owner's fault."""


# --- What goes in and comes out --------------------------------------------------------------------------


@dataclass(frozen=True)
class Grant:
    """An authorization as the provider hands it out. Secrets stay out of `repr`."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
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


@dataclass(frozen=True)
class RemoteMeeting:
    """The meeting as the provider made it. `join_url` is what people open; a host's start URL is never kept."""

    external_id: str
    join_url: str = field(repr=False)
    passcode: str = field(default="", repr=False)
    tracking_id: str = ""


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
    #: Seconds after which any call has ended, whatever the other side does.
    deadline: ClassVar[float] = 10

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


class OAuthProvider(Provider):
    """A provider that owners authorize O-Key at."""

    needs_oauth = True
    #: The permission that `identify` needs, by the name the provider shows.
    identity_scope: ClassVar[str]

    @property
    @abstractmethod
    def is_configured(self) -> bool:
        """Whether the operator has set it up."""

    @abstractmethod
    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        """The scopes that meetings need and that are not among these, by the names the provider shows."""

    @abstractmethod
    def authorization_url(self, *, state: str, verifier: str) -> str:
        """Where to send the person; the URL carries `state` and the challenge made of the PKCE `verifier`."""

    @abstractmethod
    def exchange(self, code: str, *, verifier: str) -> Grant:
        """Trade the code, once. It has then already killed this person's older grant."""

    @abstractmethod
    def refresh(self, refresh_token: str) -> Grant:
        """A new pair; the old refresh token is spent."""

    @abstractmethod
    def revoke(self, access_token: str) -> None:
        """End the grant. One that is gone already is a success."""

    @abstractmethod
    def identify(self, access_token: str) -> Identity:
        """Whose grant this is."""

    @abstractmethod
    def probe(self) -> Probe:
        """Whether our own credentials are right, for administrators. Touches no grant and raises nothing."""
