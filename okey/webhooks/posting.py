"""One POST to a receiver: within a deadline, only where webhooks may lead, no redirect followed, hardly read."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from requests.exceptions import SSLError

from okey.lib.deadlines import NotSent, keep_body
from okey.lib.open_internet import PrivateAddress
from okey.lib.opened_hosts import OpenedHostsAdapter
from okey.lib.retry_after import retry_at
from okey.webhooks.models import Delivery

#: For everything: the name, the connection, TLS, the request, the answer.
DEADLINE_SECONDS = 5.0
USER_AGENT = "O-Key-Webhooks/1"
#: Of a refusal, so much is read.
READ_BYTES = 1024

Trouble = Delivery.Trouble


@dataclass(frozen=True)
class Answer:
    """What came of a try. `trouble` is empty where the receiver has taken it."""

    trouble: str
    ms: int
    status: int | None = None
    excerpt: str = ""
    #: When the receiver wants to be asked again.
    retry_at: datetime | None = None


class _Transport(OpenedHostsAdapter):
    def read(self, answer: requests.Response) -> None:
        """Of a success the status is all that matters; of anything else how it begins."""
        body = b"" if answer.ok else next(answer.iter_content(READ_BYTES), b"")
        answer.close()
        keep_body(answer, body)


def post(url: str, body: bytes, headers: dict[str, str], *, deadline: float = DEADLINE_SECONDS) -> Answer:
    """Send it once. Raises nothing for whatever the receiver does."""
    started = time.monotonic()

    def answered(trouble: str, **more: Any) -> Answer:
        return Answer(trouble, round((time.monotonic() - started) * 1000), **more)

    try:
        with _session() as session:
            answer = session.post(url, data=body, headers=headers, timeout=deadline, allow_redirects=False)
    except PrivateAddress:
        return answered(Trouble.PRIVATE_ADDRESS)
    except NotSent as error:
        return answered(_why_not_sent(error, started, deadline))
    except requests.Timeout:
        return answered(Trouble.TIMED_OUT)
    except (requests.RequestException, ValueError):  # the latter for a name or a redirect that nobody can read
        return answered(Trouble.BROKEN_OFF)
    return answered(
        _trouble(answer), status=answer.status_code, excerpt=_excerpt(answer), retry_at=retry_at(answer.headers)
    )


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxies by surprise
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"})
    for scheme in ("https", "http"):
        session.mount(f"{scheme}://", _Transport(scheme))
    return session


def _why_not_sent(error: NotSent, started: float, deadline: float) -> str:
    if str(error) == SSLError.__name__:
        return Trouble.UNTRUSTED
    return Trouble.TIMED_OUT if time.monotonic() - started >= deadline else Trouble.NO_CONNECTION


def _trouble(answer: requests.Response) -> str:
    if 200 <= answer.status_code < 300:
        return ""
    if answer.status_code == 410:
        return Trouble.GONE
    return Trouble.REDIRECTED if 300 <= answer.status_code < 400 else Trouble.REFUSED


def _excerpt(answer: requests.Response) -> str:
    text = answer.content.decode("utf-8", errors="replace")
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words[: Delivery.EXCERPT_MAX]
