"""HTTP to providers: total deadlines (okey/lib/deadlines.py), one pool for the process. Nothing is retried, nothing
redirected.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from okey.lib.deadlines import MAX_BYTES, DeadlineAdapter, NotSent, TooLarge, clock

__all__ = ["MAX_BYTES", "NotSent", "TooLarge", "clock", "equip", "session", "transport"]

USER_AGENT = "O-Key"


class Transport(DeadlineAdapter):
    """Tells whoever listens of each call, once it is over: host, method, path, and the answer's status or 0."""

    listener: Callable[[str, str, str, int], None] | None = None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        status = 0
        try:
            answer = super().send(request, *args, **kwargs)
            status = answer.status_code
        finally:
            if self.listener is not None:
                url = urlsplit(request.url or "")
                self.listener(url.hostname or "", request.method or "", url.path, status)
        return answer


#: One pool of kept-alive connections for the process.
transport = Transport(pool_connections=4, pool_maxsize=32, max_retries=0)

#: Where a stand-in runs; no vendor does.
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def session() -> requests.Session:
    """A session on the process's pool."""
    return equip(requests.Session())


def equip(one: requests.Session) -> requests.Session:
    """Put a session (an OAuth one, say) on the process's pool."""
    one.mount("https://", transport)
    one.mount("http://", transport)
    one.trust_env = False  # no .netrc, no proxies by surprise
    one.headers["User-Agent"] = USER_AGENT
    return one
