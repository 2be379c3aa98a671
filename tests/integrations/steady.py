"""A made-up vendor, unlike Zoom in all that the core may not take for granted.

Its refresh tokens stay, its older grants live beside the newer ones, and `revoke` ends all that a person gave. It
serves two providers: rooms, which know no time, and conferences.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations import authorization, registry
from integrations.models import AuthorizationAttempt
from integrations.providers.base import (
    Capability,
    Grant,
    Identity,
    MeetingRequest,
    OAuthProvider,
    Outcome,
    Probe,
    ReconnectNeeded,
    Refused,
    RemoteMeeting,
)
from integrations.vendors.base import Revoking, Vendor
from okey.owners.models import Owner


@dataclass
class Given:
    """What a person gave: a refresh token, and the access tokens that came of it."""

    user: str
    scopes: frozenset[str]
    refresh_token: str
    access_tokens: list[str] = field(default_factory=list)
    is_alive: bool = True


class Steady(Vendor):
    slug: ClassVar[str] = "steady"
    name: ClassVar[str] = "Steady"
    rotates = False
    ends_older_grants = False
    revokes = Revoking.PERSON
    identity_scope: ClassVar[str] = "who"
    sign_in_scopes = ("who",)

    def __init__(self) -> None:
        self.given: list[Given] = []
        self.calls: list[str] = []
        #: Raised by the next call of that name, in order; carried out before all the same where it says so.
        self.faults: list[tuple[str, Outcome]] = []
        self._numbers = itertools.count(1)

    is_configured = True  # type: ignore[assignment]
    base_urls = ("https://steady.example.com",)  # type: ignore[assignment]

    # --- the person at its consent page ---

    def consent(self, user: str = "jill", scopes: Iterable[str] = ("who", "rooms", "conferences")) -> str:
        """The code that the callback brings."""
        self.given.append(Given(user, frozenset(scopes), f"refresh-{next(self._numbers)}"))
        return f"code-{len(self.given) - 1}"

    def remove(self, user: str = "jill") -> None:
        """The person takes back everything."""
        for one in self.given:
            one.is_alive &= one.user != user

    def living(self, user: str = "jill") -> list[str]:
        return [one.refresh_token for one in self.given if one.is_alive and one.user == user and one.access_tokens]

    # --- the vendor ---

    def authorization_url(
        self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = (), claims: str = ""
    ) -> str:
        return f"https://steady.example.com/authorize?state={state}&scope={'+'.join([*self.sign_in_scopes, *scopes])}"

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        self.note("exchange")
        number = code.removeprefix("code-")
        if not number.isdigit():
            raise Refused("no such code", reason="code_refused")
        one = self.given[int(number)]
        return Grant(self._access(one), one.refresh_token, 3600, one.scopes)

    def refresh(self, refresh_token: str) -> Grant:
        self.note("refresh")
        one = next((one for one in self.given if one.is_alive and one.refresh_token == refresh_token), None)
        if one is None:
            raise ReconnectNeeded("invalid_grant")
        return Grant(self._access(one), "", 3600, one.scopes)

    def revoke(self, access_token: str) -> None:
        self.note("revoke")
        for one in self.given:
            if access_token in one.access_tokens:
                self.remove(one.user)

    def identify(self, access_token: str) -> Identity:
        self.note("identify")
        return Identity(external_id=self.whose(access_token), email=f"{self.whose(access_token)}@example.com")

    def probe(self, *, redirect_uri: str) -> Probe:
        return Probe(None)

    # --- for both, and for the providers ---

    def note(self, name: str) -> None:
        self.calls.append(name)
        if self.faults and self.faults[0][0] == name:
            raise self.faults.pop(0)[1]

    def whose(self, access_token: str) -> str:
        for one in self.given:
            if one.is_alive and access_token in one.access_tokens:
                return one.user
        raise ReconnectNeeded("401")

    def _access(self, one: Given) -> str:
        one.access_tokens.append(f"access-{next(self._numbers)}")
        return one.access_tokens[-1]


class Rooms(OAuthProvider):
    """Rooms know no time, and one too many is in nobody's way."""

    slug: ClassVar[str] = "steady_rooms"
    name: ClassVar[str] = "Steady Rooms"
    mark: ClassVar[str] = "video"
    vendor: ClassVar[str] = "steady"
    scopes = ("rooms",)
    keeps_times = False
    may_repeat_create = True

    def __init__(self, steady: Steady) -> None:
        self.steady = steady
        self.made: list[str] = []

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        return [one for one in self.scopes if one not in set(scopes)]

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        return frozenset() if self.missing_scopes(scopes) else frozenset({Capability.CREATE})

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        self.steady.whose(access_token)
        self.made.append(f"{self.slug}-{len(self.made) + 1}")
        self.steady.note("create")
        return RemoteMeeting(self.made[-1], f"https://steady.example.com/{self.made[-1]}")


class Conferences(Rooms):
    slug: ClassVar[str] = "steady_conferences"
    name: ClassVar[str] = "Steady Conferences"
    scopes = ("conferences",)
    keeps_times = True


# --- For tests ------------------------------------------------------------------------------------------


@dataclass
class AtSteady:
    """What a test does at the vendor, and on the way there and back."""

    steady: Steady
    rooms: Rooms
    provider: str = "steady_rooms"
    needed: str = "rooms"

    def begin(self, owner: Owner, provider: str = "") -> tuple[AuthorizationAttempt, str, list[str]]:
        """The attempt, its state, and the scopes that were asked for."""
        attempt = authorization.begin(owner, provider or self.provider)
        query = parse_qs(urlsplit(authorization.url_of(attempt)).query)
        return attempt, query["state"][0], query["scope"][0].split()

    def come_back(self, owner: Owner, state: str, code: str, provider: str = "") -> AuthorizationAttempt:
        known = authorization.receive(provider or self.provider, state=state, code=code, error="", visitor=owner)
        return authorization.proceed(known.pk)

    def authorize(
        self, owner: Owner, user: str = "jill", *, without: str = "", provider: str = ""
    ) -> AuthorizationAttempt:
        _attempt, state, scopes = self.begin(owner, provider)
        code = self.steady.consent(user, [scope for scope in scopes if scope != without])
        return self.come_back(owner, state, code, provider)

    def remove(self) -> None:
        self.steady.remove()

    def revocations(self) -> int:
        return self.steady.calls.count("revoke")


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> AtSteady:
    vendor = Steady()
    rooms, conferences = Rooms(vendor), Conferences(vendor)
    monkeypatch.setitem(registry.VENDORS, "steady", lambda: vendor)
    monkeypatch.setitem(registry.PROVIDERS, "steady_rooms", lambda: rooms)
    monkeypatch.setitem(registry.PROVIDERS, "steady_conferences", lambda: conferences)
    return AtSteady(vendor, rooms)
