"""The face that meetings calls: create, update, cancel and find at whatever provider a connection has.

`opened` comes first and gives the right to call; each call then is exactly one request to the provider.
"""

import random
from typing import Any

from django.utils import timezone

from integrations import registry, resting
from integrations.access import Access, access, at_hand, heeding, renew_refused
from integrations.diary import tell_administrators
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import (
    Capability,
    MeetingRequest,
    Misconfigured,
    Outcome,
    ReconnectNeeded,
    Refused,
    RemoteMeeting,
    RemoteState,
    Unavailable,
    Unknown,
)
from integrations.refreshing import Busy, NotLive
from okey.lib.sealing import CannotOpen
from okey.limits import limits

__all__ = [
    "Access",
    "Busy",
    "CannotOpen",
    "Capability",
    "MeetingRequest",
    "Misconfigured",
    "NotLive",
    "Outcome",
    "ReconnectNeeded",
    "Refused",
    "RemoteMeeting",
    "RemoteState",
    "Unavailable",
    "Unknown",
    "UnsafeLink",
    "can",
    "cancel",
    "create",
    "deadline",
    "find",
    "keeps_times",
    "look",
    "may_repeat_create",
    "opened",
    "pace",
    "pace_look",
    "renew_refused",
    "tell_administrators",
    "update",
]


MINUTE = 60


class UnsafeLink(Refused):
    """The provider made the meeting, but what it calls the join link is not an address to send people to."""

    def __init__(self, made: RemoteMeeting) -> None:
        super().__init__("the join link is not on the provider's own host", reason="bad_link")
        self.made = made


def opened(connection: Connection, *, only_looks: bool = False) -> Access:
    """The right to call now. Raises NotLive, Busy, CannotOpen and the outcomes of a token refresh.

    `connection` was read just now, with its account and owner. Where the provider's daily limit is known to be used
    up, raises Unavailable until it starts anew, so that the other meetings of this person do not ask either; that
    limit counts no looks (`only_looks`).
    """
    account = connection.account
    if not only_looks and account and account.blocked_until and account.blocked_until > timezone.now():
        raise Unavailable("daily limit", retry_at=account.blocked_until, daily_limit=True)
    ready = at_hand(connection)
    if ready is not None:
        return ready
    with resting.heeding(connection, proves=False):  # another's refresh may have been waited for
        return access(connection.pk)


class Paced(Busy):
    """The vendor takes no more creates just now, of all or of this account: so many a minute."""

    def __init__(self, retry_seconds: float) -> None:
        super().__init__()
        # All who wait would come back in the same second.
        self.retry_seconds = retry_seconds * random.uniform(1, 1.5)  # noqa: S311 -- spreads load, hides nothing


def pace(connection: Connection) -> None:
    """Count one more create in this minute. Raises Paced where that would be more than the vendor takes."""
    provider, account = registry.provider(connection.provider), str(connection.account_id)
    quotas = [(provider.creates_a_minute_each, account), (provider.creates_a_minute, "everyone")]
    for limit, who in quotas:
        if limit is not None:
            seen = limits.look(f"creates at {provider.slug}", who, limit=limit, seconds=MINUTE)
            if not seen.allowed:
                raise Paced(seen.retry_seconds)
    for limit, who in quotas:
        if limit is not None:
            limits.hit(f"creates at {provider.slug}", who, limit=limit, seconds=MINUTE)


def pace_look(connection: Connection) -> None:
    """Count one more look in this minute. Raises Paced where that would be more than the organization is asked for."""
    limit, account = registry.provider(connection.provider).looks_a_minute, connection.account
    if limit is None or account is None:
        return
    who = account.external_account_id or str(account.pk)
    verdict = limits.hit(f"looks at {connection.provider}", who, limit=limit, seconds=MINUTE)
    if not verdict.allowed:
        raise Paced(verdict.retry_seconds)


def makes_links(provider: str) -> bool:
    """Whether connections of that name are for links; owners have such for their calendars, too."""
    return provider in registry.PROVIDERS


def can(connection: Connection, capability: Capability) -> bool:
    """Whether the connection's grant, as it stands, allows this."""
    scopes = connection.account.scope_set if connection.account else frozenset()
    return capability in registry.provider(connection.provider).capabilities(scopes)


def deadline(provider: str) -> float:
    """Seconds after which any call to the provider has ended."""
    return registry.provider(provider).deadline


def keeps_times(provider: str) -> bool:
    """Whether the provider knows when a meeting is, and so is owed something when that changes."""
    return makes_links(provider) and registry.provider(provider).keeps_times


def may_repeat_create(provider: str) -> bool:
    """Whether a create whose answer was lost may simply be sent again."""
    return registry.provider(provider).may_repeat_create


def create(opened: Access, request: MeetingRequest) -> RemoteMeeting:
    """Make the meeting. Raises an Outcome; UnsafeLink where what came back is no safe address."""
    provider = registry.provider(opened.connection.provider)
    try:
        with heeding(opened):
            made = provider.create(opened.token, request, link=opened.connection.link)
    except Unavailable as outcome:
        _block(opened, outcome)
        raise
    if not provider.is_join_url(made.join_url):
        raise UnsafeLink(made)
    return made


def update(opened: Access, external_id: str, request: MeetingRequest) -> None:
    """Bring the provider's meeting in line. Raises an Outcome; Refused(reason="gone") where it was deleted there."""
    try:
        with heeding(opened):
            registry.provider(opened.connection.provider).update(opened.token, external_id, request)
    except Unavailable as outcome:
        _block(opened, outcome)
        raise


def cancel(opened: Access, external_id: str) -> None:
    """Cancel the provider's meeting; one that is gone already is a success. Raises an Outcome."""
    with heeding(opened):
        registry.provider(opened.connection.provider).cancel(opened.token, external_id)


def find(opened: Access, request: MeetingRequest) -> list[RemoteMeeting]:
    """The provider's meetings that carry the request's reference, oldest first, safe addresses only."""
    provider = registry.provider(opened.connection.provider)
    with heeding(opened):
        found = provider.find(opened.token, request)
    return [made for made in found if provider.is_join_url(made.join_url)]


def look(opened: Access, external_id: str) -> RemoteState:
    """How the meeting stands at the provider. Raises an Outcome; Refused(reason="gone") where it was deleted there."""
    with heeding(opened):
        return registry.provider(opened.connection.provider).look(opened.token, external_id)


def _block(opened: Access, outcome: Unavailable) -> None:
    account: Any = opened.connection.account_id
    if outcome.daily_limit and account and outcome.retry_at:
        ProviderAccount.objects.filter(pk=account).update(blocked_until=outcome.retry_at)
