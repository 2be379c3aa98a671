"""What a vendor is: whom owners sign in to, and how its grants behave.

A vendor serves one or more providers (Google: Google Meet), which know it by its slug; the settings that make it are
named after that too: `{SLUG}_CLIENT_ID`, `{SLUG}_CLIENT_SECRET`. What vendors do differently is a fact here, which the
core asks; it never looks at which one it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date
from enum import Enum
from typing import ClassVar

from integrations.providers.base import Grant, Identity, Outcome, Probe, Refused


class Revoking(Enum):
    """What `revoke` ends."""

    NOTHING = "nothing"  # there is no such call: the tokens are destroyed here, and the person removes the app there
    GRANT = "grant"  # the grant of this token
    PERSON = "person"  # everything that this person ever granted to this client


class Vendor(ABC):
    """Whom owners authorize O-Key at. Methods raise an Outcome, and return only what worked."""

    slug: ClassVar[str]
    name: ClassVar[str]
    #: Whether a refresh spends the refresh token: the answer's is then the only one that works.
    rotates: ClassVar[bool]
    #: Whether an exchange ends the grants that this person gave before.
    ends_older_grants: ClassVar[bool]
    revokes: ClassVar[Revoking]
    #: The permission that `identify` needs, by the name that the vendor shows.
    identity_scope: ClassVar[str]
    #: Asked for beside those of the providers. Empty where the vendor takes none: it grants what its app has.
    sign_in_scopes: ClassVar[tuple[str, ...]] = ()
    #: Where people take O-Key's permission back themselves; empty where no address of it is known.
    apps_page: ClassVar[str] = ""
    #: Whether an organization's administrator may have to allow O-Key first. The person may then never come back.
    asks_administrators: ClassVar[bool] = False
    #: Seconds after which any call has ended, whatever the other side does.
    deadline: ClassVar[float] = 10

    @property
    @abstractmethod
    def is_configured(self) -> bool:
        """Whether the operator has set it up: its client ID and secret are there."""

    @property
    @abstractmethod
    def base_urls(self) -> tuple[str, ...]:
        """Where it is called, without a path."""

    @property
    def secret_expires_on(self) -> date | None:
        """The last day of the client secret, where it has one and the operator has told."""
        return None

    def administrators_url(self, *, state: str, redirect_uri: str, scopes: Iterable[str] = ()) -> str:
        """Where an organization's administrator allows O-Key for everybody. Only where `asks_administrators`."""
        raise NotImplementedError

    def sent_back(self, error: str, description: str) -> Outcome:
        """Why a person comes back without a code: Refused with the reason declined, needs_admin or code_refused, or
        Unavailable.
        """
        return Refused(error, reason="declined" if error == "access_denied" else "code_refused")

    @abstractmethod
    def authorization_url(
        self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = (), claims: str = ""
    ) -> str:
        """Where to send the person; the URL carries `state`, the challenge made of the PKCE `verifier`, and `scopes`
        beside `sign_in_scopes` where the vendor takes any. `claims`: what it demanded of this sign-in (Challenged).
        """

    @abstractmethod
    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        """Trade the code, once."""

    @abstractmethod
    def refresh(self, refresh_token: str) -> Grant:
        """A new access token; with it the next refresh token, or none where the present one stays."""

    @abstractmethod
    def revoke(self, access_token: str) -> None:
        """End what `revokes` says. What is gone already is a success. Never called where it ends nothing."""

    @abstractmethod
    def identify(self, access_token: str) -> Identity:
        """Whose grant this is."""

    @abstractmethod
    def probe(self, *, redirect_uri: str) -> Probe:
        """Whether our own credentials are right, for administrators. Touches no grant and raises nothing."""
