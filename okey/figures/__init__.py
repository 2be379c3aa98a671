"""What happened that matters to whoever runs O-Key: by one call, one line in the log and one more in a counter.

The counters are one hash in Redis, for all processes together, and are read by okey.seeing.metrics. While Redis is
away nothing is counted; where it was emptied they begin anew. What the tables know is read from there instead.
"""

import json
import logging
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import transaction
from redis import Redis

from okey.limits.redis_or_memory import client_options, health

logger = logging.getLogger("okey.figures")

KEY = "okey-figures"
#: Upper bounds, in seconds, of a histogram's buckets.
BUCKETS = ("1.0", "2.0", "5.0", "10.0", "30.0", "60.0", "120.0", "300.0", "900.0", "3600.0", "+Inf")
SUM = "sum"


@dataclass(frozen=True)
class Counter:
    """By Prometheus's rules: `name` without the _total that it gets there. Each label has few values."""

    name: str
    help: str
    labels: tuple[str, ...]


LINKS = Counter("okey_links", "Steps on links, by what came of them.", ("provider", "outcome"))
LINK_SECONDS = Counter("okey_link_seconds", "From asking for a link to having it.", ("provider",))
CALLS = Counter(
    "okey_provider_calls",
    "Calls to providers. Status 0: no answer.",
    ("host", "method", "endpoint", "status"),
)
REFRESHES = Counter("okey_refreshes", "Refreshes of tokens, by what came of them.", ("vendor", "outcome"))
GRANTS = Counter("okey_grants", "Grants that came and went.", ("vendor", "outcome"))
MAILS = Counter("okey_mails", "Mails, by what came of them.", ("kind", "outcome"))
DELIVERIES = Counter("okey_webhook_deliveries", "Posts to owners' webhooks, by what came of them.", ("outcome",))
MESSAGES = Counter("okey_provider_messages", "Messages from providers.", ("provider", "outcome"))
SIGN_INS = Counter("okey_sign_ins", "Tries to sign in.", ("outcome",))
LANGUAGE_MODEL = Counter(
    "okey_language_model", "Texts for which the language model was wanted, by what came of them.", ("outcome",)
)

COUNTERS = (LINKS, CALLS, REFRESHES, GRANTS, MAILS, DELIVERIES, MESSAGES, SIGN_INS, LANGUAGE_MODEL)
HISTOGRAMS = (LINK_SECONDS,)


def note(counter: Counter, *, level: int = logging.INFO, seconds: float | None = None, **facts: Any) -> None:
    """Once this transaction has committed, say it in the log and count it.

    `facts` are the counter's labels and what else is worth a word: IDs of ours and of the provider, never names,
    addresses, texts or tokens. `seconds`: how long a link took.
    """
    # The line is of this request, wherever the commit is.
    transaction.on_commit(partial(copy_context().run, _note, counter, level, seconds, facts), robust=True)


def count(counter: Counter, **labels: str) -> None:
    """Count it now; the log has it elsewhere, or need not have it."""
    _add({_field(counter, labels): 1})


def _note(counter: Counter, level: int, seconds: float | None, facts: dict[str, Any]) -> None:
    known = {name: value for name, value in facts.items() if value not in ("", None)}
    if seconds is not None:
        known["seconds"] = round(seconds, 3)
    what = counter.name.removeprefix("okey_")
    # Counted as one line: %-signs in a fact are none of the format's.
    logger.log(level, "%s", " ".join([what, *(f"{name}={value}" for name, value in known.items())]), extra=known)
    amounts: dict[str, float] = {_field(counter, facts): 1}
    if seconds is not None:
        bucket = next(bound for bound in BUCKETS if seconds <= float(bound))
        amounts |= {_field(LINK_SECONDS, facts, bucket): 1, _field(LINK_SECONDS, facts, SUM): seconds}
    _add(amounts)


def _field(counter: Counter, facts: dict[str, Any], *more: str) -> str:
    return json.dumps([counter.name, *(str(facts.get(label, "")) for label in counter.labels), *more])


def _add(amounts: dict[str, float]) -> None:
    def in_redis() -> None:
        with _redis(settings.REDIS_URL).pipeline(transaction=False) as pipe:
            for field, amount in amounts.items():
                pipe.hincrbyfloat(KEY, field, amount)
            pipe.execute()

    health.ask(in_redis, lambda: None)


def counted() -> Iterator[tuple[str, list[str], float]]:
    """Of each counter that is not 0: its name, its labels' values (a histogram's bucket behind them), its value.

    Raises redis.RedisError.
    """
    found: dict[bytes, bytes] = _redis(settings.REDIS_URL).hgetall(KEY)  # type: ignore[assignment] # or awaitable
    for field, value in found.items():
        name, *labels = json.loads(field)
        yield name, labels, float(value)


@cache
def _redis(url: str) -> "Redis":
    return Redis.from_url(url, **client_options())
