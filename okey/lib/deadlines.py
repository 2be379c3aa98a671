"""Total deadlines for HTTP.

`requests` limits each read, so an answer that drips byte by byte outlives its timeout, and with it the claim that
the call is made under. Here `timeout` is the whole call's: a watchdog shuts the socket when it has passed. Whether it
has is told by the clock, which the calling thread compares before every byte that it sends and when the answer is
there: a process that was stopped meanwhile goes on with any of its threads first. Bodies have a cap.
"""

import logging
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

logger = logging.getLogger(__name__)

MAX_BYTES = 1024 * 1024
CONNECT_SECONDS = 3.05

_call = threading.local()
#: When all calls have ended that are made within `within`, by `clock`.
_all_over: ContextVar[float] = ContextVar("all_over", default=math.inf)


def clock() -> float:
    """Seconds that only rise, those included in which the machine was suspended, where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever this thread calls in here has ended so many seconds from now, be its own deadline ever so late."""
    token = _all_over.set(min(_all_over.get(), clock() + seconds))
    try:
        yield
    finally:
        _all_over.reset(token)


class TooLarge(requests.RequestException):
    """The answer is longer than any real one."""


class NotSent(requests.ConnectionError):
    """No connection came about, so the other side has seen nothing."""


class Watchdog:
    """Shuts the call's socket down at the deadline, wherever the call is waiting then."""

    def __init__(self, over: float) -> None:
        #: By `clock`.
        self.over = over
        #: From here on the other side may have seen the request.
        self.has_begun = False
        #: The socket itself: a connection forgets its own as soon as the answer's headers say "close".
        self._sock: socket.socket | None = None
        self._has_shut = False
        self._lock = threading.Lock()

    @property
    def is_late(self) -> bool:
        return clock() >= self.over

    def start(self) -> None:
        _ALARM.ring_at(self.over, self._shut)

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            self._sock = sock

    def let_go(self) -> bool:
        """From here on the socket is left alone: it may be another call's soon. Returns whether it is still whole."""
        with self._lock:
            self._sock = None
            return not self._has_shut

    def end(self) -> None:
        self.let_go()

    def _shut(self) -> None:
        with self._lock:
            if self._sock is None:
                return
            self._has_shut = True
            with suppress(OSError):  # it was closed already
                # The plain socket's: TLS's own would pull the session from under the thread that reads.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


class _Alarm:
    """Calls back at set times, in one thread of this process: one for each call would cost the calls a twentieth.

    What is over before its time is called back nevertheless, and finds nothing to do.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._changed = threading.Condition()
        #: A heap of when, by the monotonic clock; a number, so that no two are compared; and what to call.
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._thread: threading.Thread | None = None

    def ring_at(self, over: float, call: Callable[[], None]) -> None:
        """`over`: by `clock`."""
        entry = (time.monotonic() + over - clock(), next(self._numbers), call)
        with self._changed:
            heappush(self._due, entry)
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._ring, name="deadlines", daemon=True)
                thread.start()
                self._thread = thread
            elif self._due[0] is entry:
                self._changed.notify()

    def _ring(self) -> None:
        while True:
            with self._changed:
                while (left := self._due[0][0] - time.monotonic() if self._due else None) is None or left > 0:
                    self._changed.wait(left)
                call = heappop(self._due)[2]
            try:
                call()
            except Exception:
                logger.exception("A deadline could not be kept.")  # the others are


_ALARM = _Alarm()


class WatchedRequest:
    """Tells the call's watchdog which socket it is on, and sends nothing that comes too late."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        # Looking a name up can't be interrupted. A TLS handshake as a whole has the time that connecting has.
        self._end_if_late()

    def request(self, *args: Any, **kwargs: Any) -> Any:
        if self.sock is None:
            self.connect()
        _current().watch(self.sock)
        return super().request(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        # Head and body come here, each by itself. Half a request is none.
        self._end_if_late()
        _current().has_begun = True
        super().send(data)  # type: ignore[misc]

    def _end_if_late(self) -> None:
        if _current().is_late:
            self.close()  # type: ignore[attr-defined]
            raise TimeoutError("The deadline has passed.")


def _current() -> Watchdog:
    watchdog: Watchdog = _call.watchdog
    return watchdog


class WatchedPool:
    """Takes no connection back while a watchdog could still shut it."""

    def _put_conn(self, conn: Any) -> None:
        watchdog: Watchdog | None = getattr(_call, "watchdog", None)
        if watchdog is not None and not watchdog.let_go() and conn is not None:
            conn.close()  # a closed one connects anew
        super()._put_conn(conn)  # type: ignore[misc]


class _WatchedHTTP(WatchedRequest, HTTPConnection):
    pass


class _WatchedHTTPS(WatchedRequest, HTTPSConnection):
    pass


class _HTTPPool(WatchedPool, HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(WatchedPool, HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class DeadlineAdapter(HTTPAdapter):
    """A pooled transport in which `timeout` is the seconds that a whole call may take, body included."""

    #: Bytes of a body.
    largest = MAX_BYTES

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
        over = min(clock() + float(timeout), _all_over.get())
        seconds = over - clock()
        if seconds <= 0:
            raise NotSent("The deadline has passed.", request=request)
        limits = (min(CONNECT_SECONDS, seconds), seconds)
        with _watched(over) as watchdog:
            try:
                answer = super().send(request, stream=True, timeout=limits, verify=verify, cert=cert, proxies=proxies)
                self.read(answer)
            except requests.RequestException as error:
                if not watchdog.has_begun:
                    raise NotSent(type(error).__name__, request=request) from None
                if not watchdog.is_late:
                    raise
            if watchdog.is_late:
                # Whoever asked may have been given up, and others be at it. Also without an error: a body that only the
                # end of the connection delimits looks whole now.
                raise requests.ReadTimeout("The deadline passed.", request=request)
        return answer

    def read(self, answer: requests.Response) -> None:
        """Take the body in, up to the cap. Raises TooLarge."""
        body = bytearray()
        for chunk in answer.iter_content(16 * 1024):
            body += chunk
            if len(body) > self.largest:
                answer.close()
                raise TooLarge("The answer is too large.", response=None)
        keep_body(answer, bytes(body))


def keep_body(answer: requests.Response, body: bytes) -> None:
    """This is the answer's body; nothing more is read."""
    answer._content = body
    answer._content_consumed = True  # type: ignore[attr-defined]


@contextmanager
def _watched(over: float) -> Iterator[Watchdog]:
    watchdog = Watchdog(over)
    _call.watchdog = watchdog
    watchdog.start()
    try:
        yield watchdog
    finally:
        watchdog.end()
        _call.watchdog = None
