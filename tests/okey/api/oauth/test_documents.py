"""The document that says who a client is, from a server that answers, misbehaves, or is where none may be called."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from okey.api.oauth import documents
from okey.api.oauth.documents import Unusable
from okey.lib.deadlines import clock
from tests.integrations.providers.sockets import Play, SocketServer, read_request
from tests.okey.api.oauth.app import REDIRECT, App

ADDRESS = "https://assistant.example/oauth/client.json"
PUBLIC = "93.184.215.14"
DOCUMENT = {"client_id": ADDRESS, "client_name": "Assistant", "redirect_uris": [REDIRECT]}


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def saying(said: bytes) -> Play:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)

    return play


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """assistant.example has these addresses, one lookup after the other."""
    real = socket.getaddrinfo

    def set_up(*found: str) -> None:
        left = list(found)

        def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host != "assistant.example":
                return real(host, port, *args, **kwargs)
            return real(left.pop(0) if len(left) > 1 else left[0], port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    return set_up


@pytest.fixture
def serve(
    tls: ssl.SSLContext, certificate: Path, leads_to: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Play], Any]:
    """A server that has the public address and a certificate for it; it is on this machine in truth."""
    connect = socket.create_connection

    @contextmanager
    def serving(play: Play, *, encrypted: bool = True) -> Iterator[SocketServer]:
        leads_to(PUBLIC)
        with SocketServer(play, tls=tls if encrypted else None) as server:
            here = ("127.0.0.1", int(server.url.rpartition(":")[2]))

            def reach(address: Any, *args: Any, **_kwargs: Any) -> Any:
                assert address == (PUBLIC, 443)
                return connect(here, *args[:1])

            monkeypatch.setattr("urllib3.util.connection.create_connection", reach)
            monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
            yield server

    return serving


def test_a_document_is_fetched(serve: Callable[[Play], Any]) -> None:
    with serve(saying(answer(json.dumps(DOCUMENT).encode()))):
        assert documents.fetch(ADDRESS) == DOCUMENT


@pytest.mark.parametrize(
    "said",
    {
        "not there": answer(b"", "404 Not Found"),
        "elsewhere": answer(b"", "302 Found", "Location: https://127.0.0.1/"),
        "no JSON": answer(b"<html>"),
        "nested without end": answer(b"[" * 15_000),
        "too large": answer(b'"' + b"a" * documents.LARGEST + b'"'),
        "no HTTP": b"hello\r\n\r\n",
        "broken off": answer(b"{}")[:-1],
    }.values(),
)
def test_what_is_no_document_is_not_used(serve: Callable[[Play], Any], said: bytes) -> None:
    with serve(saying(said)) as server, pytest.raises(Unusable):
        documents.fetch(ADDRESS)
    assert server.connections == 1


@pytest.mark.parametrize("when", ["in the handshake", "in the head", "in the body"])
def test_a_slow_document_holds_nobody_up(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """One byte at a time, each of them in time."""
    monkeypatch.setattr(documents, "DEADLINE_SECONDS", 0.5)
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        if when != "in the handshake":
            read_request(connection)
        connection.sendall({"in the body": answer(b" " * 1000)[:-1000], "in the head": b"HTTP/1.1 2"}.get(when, b""))
        while not over.wait(0.05):
            connection.sendall(b"\x16" if when == "in the handshake" else b" ")

    with serve(drip, encrypted=when != "in the handshake"):
        started = clock()
        with pytest.raises(Unusable):
            documents.fetch(ADDRESS)
        over.set()
    assert clock() - started < 3


def test_a_name_that_is_looked_up_for_ever_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DEADLINE_SECONDS", 0.1)
    over = threading.Event()

    def lookup(*_args: Any, **_kwargs: Any) -> Any:
        assert over.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    try:
        for _one in range(documents.PLACES + 1):  # the last one finds no place
            with pytest.raises(Unusable):
                documents.fetch(ADDRESS)
    finally:
        over.set()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "::127.0.0.1",
    ],
)
def test_nothing_is_asked_within_a_private_network(
    leads_to: Callable[..., None], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    reached: list[Any] = []
    monkeypatch.setattr("urllib3.util.connection.create_connection", lambda *args, **_kwargs: reached.append(args))
    leads_to(address)
    with pytest.raises(Unusable):
        documents.fetch(ADDRESS)
    assert reached == []


def test_a_name_that_nobody_has_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(Unusable):
        documents.fetch(ADDRESS)


def test_the_address_that_was_checked_is_the_one_that_is_called(
    leads_to: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[Any] = []

    def connect(address: Any, *_args: Any, **_kwargs: Any) -> Any:
        reached.append(address[0])
        raise OSError("unreachable")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    leads_to(PUBLIC, "127.0.0.1")
    with pytest.raises(Unusable):
        documents.fetch(ADDRESS)
    assert reached == [PUBLIC]


@pytest.mark.django_db
def test_a_document_is_kept_for_an_hour_and_one_that_is_away_is_not_asked_for_each_time(
    alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(address: str) -> Any:
        asked.append(address)
        if len(asked) > 1:
            raise Unusable("took too long")
        return DOCUMENT

    monkeypatch.setattr(documents, "fetch", fetch)
    with time_machine.travel(datetime(2026, 8, 3, 7, 0, tzinfo=UTC), tick=False) as moment:
        app = App(alice_client, client_id=ADDRESS)
        for minutes, times in ((0, 1), (59, 1), (2, 2), (9, 2), (2, 3)):
            moment.shift(timedelta(minutes=minutes))
            assert app.look().status_code == 200
            assert len(asked) == times
