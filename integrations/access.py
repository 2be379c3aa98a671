"""A usable access token for a connection, refreshed by exactly one process."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import UUIDField
from django.utils import timezone

from integrations import grants, refreshing, resting
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Challenged, Unavailable
from integrations.refreshing import LEASE_SECONDS, Busy, NotLive
from okey.lib import claims
from okey.lib.prepared import Given, Question

#: A token with less than this to live is refreshed first.
MARGIN = timedelta(seconds=60)
#: Seconds between the looks of one who met another process's refresh. It goes on with the first that finds the pair.
PAUSES = (*(0.05,) * 12, *(0.2,) * 7)

#: What such a look reads.
LOOKED_AT = (
    "expires_at",
    "grant_no",
    "pair_no",
    "claimed_until",
    "last_error",
    "last_error_at",
    "due_at",
    "suspected_at",
)

_CONNECTION = Question(
    lambda: Connection.objects.select_related("account", "owner").filter(pk=Given("pk", UUIDField()))
)
_LOOK = Question(lambda: ProviderAccount.objects.only(*LOOKED_AT).filter(pk=Given("pk", UUIDField())))

Numbers = tuple[int, int]


@dataclass(frozen=True)
class Access:
    """The right to call the provider for one connection, now."""

    connection: Connection
    token: str = field(default="", repr=False)
    scopes: frozenset[str] = frozenset()
    grant_no: int = 0
    pair_no: int = 0


def access(connection_id: Any) -> Access:
    """A token with more than a minute to live, for a connection that may be used.

    A connection without an account (Jitsi, a personal link) needs none. Waits about two seconds for somebody else's
    refresh. Raises NotLive, Busy, CannotOpen and the outcomes of a refresh (Unavailable, ReconnectNeeded,
    Misconfigured).
    """
    connection = _usable(connection_id)
    account = connection.account
    if account is None:
        return Access(connection)
    if not is_fresh(account):
        _refresh(account, None)
        connection = _usable(connection_id)  # asked again with the token: the refresh took its time
        assert connection.account is not None  # noqa: S101 -- for the type checker; it is never taken away
        account = connection.account
    return _with_token(connection, account)


def at_hand(connection: Connection) -> Access | None:
    """The same, without a question to anybody: for a connection that was read just now with its account and owner.

    None where the token must be refreshed first, or it may not be used any more.
    """
    if not _is_usable(connection):
        return None
    account = connection.account
    if account is None:
        return Access(connection)
    return _with_token(connection, account) if is_fresh(account) else None


@contextmanager
def heeding(opened: Access, *, proves: bool = True) -> Iterator[None]:
    """Around a call: what comes of it says who rests (resting.heeding), and what the next sign-in has to bring."""
    try:
        with resting.heeding(opened.connection, proves=proves):
            yield
    except Challenged as outcome:
        if opened.connection.account_id:
            grants.note_challenge(opened.connection.account_id, opened.grant_no, outcome.claims)
        raise


def renew_refused(refused: Access) -> None:
    """The provider refused a token that the clock calls fresh: refresh once, unless the numbers moved on meanwhile.

    Raises Unavailable where even a new token is refused: that is not the grant's fault, unless another sign-in is
    demanded: then NotLive. Raises as `access` does.
    """
    account = ProviderAccount.objects.get(connections=refused.connection)
    if (account.grant_no, account.pair_no) != (refused.grant_no, refused.pair_no):
        return
    if account.refreshed_at and account.refreshed_at > timezone.now() - MARGIN:
        if account.claims:
            grants.demand_sign_in(account, account.claims, "a new token is not enough: another sign-in is demanded")
            raise NotLive
        raise Unavailable("the provider refuses a token that it issued this minute")
    refresh(account.pk, refused=(refused.grant_no, refused.pair_no))


def refresh(account_id: Any, *, refused: Numbers | None = None) -> ProviderAccount:
    """Refresh under the account's claim, unless it turns out to be done already. Returns the account as it is then.

    `refused`: the numbers of a pair that the provider refuses although it looks fresh. Who meets somebody else's
    refresh waits for its pair, and shares its failure. Raises Busy, NotLive and the outcomes of a refresh.
    """
    _refresh(ProviderAccount.objects.get(pk=account_id), refused)
    return ProviderAccount.objects.get(pk=account_id)


#: The threads of this process that refresh, or wait for another process's refresh, and those who wait with them. What
#: is true of an account stands in its row; this only keeps a hundred threads from asking the row the same.
_under_way: "dict[tuple[Any, Numbers | None], Future[None]]" = {}
_taking_turns = threading.Lock()


def _refresh(account: ProviderAccount, refused: Numbers | None) -> None:
    """One thread of this process refreshes or looks; the others wait for it, and share what comes of it."""
    wanted = (account.pk, refused)
    with _taking_turns:
        others, ours = _under_way.get(wanted), Future[None]()
        if others is None:
            _under_way[wanted] = ours
    if others is not None:
        return _share(others)
    try:
        _refresh_or_wait(account, refused)
        ours.set_result(None)
    except Exception as outcome:
        ours.set_exception(outcome)
        raise
    finally:
        with _taking_turns:
            del _under_way[wanted]
        if not ours.done():  # this thread is ended; that is no news of the account
            ours.set_exception(Busy())


def _share(others: "Future[None]") -> None:
    try:
        others.result(sum(PAUSES))
    except TimeoutError:
        raise Busy from None


def _refresh_or_wait(account: ProviderAccount, refused: Numbers | None) -> None:
    began = timezone.now()
    is_free = account.claimed_until is None or account.claimed_until <= began
    for pause in PAUSES:
        if is_free and _refresh_now(account.pk, refused):
            return
        time.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 -- spreads load, hides nothing
        seen = _LOOK.get(pk=account.pk)
        if _is_done(seen, refused):
            return
        if seen.last_error_at and seen.last_error_at > began:
            raise Unavailable(seen.last_error, retry_at=seen.due_at if seen.suspected_at else None)
        is_free = seen.claimed_until is None or seen.claimed_until <= timezone.now()
    raise Busy


def _refresh_now(account_id: Any, refused: Numbers | None) -> bool:
    """False: somebody else is at it."""
    claim = claims.take(ProviderAccount, account_id, seconds=LEASE_SECONDS, due=False)
    if claim is None:
        return False
    tried: dict[str, Any] = {}
    try:
        account = claim.row()
        if _is_done(account, refused):
            tried = {"attempts": 0}
        elif account.state != ProviderAccount.State.LIVE:
            raise NotLive
        else:
            refreshing.refresh(claim, grants)
    finally:
        claim.release(**tried)
    return True


def _is_done(account: ProviderAccount, refused: Numbers | None) -> bool:
    return is_fresh(account) and refused != (account.grant_no, account.pair_no)


def _usable(connection_id: Any) -> Connection:
    connection = _CONNECTION.first(pk=connection_id)
    if connection is None or not _is_usable(connection):
        raise NotLive
    return connection


def _is_usable(connection: Connection) -> bool:
    owner, account = connection.owner, connection.account
    is_entitled = owner.is_active and owner.meeting_providers_enabled
    return connection.ended_at is None and is_entitled and (account is None or account.state == account.State.LIVE)


def _with_token(connection: Connection, account: ProviderAccount) -> Access:
    token, _refresh_token = grants.tokens_of(account)
    return Access(connection, token, account.scope_set, account.grant_no, account.pair_no)


def is_fresh(account: ProviderAccount) -> bool:
    """Whether the access token has more than a minute to live, by the clock. Without tokens `expires_at` is empty."""
    return bool(account.expires_at and account.expires_at > timezone.now() + MARGIN)
