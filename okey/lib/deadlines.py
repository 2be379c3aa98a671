"""Total deadlines for HTTP.

`requests` limits each read, so an answer that drips byte by byte outlives its timeout, and with it the claim that
the call is made under. Here `timeout` is the whole call's: a watchdog shuts the socket when it has passed. Bodies
have a cap.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MAX_BYTES = 1024 * 1024
CONNECT_SECONDS = 3.05

_call = threading.local()


class TooLarge(requests.RequestException):
    """The answer is longer than any real one."""


class NotSent(requests.ConnectionError):
    """No connection came about, so the other side has seen nothing."""


class Watchdog:
    """Shuts the call's socket down at the deadline, wherever the call is waiting then."""

    def __init__(self, seconds: float) -> None:
        #: The socket itself: a connection forgets its own as soon as the answer's headers say "close".
        self.sock: socket.socket | None = None
        self.is_late = False
        #: From here on the other side may have seen the request.
        self.has_begun = False
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def cancel(self) -> None:
        self._timer.cancel()

    def _shut(self) -> None:
        self.is_late = True
        if self.sock is None:
            return
        with suppress(OSError):  # it was closed already
            # The plain socket's: TLS's own would pull the session from under the thread that reads.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class WatchedRequest:
    """Tells the call's watchdog which socket it is on, and sends nothing that comes too late."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        # Looking a name up can't be interrupted. A TLS handshake as a whole has the time that connecting has.
        if _current().is_late:
            self.close()  # type: ignore[attr-defined]
            raise TimeoutError("The deadline passed while connecting.")

    def request(self, *args: Any, **kwargs: Any) -> Any:
        if self.sock is None:
            self.connect()
        watchdog = _current()
        watchdog.sock = self.sock
        # A process that was stopped since the call began wakes up here; a kept-alive connection would take the request.
        if watchdog.is_late:
            self.close()  # type: ignore[attr-defined]
            raise TimeoutError("The deadline passed before sending.")
        watchdog.has_begun = True
        return super().request(*args, **kwargs)  # type: ignore[misc]


def _current() -> Watchdog:
    watchdog: Watchdog = _call.watchdog
    return watchdog


class _WatchedHTTP(WatchedRequest, HTTPConnection):
    pass


class _WatchedHTTPS(WatchedRequest, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class DeadlineAdapter(HTTPAdapter):
    """A pooled transport in which `timeout` is the seconds that a whole call may take, body included."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        seconds = float(timeout)
        limits = (min(CONNECT_SECONDS, seconds), seconds)
        with _watched(seconds) as watchdog:
            try:
                answer = super().send(request, stream=True, timeout=limits, verify=verify, cert=cert, proxies=proxies)
                self.read(answer)
            except requests.RequestException as error:
                if not watchdog.has_begun:
                    raise NotSent(type(error).__name__, request=request) from None
                if not watchdog.is_late:
                    raise
            if watchdog.is_late:
                # Also without an error: a body that only the end of the connection delimits looks whole now.
                raise requests.ReadTimeout("The deadline passed.", request=request)
        return answer

    def read(self, answer: requests.Response) -> None:
        """Take the body in, up to the cap. Raises TooLarge."""
        body = bytearray()
        for chunk in answer.iter_content(16 * 1024):
            body += chunk
            if len(body) > MAX_BYTES:
                answer.close()
                raise TooLarge("The answer is too large.", response=None)
        keep_body(answer, bytes(body))


def keep_body(answer: requests.Response, body: bytes) -> None:
    """This is the answer's body; nothing more is read."""
    answer._content = body
    answer._content_consumed = True  # type: ignore[attr-defined]


@contextmanager
def _watched(seconds: float) -> Iterator[Watchdog]:
    watchdog = Watchdog(seconds)
    _call.watchdog = watchdog
    watchdog.start()
    try:
        yield watchdog
    finally:
        watchdog.cancel()
        _call.watchdog = None
