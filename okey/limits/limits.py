"""Rate limits: so many times in a window that moves along, counted for all processes together.

Counted in Redis (`REDIS_URL`), and in this process while Redis is away; never in the database.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from okey.limits.redis_or_memory import client_options, health

#: Whoever has IPv6 has a whole network of addresses: this much of one names them.
IPV6_PREFIX = 64
#: And whoever has a site may have many networks: a home gets up to a whole one of these.
IPV6_SITE_PREFIX = 48

T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """`limit` and how many are `left` just now; at `resets_at` there is one more again."""

    allowed: bool
    limit: int
    left: int
    resets_at: datetime

    @property
    def retry_seconds(self) -> int:
        """Whole seconds until then, at least 1: as Retry-After says it."""
        return max(1, int((self.resets_at - timezone.now()).total_seconds()) + 1)


def hit(what: str, who: str, *, limit: int, seconds: int) -> Verdict:
    """Count one more `what` by `who` (an address, an ID), and say whether that is still within the limit.

    What is refused is not counted.
    """
    item, name = RateLimitItemPerSecond(limit, seconds), keyed(what, who)

    def count(limiter: MovingWindowRateLimiter) -> Verdict:
        return _verdict(limiter, item, name, allowed=limiter.hit(item, name))

    return _ask(count)


def look(what: str, who: str, *, limit: int, seconds: int) -> Verdict:
    """Whether one more would be within the limit. Counts nothing."""
    item, name = RateLimitItemPerSecond(limit, seconds), keyed(what, who)

    def ask(limiter: MovingWindowRateLimiter) -> Verdict:
        return _verdict(limiter, item, name)

    return _ask(ask)


def forget(what: str, who: str, *, limit: int, seconds: int) -> None:
    """Count from zero again."""
    item, name = RateLimitItemPerSecond(limit, seconds), keyed(what, who)
    _ask(lambda limiter: limiter.clear(item, name))


def _verdict(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, name: str, *, allowed: bool | None = None
) -> Verdict:
    window = limiter.get_window_stats(item, name)
    left = max(0, window.remaining)
    resets_at = datetime.fromtimestamp(window.reset_time, UTC)
    return Verdict(left > 0 if allowed is None else allowed, item.amount, left, resets_at)


def keyed(what: str, who: str) -> str:
    """A name under which something is counted, from which whoever reads Redis learns no address."""
    return salted_hmac("okey.limits", f"{what}\0{who}", algorithm="sha256").hexdigest()


def _ask(question: Callable[[MovingWindowRateLimiter], T]) -> T:
    return health.ask(lambda: question(_in_redis()), lambda: question(in_memory()))


@cache
def _in_redis() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL, key_prefix="okey-limits", **client_options()))


@cache
def in_memory() -> MovingWindowRateLimiter:
    """What this process counts by itself."""
    return MovingWindowRateLimiter(MemoryStorage())


# --- Network addresses ------------------------------------------------------------------------------------


def address_of(request: HttpRequest) -> str:
    """The client's network address; for IPv6 its network of 64 bits.

    Behind trusted proxies it is the one that the outermost of them saw: each adds one to X-Forwarded-For.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    if not settings.TRUST_PROXY_HEADERS:
        return network(direct) or direct
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-settings.TRUSTED_PROXY_COUNT :]
    return network(forwarded[0]) or network(direct) or direct


def site_of(network: str) -> str:
    """What `address_of` said, widened to a site for IPv6. An address that is none, and IPv4, stay what they are."""
    try:
        whole = ipaddress.ip_network(network)
    except ValueError:
        return network
    return network if whole.version == 4 else str(whole.supernet(new_prefix=IPV6_SITE_PREFIX))


def network(written: str) -> str:
    """Of an address as proxies write them, with or without a port. "" for what is none."""
    try:
        address = ipaddress.ip_address(_without_port(written.strip()))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))


def _without_port(written: str) -> str:
    """`[2001:db8::1]:443` and `192.0.2.1:443` lose theirs."""
    if written.startswith("["):
        return written[1:].partition("]")[0]
    return written.partition(":")[0] if written.count(":") == 1 else written
