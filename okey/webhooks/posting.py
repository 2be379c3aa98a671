"""One POST to a receiver: within a deadline, only where webhooks may lead, no redirect followed, hardly read."""

import ipaddress
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.exceptions import SSLError
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from okey.lib.deadlines import NotSent, keep_body
from okey.lib.open_internet import OpenInternetAdapter, PrivateAddress
from okey.webhooks import addresses
from okey.webhooks.addresses import Address
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


class _Transport(OpenInternetAdapter):
    """To what the operator has opened, too."""

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        if addresses.opened():
            # Past the filter, to the very address that the operator has opened.
            host, pool = super(IPFilterAdapter, self).build_connection_pool_key_attributes(request, verify, cert)
            opened = _opened_address(host["host"], host["port"])
            if opened is not None:
                return self._pinned(request, host, pool, opened)
        return super().build_connection_pool_key_attributes(request, verify, cert)

    def may_call(self, address: str) -> bool:
        # Plain http is for what was opened, and may be closed again by now.
        is_here = ipaddress.ip_address(address.strip("[]")).is_loopback
        return addresses.is_open(address) and (self.scheme == "https" or is_here)

    def _pinned(self, request: requests.PreparedRequest, host: Any, pool: Any, address: Address) -> Any:
        """The same as the filter does: this address is called, and the certificate is held against the name."""
        name = host["host"]
        shown = f"[{name}]" if ":" in name else name
        request.headers["Host"] = shown if host["port"] is None else f"{shown}:{host['port']}"
        if self.scheme == "https":
            pool |= {"assert_hostname": name, "server_hostname": name}
        host["host"] = f"[{address}]" if address.version == 6 else str(address)
        return host, pool

    def read(self, answer: requests.Response) -> None:
        """Of a success the status is all that matters; of anything else how it begins."""
        body = b"" if answer.ok else next(answer.iter_content(READ_BYTES), b"")
        answer.close()
        keep_body(answer, body)


def _opened_address(name: str, port: int | None) -> Address | None:
    """The address that the name leads to, where the operator has opened that; None for all else."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        address = ipaddress.ip_address(found[0][4][0])
    except (OSError, UnicodeError, ValueError):
        return None  # whoever looks next says so
    return address if addresses.is_opened(name, address) else None


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
    except (requests.RequestException, UnicodeError):  # the latter for a name that no lookup takes
        return answered(Trouble.BROKEN_OFF)
    return answered(
        _trouble(answer), status=answer.status_code, excerpt=_excerpt(answer), retry_at=_retry_at(answer.headers)
    )


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxies by surprise
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"})
    for scheme in ("https", "http"):
        session.mount(f"{scheme}://", _Transport(scheme, allow_loopback=addresses.allows_loopback()))
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


def _retry_at(headers: Any) -> datetime | None:
    """Retry-After, in seconds or as a date; None where it says nothing usable."""
    said = headers.get("Retry-After", "").strip()
    try:
        if said.isdecimal():
            return datetime.fromtimestamp(time.time() + int(said), UTC)
        moment = parsedate_to_datetime(said)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
