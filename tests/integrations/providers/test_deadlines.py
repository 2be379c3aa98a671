"""Calls end at their deadline, whatever the other side does; and nothing is sent after it."""

import os
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3.util import connection as urllib3_connection

from integrations.providers.http import NotSent
from okey.lib import deadlines
from okey.lib.deadlines import Watchdog
from tests.integrations.providers.sockets import HEAD, OK, SocketServer, answering, ask, hang_up, read_request

DEADLINE = 1


DRIP = 0.01


def drip(connection: socket.socket, text: bytes, outlived: list[bool]) -> None:
    """A byte at a time, each long before any read would time out, until the other side hangs up or has outlived it."""
    pause = threading.Event()
    for number in range(int(DEADLINE * 10 / DRIP)):
        pause.wait(DRIP)
        connection.sendall(text[number % len(text) :][:1])
    outlived.append(True)


DRIPPING = [
    pytest.param(b"", id="headers"),
    pytest.param(HEAD + b"X-More: ", id="a header"),
    pytest.param(HEAD + b"Content-Length: 9999999\r\n\r\n", id="a body of a known length"),
    pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n", id="a chunk"),
    pytest.param(HEAD + b"Connection: close\r\n\r\n", id="a body that the connection's end delimits"),
]


@pytest.mark.parametrize("first", DRIPPING)
@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "TLS"])
def test_an_answer_that_drips_ends_at_the_deadline(
    first: bytes, is_tls: bool, tls: ssl.SSLContext, certificate: Path
) -> None:
    outlived: list[bool] = []

    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        drip(connection, b"x" if first else b"HTTP/1.1 200 OK and a reason as long as one likes", outlived)

    with SocketServer(play, tls=tls if is_tls else None) as server, pytest.raises(requests.ReadTimeout):
        ask(server.url, deadline=DEADLINE, verify=str(certificate))
    assert not outlived


def test_a_tls_handshake_that_drips_ends_at_the_deadline() -> None:
    outlived: list[bool] = []

    def play(connection: socket.socket) -> None:
        connection.sendall(b"\x16\x03\x03\x3f\xff")  # a record that takes its time
        drip(connection, b"\x02", outlived)

    with SocketServer(play) as server, pytest.raises(NotSent):
        ask(server.url.replace("http:", "https:"), deadline=DEADLINE)
    assert not outlived


def test_an_answer_that_never_comes_ends_at_the_deadline() -> None:
    def play(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with SocketServer(play) as server, pytest.raises(requests.ReadTimeout):
        ask(server.url, deadline=DEADLINE)


def test_the_watch_over_a_call_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time comes later, and then the connection may be another call's."""
    watched: list[Watchdog] = []
    start = Watchdog.start
    monkeypatch.setattr(Watchdog, "start", lambda watchdog: (watched.append(watchdog), start(watchdog)))
    with SocketServer(answering()) as server:
        ask(server.url, deadline=600)
        (first,) = watched
        first._shut()
        ask(server.url, deadline=600)
        hang_up()
    assert server.connections == 1


def test_a_crowd_of_calls_is_watched_by_one_thread() -> None:
    with SocketServer(answering()) as server:
        ask(server.url, deadline=600)
        threads = set(threading.enumerate())
        for _number in range(20):
            ask(server.url, deadline=600)
        assert set(threading.enumerate()) == threads
        hang_up()


def test_the_soonest_rings_first_whenever_it_was_told() -> None:
    rung: list[str] = []
    both = threading.Event()
    alarm = deadlines._Alarm()
    alarm.ring_at(deadlines.clock() + 3600, lambda: rung.append("in an hour"))
    alarm.ring_at(deadlines.clock() + 0.02, lambda: (rung.append("second"), both.set()))
    alarm.ring_at(deadlines.clock() + 0.001, lambda: rung.append("first"))
    assert both.wait(10)
    assert rung == ["first", "second"]


def test_one_that_cannot_be_kept_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    kept = threading.Event()
    alarm = deadlines._Alarm()
    alarm.ring_at(deadlines.clock(), lambda: 1 / 0)
    alarm.ring_at(deadlines.clock() + 0.01, kept.set)
    assert kept.wait(10)
    assert "A deadline could not be kept." in caplog.text


def no_more_threads(_thread: threading.Thread) -> None:
    raise RuntimeError


def test_where_its_thread_could_not_start_the_next_call_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = threading.Event()
    alarm = deadlines._Alarm()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_more_threads)
        with pytest.raises(RuntimeError):
            alarm.ring_at(deadlines.clock() + 3600, lambda: None)
    alarm.ring_at(deadlines.clock(), kept.set)
    assert kept.wait(10)


def test_a_process_that_was_forked_watches_too() -> None:
    """The thread that watches stays with its parent."""
    deadlines._ALARM.ring_at(deadlines.clock() + 3600, lambda: None)
    child = os.fork()
    if child == 0:
        deadlines._ALARM.ring_at(deadlines.clock() + 0.001, lambda: os._exit(7))
        threading.Event().wait(10)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_connection_that_comes_about_after_the_deadline_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, received = urllib3_connection.create_connection, []
    passed = threading.Event()
    shut = Watchdog._shut

    def shut_and_tell(watchdog: Watchdog) -> None:
        shut(watchdog)
        passed.set()

    def connect_late(*args: object, **kwargs: object) -> socket.socket:
        assert passed.wait(10)
        return connect(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Watchdog, "_shut", shut_and_tell)
    monkeypatch.setattr(urllib3_connection, "create_connection", connect_late)
    with SocketServer(lambda connection: received.append(connection.recv(65536))) as server, pytest.raises(NotSent):
        ask(server.url, deadline=0.01)
    # Whether the server came to accept the connection before its end is its own affair; it got nothing by it.
    assert passed.is_set()
    assert b"".join(received) == b""


@pytest.fixture
def hours_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """As for a process that is stopped, or a machine that sleeps: the clock goes on, and no timer has fired yet."""
    clock, gone = deadlines.clock, [0.0]
    monkeypatch.setattr(deadlines, "clock", lambda: clock() + gone[0])

    def pass_now() -> None:
        gone[0] += 7200

    return pass_now


#: Where the process is stopped: a method of the connection, and which call of it.
STOPPED_BEFORE = [
    pytest.param("request", 1, id="anything"),
    pytest.param("endheaders", 1, id="the head"),
    pytest.param("send", 2, id="the body"),
]


@pytest.mark.parametrize(("method", "number"), STOPPED_BEFORE)
def test_on_a_kept_connection_too_nothing_is_sent_after_the_deadline(
    monkeypatch: pytest.MonkeyPatch, hours_pass: Callable[[], None], method: str, number: int
) -> None:
    received: list[bytes] = []
    calls = 0

    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)
        while more := connection.recv(65536):
            received.append(more)

    with SocketServer(play) as server:
        ask(server.url)
        go_on = getattr(deadlines._WatchedHTTP, method)

        def stopped_first(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == number:
                hours_pass()
            return go_on(*args, **kwargs)

        monkeypatch.setattr(deadlines._WatchedHTTP, method, stopped_first)
        with pytest.raises(requests.RequestException) as error:
            ask(server.url)
        hang_up()
    assert calls == number
    assert b"a=1" not in b"".join(received)
    # Where the other side has seen nothing, that is known.
    assert isinstance(error.value, NotSent) is not received


def test_an_answer_that_is_read_after_the_deadline_is_none(
    monkeypatch: pytest.MonkeyPatch, hours_pass: Callable[[], None]
) -> None:
    read = deadlines.DeadlineAdapter.read

    def stopped_first(*args: Any) -> None:
        hours_pass()
        read(*args)

    monkeypatch.setattr(deadlines.DeadlineAdapter, "read", stopped_first)
    with SocketServer(answering()) as server:
        with pytest.raises(requests.ReadTimeout):
            ask(server.url)
        hang_up()


def test_a_deadline_around_several_calls_is_the_end_of_each(hours_pass: Callable[[], None]) -> None:
    with SocketServer(answering()) as server:
        with deadlines.within(3600):
            assert ask(server.url, deadline=10).json() == {}
            hours_pass()
            with pytest.raises(NotSent):
                ask(server.url, deadline=10)
        assert ask(server.url, deadline=10).json() == {}
        hang_up()


def test_a_watchdog_leaves_a_connection_alone_that_is_in_the_pool_again(monkeypatch: pytest.MonkeyPatch) -> None:
    watchdogs: list[Watchdog] = []
    start = Watchdog.start

    def start_and_keep(watchdog: Watchdog) -> None:
        watchdogs.append(watchdog)
        start(watchdog)

    monkeypatch.setattr(Watchdog, "start", start_and_keep)
    end = Watchdog.end
    # The timer fires between the last byte of the answer and the end of the watch.
    monkeypatch.setattr(Watchdog, "end", lambda watchdog: (watchdog._shut(), end(watchdog)))
    with SocketServer(answering()) as server:
        for _ in range(3):
            assert ask(server.url).json() == {}
        assert server.connections == 1
        hang_up()
    assert len(watchdogs) == 3


def test_a_connection_that_was_shut_is_not_given_to_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = Watchdog.let_go
    is_first = True

    def fires_first(watchdog: Watchdog) -> bool:
        nonlocal is_first
        if is_first:
            is_first = False
            watchdog._shut()
        return let_go(watchdog)

    monkeypatch.setattr(Watchdog, "let_go", fires_first)
    with SocketServer(answering()) as server:
        for _ in range(2):
            assert ask(server.url).json() == {}
        assert server.connections == 2
        hang_up()
