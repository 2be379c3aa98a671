"""A usable access token for a connection, refreshed by exactly one process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from integrations import diary, grants, registry
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Grant, Misconfigured, Outcome, ReconnectNeeded, Unavailable, Unknown
from okey.lib import claims
from okey.lib.patience import insist

#: The claim under which a refresh runs: longer than two calls to the token endpoint.
LEASE_SECONDS = 30
#: A token with less than this to live is refreshed first.
MARGIN = timedelta(seconds=60)
#: When to refresh once more, counted from a refresh whose answer was lost: by then the provider has carried it out or
#: never will, and it was seen to take the old pair for a minute.
LOOK_AGAIN = timedelta(seconds=40)


class Busy(Exception):
    """Somebody else is refreshing this account: come back in two seconds."""

    retry_seconds = 2


class NotLive(Exception):
    """The connection cannot be used: ended, its owner not entitled, or its grant needs reconnecting."""


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

    A connection without an account (Jitsi, a personal link) needs none. Raises NotLive, Busy, CannotOpen and the
    outcomes of a refresh (Unavailable, ReconnectNeeded, Misconfigured).
    """
    connection = _usable(connection_id)
    account = connection.account
    if account is None:
        return Access(connection)
    if not is_fresh(account):
        account = refresh(account.pk)
        connection = _usable(connection_id)  # asked again with the token: the refresh took its time
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


def renew_refused(refused: Access) -> None:
    """The provider refused a token that the clock calls fresh: refresh once, unless the numbers moved on meanwhile.

    Raises Unavailable where even a new token is refused: that is not the grant's fault. Raises as `access` does.
    """
    account = ProviderAccount.objects.get(connections=refused.connection)
    if (account.grant_no, account.pair_no) != (refused.grant_no, refused.pair_no):
        return
    if account.refreshed_at and account.refreshed_at > timezone.now() - MARGIN:
        raise Unavailable("the provider refuses a token that it issued this minute")
    refresh(account.pk, refused=(refused.grant_no, refused.pair_no))


def refresh(account_id: Any, *, refused: tuple[int, int] | None = None) -> ProviderAccount:
    """Refresh under the account's claim, unless it turns out to be done already. Returns the account as it is then.

    `refused`: the numbers of a pair that the provider refuses although it looks fresh. Raises Busy, NotLive and
    the outcomes of a refresh.
    """
    claim = claims.take(ProviderAccount, account_id, seconds=LEASE_SECONDS, due=False)
    if claim is None:
        raise Busy
    try:
        account = claim.row()
        if not is_fresh(account) or refused == (account.grant_no, account.pair_no):
            refresh_claimed(account)
    finally:
        claim.release(attempts=0)
    return ProviderAccount.objects.get(pk=account_id)


def refresh_claimed(account: ProviderAccount) -> None:
    """Ask for a new pair and write it. The caller holds the account's claim. Raises the outcomes of a refresh."""
    lost_answers: list[Unknown] = []
    look_again_at = timezone.now() + LOOK_AGAIN
    try:
        _refresh(account, lost_answers.append, look_again_at)
    finally:
        if lost_answers:
            _refresh_again(account, look_again_at)


def _refresh(account: ProviderAccount, when_lost: Callable[[Unknown], None], look_again_at: datetime) -> None:
    _access_token, refresh_token = grants.tokens_of(account)
    if account.state != ProviderAccount.State.LIVE or not refresh_token:
        raise NotLive
    # If this process dies with the only pair that works, the sweep asks while the provider may still take the old one.
    _refresh_again(account, look_again_at)
    try:
        grant = new_pair(account.provider, refresh_token, when_lost)
    except ReconnectNeeded as outcome:
        if grants.suspect(account, outcome.detail):
            raise
        retry_at = (account.suspected_at or timezone.now()) + grants.SECOND_LOOK
        raise Unavailable(outcome.detail, retry_at=retry_at) from None
    except Outcome as outcome:
        grants.fail(account, outcome.detail)
        if isinstance(outcome, Misconfigured):
            diary.tell_administrators(account.provider, outcome.detail)
        raise
    if not insist(lambda: grants.renew(account, grant)):
        # What is stored came from another refresh, and ours has replaced it there.
        _refresh_again(account, look_again_at)


def _refresh_again(account: ProviderAccount, at: datetime) -> None:
    """While the provider still takes the old pair; a lost call that it carried out late has replaced a newer one."""
    owed = ProviderAccount.objects.filter(pk=account.pk, grant_no=account.grant_no, revoke_after=None)
    owed.filter(due_at__gt=at, suspected_at=None).update(due_at=at)


def new_pair(provider_slug: str, refresh_token: str, when_lost: Callable[[Unknown], None] | None = None) -> Grant:
    """Ask for a new pair. The caller holds the account's claim, and writes what comes. Raises an Outcome.

    `when_lost` hears of an answer that was lost, whatever comes of the second try.
    """
    provider = registry.oauth_provider(provider_slug)
    try:
        return provider.refresh(refresh_token)
    except Unknown as outcome:
        # The answer was lost, and with it perhaps a new pair. The same token once more is the only chance left;
        # Zoom was seen to take it, for a minute.
        if when_lost:
            when_lost(outcome)
    try:
        return provider.refresh(refresh_token)
    except Unknown as outcome:
        raise Unavailable(outcome.detail) from None


def _usable(connection_id: Any) -> Connection:
    connection = Connection.objects.select_related("account", "owner").filter(pk=connection_id).first()
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
    """Whether the access token has more than a minute to live, by the clock."""
    return bool(account.tokens and account.expires_at and account.expires_at > timezone.now() + MARGIN)
