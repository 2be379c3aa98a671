"""A provider inside the test: Zoom's rules for grants and meetings, and every answer as the machine chooses it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, TypeVar

from django.db import connection as database
from django.utils import timezone

from integrations.providers.base import (
    Capability,
    Grant,
    Identity,
    MeetingRequest,
    Misconfigured,
    OAuthProvider,
    Outcome,
    Probe,
    ReconnectNeeded,
    Refused,
    RemoteMeeting,
    Unavailable,
    Unknown,
)
from integrations.vendors import base as vendors
from tests.machines.actors import Actor, acting

SCOPES = frozenset({"create"})

#: How late is late.
LATE = timedelta(seconds=30)
DAWDLING = timedelta(seconds=5)

Result = TypeVar("Result")


class Answer(Enum):
    TRUE = "true"  # what the provider's rules say
    LOST = "lost"  # it is done, and nobody hears of it
    LATE = "late"  # it is done half a minute later, and nobody hears of it
    UNAVAILABLE = "unavailable"
    MISCONFIGURED = "misconfigured"
    REFUSED = "refused"
    TOKEN_REFUSED = "token_refused"


@dataclass
class Pair:
    """One pair of tokens: the serial of its grant, and its own in it."""

    user: str
    grant: int
    number: int
    issued_at: datetime
    superseded_at: datetime | None = None

    @property
    def access_token(self) -> str:
        return f"access-{self.grant}-{self.number}"

    @property
    def refresh_token(self) -> str:
        return f"refresh-{self.grant}-{self.number}"


@dataclass
class Asked:
    """One request to refresh, and what became of it."""

    refresh_token: str
    at: datetime
    by: Actor | None
    #: What was issued; empty where nothing was.
    issued: Pair | None = None
    refused_at: datetime | None = None
    is_answered: bool = False

    def __post_init__(self) -> None:
        #: The end of the claim under which it was asked.
        self.claimed_until = self.by.claimed_until if self.by else None


@dataclass
class There:
    """A meeting that the provider holds."""

    external_id: str
    user: str
    request: MeetingRequest
    by: Actor | None
    exists: bool = True

    @property
    def meeting_id(self) -> str:
        """O-Key's, from the reference."""
        return self.request.reference.removeprefix("O-Key ").partition("/")[0]

    @property
    def join_url(self) -> str:
        return f"https://zoom.us/j/{self.external_id}"


@dataclass
class Vendor(OAuthProvider, vendors.Vendor):
    """Zoom, vendor and provider in one, as far as O-Key's promises depend on it. Actors stop at each call."""

    slug: ClassVar[str] = "zoom"
    name: ClassVar[str] = "Zoom"
    vendor: ClassVar[str] = "zoom"
    rotates = True
    ends_older_grants = True
    revokes = vendors.Revoking.GRANT
    mark: ClassVar[str] = "video"
    identity_scope: ClassVar[str] = "identify"

    manages: bool = False
    access_seconds: int = 3600
    #: For how long a pair works on after the next one was issued.
    grace: timedelta = timedelta(0)
    #: Who consents at the moment.
    visitor: str = "jill"
    meetings: dict[str, There] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    #: A user's live grant.
    live: dict[str, int] = field(default_factory=dict)
    grants: int = 0
    asked: list[Asked] = field(default_factory=list)
    #: What will be done late.
    late: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)
    #: Whose calls are under way.
    callers: list[Actor] = field(default_factory=list)

    @property
    def is_configured(self) -> bool:
        return True

    @property
    def base_urls(self) -> tuple[str, ...]:
        return ()

    def probe(self, *, redirect_uri: str) -> Probe:
        raise NotImplementedError

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        return []

    def capabilities(self, scopes: Iterable[str]) -> frozenset[Capability]:
        return frozenset(Capability) if self.manages else frozenset({Capability.CREATE})

    # --- grants ---

    def authorization_url(
        self, *, state: str, verifier: str, redirect_uri: str, scopes: Iterable[str] = (), claims: str = ""
    ) -> str:
        return "https://zoom.us/oauth/authorize"

    def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        return self._call("exchange", lambda: self._grant(self._open_grant()))

    def refresh(self, refresh_token: str) -> Grant:
        asked = Asked(refresh_token, timezone.now(), acting())
        self.asked.append(asked)

        def rotate() -> Grant:
            pair = self._pair(refresh_token)
            if pair is None:
                asked.refused_at = timezone.now()
                raise ReconnectNeeded("invalid_grant")
            asked.issued = self._next_pair(pair.user, pair.grant)
            return self._grant(asked.issued)

        grant = self._call("refresh", rotate, is_under_claim=True)
        asked.is_answered = True
        return grant

    def revoke(self, access_token: str) -> None:
        def end() -> None:
            pair = self._pair(access_token)
            if pair is not None:
                del self.live[pair.user]

        self._call("revoke", end, is_under_claim=True)

    def identify(self, access_token: str) -> Identity:
        def who() -> Identity:
            return Identity(external_id=self._checked(access_token).user)

        return self._call("identify", who)

    def newest_pair(self, user: str) -> Pair | None:
        """The pair of the user's live grant that works for good."""
        serial = self.live.get(user)
        return next((pair for pair in reversed(self.pairs) if pair.grant == serial), None)

    def _open_grant(self) -> Pair:
        self.grants += 1
        self.live[self.visitor] = self.grants
        return self._next_pair(self.visitor, self.grants)

    def _next_pair(self, user: str, grant: int) -> Pair:
        of_grant = [pair for pair in self.pairs if pair.grant == grant]
        for pair in of_grant:
            pair.superseded_at = pair.superseded_at or timezone.now()
        pair = Pair(user, grant, len(of_grant) + 1, timezone.now())
        self.pairs.append(pair)
        return pair

    def _pair(self, token: str) -> Pair | None:
        """The pair with that token, if it works."""
        pair = next((one for one in self.pairs if token in {one.access_token, one.refresh_token}), None)
        if pair is None or self.live.get(pair.user) != pair.grant:
            return None
        is_over = pair.superseded_at is not None and pair.superseded_at + self.grace <= timezone.now()
        has_run_out = (
            token == pair.access_token and pair.issued_at + timedelta(seconds=self.access_seconds) < timezone.now()
        )
        return None if is_over or has_run_out else pair

    def _checked(self, access_token: str) -> Pair:
        pair = self._pair(access_token)
        if pair is None:
            raise ReconnectNeeded("124")
        return pair

    def _grant(self, pair: Pair) -> Grant:
        return Grant(pair.access_token, pair.refresh_token, self.access_seconds, SCOPES)

    # --- meetings ---

    def create(self, access_token: str, request: MeetingRequest, *, link: str = "") -> RemoteMeeting:
        def make() -> RemoteMeeting:
            user = self._checked(access_token).user
            there = There(str(len(self.meetings) + 1), user, request, acting())
            self.meetings[there.external_id] = there
            return _remote(there)

        return self._call("create", make)

    def update(self, access_token: str, external_id: str, request: MeetingRequest) -> None:
        def change() -> None:
            there = self._owned(access_token, external_id)
            if there is None:
                raise Refused("3001", reason="gone")
            there.request = replace(request, reference=there.request.reference)

        self._call("update", change)

    def cancel(self, access_token: str, external_id: str) -> None:
        def remove() -> None:
            there = self._owned(access_token, external_id)
            if there is not None:
                there.exists = False

        self._call("cancel", remove)

    def find(self, access_token: str, request: MeetingRequest) -> list[RemoteMeeting]:
        def look() -> list[RemoteMeeting]:
            user = self._checked(access_token).user
            mine = [there for there in self.meetings.values() if there.exists and there.user == user]
            return [_remote(there) for there in mine if there.request.reference == request.reference]

        return self._call("find", look)

    def _owned(self, access_token: str, external_id: str) -> There | None:
        user = self._checked(access_token).user
        there = self.meetings.get(external_id)
        return there if there is not None and there.exists and there.user == user else None

    # --- calls ---

    def catch_up(self) -> None:
        """Do what was to be done late."""
        now = timezone.now()
        due = [effect for at, effect in self.late if at <= now]
        self.late = [(at, effect) for at, effect in self.late if at > now]
        for effect in due:
            with suppress(Outcome):
                effect()

    def _call(self, name: str, effect: Callable[[], Result], *, is_under_claim: bool = False) -> Result:
        """`is_under_claim`: the claim was taken earlier, and outlasts the call by what a process may dawdle."""
        assert not database.in_atomic_block, f"a transaction is open while {name} goes out"
        actor = acting()
        if actor is None:
            return effect()
        over = timezone.now() + timedelta(seconds=self.deadline)
        self._nobody_else_is_at_it(actor)
        self.callers.append(actor)
        # A claim outlasts its calls, unless its process has dawdled before.
        has_dawdled = is_under_claim and actor.claimed_at and timezone.now() - actor.claimed_at > DAWDLING
        actor.calls_until = min(over, actor.claimed_until or over) if has_dawdled else over
        try:
            actor.stop(name)
            answer = actor.answer or Answer.TRUE
            if timezone.now() >= over:
                raise Unavailable("nothing is sent after the deadline")
            _refuse(answer)
            if answer is Answer.LATE:
                self.late.append((timezone.now() + LATE, effect))
                raise Unknown("no answer yet")
            result = effect()
            actor.point(f"the answer to {name}")
            if answer is Answer.LOST or timezone.now() >= over:
                raise Unknown("no answer")
            return result
        finally:
            self.callers.remove(actor)
            actor.calls_until = None

    def _nobody_else_is_at_it(self, actor: Actor) -> None:
        """A call may still be answered until its deadline: so long nobody else calls about the same row.

        Whoever slept past its claim cannot know, and its call does no harm.
        """
        if actor.claimed_until and actor.claimed_until <= timezone.now():
            return
        for other in self.callers:
            if other.about == actor.about and other.calls_until and other.calls_until > timezone.now():
                raise AssertionError(f"{actor} calls while {other} does")


def _refuse(answer: Answer) -> None:
    if answer is Answer.UNAVAILABLE:
        raise Unavailable("503")
    if answer is Answer.MISCONFIGURED:
        raise Misconfigured("invalid_client")
    if answer is Answer.REFUSED:
        raise Refused("400")
    if answer is Answer.TOKEN_REFUSED:
        raise ReconnectNeeded("124")


def _remote(there: There) -> RemoteMeeting:
    return RemoteMeeting(external_id=there.external_id, join_url=there.join_url)
