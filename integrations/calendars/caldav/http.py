"""Calls to a CalDAV server: guarded as all addresses that owners type, and the password goes where it may only."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

import requests

from integrations.calendars.base import CannotRead, Why
from integrations.calendars.caldav.trust import may_follow
from okey.lib import deadlines, opened_hosts
from okey.lib.deadlines import TooLarge
from okey.lib.open_internet import PrivateAddress
from okey.lib.opened_hosts import OpenedHostsAdapter
from okey.lib.retry_after import retry_at

#: Unpacked, of one answer: entries come with a time zone each.
MAX_BYTES = 16 * 1024 * 1024
REDIRECTS = 4
USER_AGENT = "O-Key-Calendars/1"
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True)
class Access:
    """What opens a calendar: its address, and who signs in. `zone`: the calendar's own; "" where it has none."""

    url: str
    user: str
    password: str = field(repr=False)
    zone: str = ""

    @classmethod
    def of(cls, secret: str) -> Self:
        return cls(**json.loads(secret))

    def __str__(self) -> str:
        return json.dumps(asdict(self))


class LeadsElsewhere(CannotRead):
    """To a host to which the password may not follow."""

    def __init__(self, address: str) -> None:
        super().__init__(Why.REDIRECTED)
        self.host = _host(address)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: "requests.structures.CaseInsensitiveDict[str]"
    body: bytes
    #: Whose answer it is, after redirects.
    url: str

    def resolved(self, href: str) -> str:
        """What an href of its leads to, as it may be asked for. "": nowhere."""
        try:
            return urljoin(self.url, quote(href.strip(), safe="/%:@!$&'()*+,;=~?[]-._"))
        except ValueError:
            return ""


class _Transport(OpenedHostsAdapter):
    largest = MAX_BYTES


class Server:
    """Some calls one after the other, over one connection, that have all ended so many seconds from now.

    Raises CannotRead, with nothing in it of what was sent.
    """

    def __init__(self, access: Access, *, seconds: float) -> None:
        self._named = access.url
        self._sign_in = f"{access.user}:{access.password}"
        self._seconds = seconds
        self._over = deadlines.clock() + seconds
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc, no proxies by surprise
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"})
        for scheme in ("https", "http"):
            self._session.mount(f"{scheme}://", _Transport(scheme))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def seconds_left(self) -> float:
        return max(self._over - deadlines.clock(), 0.1)

    def ask(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        *,
        depth: str = "",
        headers: Mapping[str, str] | None = None,
        is_signed: bool = True,
    ) -> Answer:
        """Without signing in it is led anywhere on the open internet."""
        sent = ({"Content-Type": XML} if body else {}) | ({"Depth": depth} if depth else {}) | dict(headers or {})
        for _hop in range(REDIRECTS + 1):
            url = self._checked(url, is_signed=is_signed)
            answer = self._asked(method, url, body, self._signed(sent) if is_signed else sent)
            if answer.status not in {301, 302, 307, 308}:
                return answer
            url = answer.resolved(answer.headers.get("Location", ""))
        raise CannotRead(Why.REDIRECTED)

    def _checked(self, url: str, *, is_signed: bool) -> str:
        if opened_hosts.wrong_with(url):
            raise CannotRead(Why.REDIRECTED)
        if is_signed and not may_follow(self._named, url):
            raise LeadsElsewhere(url)
        return url

    def _signed(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | {"Authorization": "Basic " + base64.b64encode(self._sign_in.encode()).decode()}

    def _asked(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            with deadlines.within(self.seconds_left):
                got = self._session.request(
                    method, url, data=body, headers=headers, timeout=self._seconds, allow_redirects=False
                )
        except PrivateAddress:
            raise CannotRead(Why.PRIVATE_ADDRESS) from None
        except TooLarge:
            raise CannotRead(Why.TOO_LARGE) from None
        except (requests.RequestException, ValueError):  # the latter for a name or a redirect that nobody can read
            raise CannotRead(Why.UNREACHABLE) from None
        return Answer(got.status_code, got.headers, got.content, url)


def refused(answer: Answer) -> CannotRead:
    """What a status says that is not the wanted one."""
    if answer.status == 401:
        return CannotRead(Why.PASSWORD)
    if answer.status in {403, 407}:
        return CannotRead(Why.NOT_ALLOWED)
    if answer.status in {404, 410}:
        return CannotRead(Why.GONE)
    if answer.status in {200, 405, 501}:  # a page, or a server that knows nothing of CalDAV
        return CannotRead(Why.NO_CALENDAR)
    return CannotRead(Why.UNREACHABLE, retry_at=retry_at(answer.headers))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
