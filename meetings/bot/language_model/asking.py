"""Asking the language model: with an end, seldom enough, and not while it fails.

A client waits for it, so everything has one end, SECONDS: looking its name up, connecting, reading. It is asked in a
thread of its own, because a name that is looked up cannot be interrupted; where all of these are taken, nobody waits.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from meetings.bot.language_model import saying, sending
from meetings.bot.language_model.saying import Bounds, Unusable
from meetings.bot.understanding.intents import Understood
from okey import figures
from okey.lib.deadlines import DeadlineAdapter, TooLarge
from okey.limits import limits

#: For everything.
SECONDS = 2.0
#: Bytes of an answer.
LARGEST = 64 * 1024
#: Of one web process, at once.
PLACES = 4
#: (so many, within so many seconds) of one conversation, of one network, and of all clients of one owner.
OF_A_CONVERSATION = (60, 24 * 3600)
OF_A_NETWORK = (60, 3600)
OF_AN_OWNER = (300, 24 * 3600)
A_DAY = 24 * 3600
#: After so many failures within so many seconds nobody asks until some of them are older: it is away, and each try
#: would keep a client waiting.
FAILURES = ((3, 60), (10, 600))

_places = BoundedSemaphore(PLACES)
_askers = ThreadPoolExecutor(PLACES, thread_name_prefix="language-model")


class Outcome(StrEnum):
    """Of a question; the counter's label."""

    READ = "read"
    UNKNOWN = "unknown"  # it does not know either
    UNUSABLE = "unusable"  # it said what it may not
    REFUSED = "refused"  # another status than 200
    LATE = "late"
    AWAY = "away"
    # It was not asked:
    BUSY = "busy"  # all places are taken
    RESTS = "rests"
    LIMITED = "limited"


#: After so many of these it rests. What it says wrongly is none: a client may make it say anything.
FAILED = frozenset({Outcome.REFUSED, Outcome.LATE, Outcome.AWAY})


@dataclass(frozen=True)
class Asker:
    """By whom questions are counted."""

    conversation: str
    network: str
    owner: str


@dataclass(frozen=True)
class Told:
    """What came of a question. `status`: of the answer, 0 where there was none."""

    outcome: Outcome
    said: Understood | None = None
    status: int = 0


class _Failed(Exception):
    def __init__(self, outcome: Outcome, status: int = 0) -> None:
        super().__init__(outcome)
        self.outcome, self.status = outcome, status


def is_on() -> bool:
    return bool(settings.OKEY_LANGUAGE_MODEL_URL)


def host() -> str:
    """Whom clients are told; "" where none is asked."""
    return urlsplit(settings.OKEY_LANGUAGE_MODEL_URL).hostname or ""


def understand(words: str, names: tuple[str, ...], bounds: Bounds, asker: Asker) -> Understood | None:
    """What the model reads in these words; None where it does not know, does not answer, or may not be asked."""
    told = _asked(words, names, bounds, asker)
    figures.note(figures.LANGUAGE_MODEL, outcome=told.outcome, status=told.status or None)
    if told.outcome in FAILED:
        for many, seconds in FAILURES:
            limits.hit(f"language model fails {seconds}", "", limit=many, seconds=seconds)
    return told.said


def _asked(words: str, names: tuple[str, ...], bounds: Bounds, asker: Asker) -> Told:
    if not all(limits.look(f"language model fails {seconds}", "", limit=many, seconds=seconds).allowed
               for many, seconds in FAILURES):  # fmt: skip
        return Told(Outcome.RESTS)
    if not _may_ask(asker):
        return Told(Outcome.LIMITED)
    return ask(words, names, bounds)


def _may_ask(asker: Asker) -> bool:
    """Counted, the narrowest first: who is held off uses up nothing of the others'."""
    counted = (
        ("conversation", asker.conversation, *OF_A_CONVERSATION),
        ("network", limits.site_of(asker.network), *OF_A_NETWORK),
        ("owner", asker.owner, *OF_AN_OWNER),
        ("all", "", settings.OKEY_LANGUAGE_MODEL_A_DAY, A_DAY),
    )
    return all(
        limits.hit(f"language model by {what}", who, limit=many, seconds=seconds).allowed
        for what, who, many, seconds in counted
    )


def ask(words: str, names: tuple[str, ...], bounds: Bounds) -> Told:
    """One question, whoever asks; nothing is counted."""
    body = sending.body(words, names, bounds, settings.OKEY_LANGUAGE_MODEL_NAME)
    if not _places.acquire(blocking=False):
        return Told(Outcome.BUSY)
    under_way: Future[str] = _askers.submit(_post, settings.OKEY_LANGUAGE_MODEL_URL, body)
    under_way.add_done_callback(lambda _: _places.release())
    try:
        said = saying.read(under_way.result(timeout=SECONDS), bounds)
    except TimeoutError:
        under_way.cancel()
        return Told(Outcome.LATE)
    except _Failed as failed:
        return Told(failed.outcome, status=failed.status)
    except Unusable:
        return Told(Outcome.UNUSABLE, status=requests.codes.ok)
    return Told(Outcome.UNKNOWN if said is None else Outcome.READ, said, requests.codes.ok)


def _post(url: str, body: dict[str, Any]) -> str:
    """What it says. Raises _Failed."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "O-Key"}
    if settings.OKEY_LANGUAGE_MODEL_KEY:
        headers["Authorization"] = f"Bearer {settings.OKEY_LANGUAGE_MODEL_KEY}"
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxies by surprise
    for scheme in ("https://", "http://"):
        session.mount(scheme, _transport)
    address = f"{url}/chat/completions"
    try:
        answer = session.post(address, json=body, headers=headers, timeout=SECONDS, allow_redirects=False)
    except (requests.Timeout, TimeoutError):
        raise _Failed(Outcome.LATE) from None
    except TooLarge:
        raise _Failed(Outcome.UNUSABLE) from None
    except OSError:  # of requests, and of look-ups
        raise _Failed(Outcome.AWAY) from None
    if answer.status_code != requests.codes.ok:
        raise _Failed(Outcome.REFUSED, answer.status_code)
    return _content(answer.content)


def _content(body: bytes) -> str:
    try:
        said = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        said = None
    if not isinstance(said, str):
        raise _Failed(Outcome.UNUSABLE, requests.codes.ok)
    return said


class _Transport(DeadlineAdapter):
    largest = LARGEST


#: One pool of kept-alive connections for the process.
_transport = _Transport(pool_connections=1, pool_maxsize=PLACES, max_retries=0)
