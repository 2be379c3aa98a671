"""Calls end at their deadline, have a cap, go out once and to one place, and it is known whether they went out."""

import gzip
import socket
import ssl
from pathlib import Path

import pytest
import requests

from integrations.providers.http import MAX_BYTES, NotSent, TooLarge
from tests.integrations.providers.sockets import HEAD, OK, SocketServer, answering, ask, hang_up, read_request

# --- The cap ---------------------------------------------------------------------------------------------


def test_an_endless_answer_is_cut() -> None:
    sent = 0

    def play(connection: socket.socket) -> None:
        nonlocal sent
        read_request(connection)
        connection.sendall(HEAD + b"Connection: close\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65536)

    with SocketServer(play) as server, pytest.raises(TooLarge):
        ask(server.url)
    assert sent < 20 * MAX_BYTES  # what the kernels' buffers took on top


def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut() -> None:
    packed = gzip.compress(b"x" * 50 * MAX_BYTES)
    answer = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    with SocketServer(answering(answer)) as server, pytest.raises(TooLarge):
        ask(server.url)


def test_an_answer_as_long_as_the_cap_is_read() -> None:
    answer = HEAD + b"Content-Length: %d\r\n\r\n" % MAX_BYTES + b"x" * MAX_BYTES
    with SocketServer(answering(answer)) as server:
        assert len(ask(server.url).content) == MAX_BYTES
        hang_up()


# --- Sent or not -----------------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent):
        ask(f"http://127.0.0.1:{port}")


def test_the_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotSent):
        ask("http://zoom.example")


@pytest.mark.parametrize("answer", [b"", HEAD + b"Content-Length: 9\r\n\r\n{", b"{}"])
def test_a_connection_that_ends_after_the_request_was_sent_leaves_it_open(answer: bytes) -> None:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    with SocketServer(play) as server, pytest.raises(requests.RequestException) as error:
        ask(server.url)
    assert not isinstance(error.value, NotSent)
    assert server.connections == 1  # and nothing is retried


def test_over_tls_too_a_connection_cut_after_the_request_leaves_it_open(certificate: Path, tls: ssl.SSLContext) -> None:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.shutdown(socket.SHUT_RDWR)  # no goodbye, as when a gateway dies: an SSL error on our side

    with SocketServer(play, tls=tls) as server, pytest.raises(requests.RequestException) as error:
        ask(server.url, verify=str(certificate))
    assert not isinstance(error.value, NotSent)


def test_whom_we_cannot_trust_we_send_nothing(tls: ssl.SSLContext) -> None:
    received: list[bytes] = []
    with (
        SocketServer(lambda connection: received.append(read_request(connection)), tls=tls) as server,
        pytest.raises(NotSent),
    ):
        ask(server.url)
    assert not any(received)


# --- One connection, one place ---------------------------------------------------------------------------


def test_calls_share_a_connection_that_is_kept_alive() -> None:
    with SocketServer(answering()) as server:
        for method in ("POST", "GET", "POST"):
            assert ask(server.url, method=method).json() == {}
        assert server.connections == 1
        hang_up()


def test_over_tls_they_share_one_as_well(certificate: Path, tls: ssl.SSLContext) -> None:
    with SocketServer(answering(), tls=tls) as server:
        for _ in range(3):
            assert ask(server.url, verify=str(certificate)).json() == {}
        assert server.connections == 1
        hang_up()


def test_a_kept_connection_that_the_other_side_has_closed_is_replaced() -> None:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)

    with SocketServer(play) as server:
        for _ in range(3):
            assert ask(server.url).json() == {}
            for thread in list(server._threads):
                thread.join(10)
        assert server.connections == 3


def test_a_call_that_ended_at_its_deadline_leaves_no_broken_connection_behind() -> None:
    is_first = True

    def play(connection: socket.socket) -> None:
        nonlocal is_first
        while read_request(connection):
            if is_first:
                is_first = False
                connection.recv(1)
                return
            connection.sendall(OK)

    with SocketServer(play) as server:
        with pytest.raises(requests.ReadTimeout):
            ask(server.url, deadline=0.5)
        assert ask(server.url).json() == {}
        hang_up()


def test_the_machines_proxies_and_password_files_are_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    requests_seen: list[bytes] = []

    def play(connection: socket.socket) -> None:
        requests_seen.append(read_request(connection))
        connection.sendall(OK)

    with SocketServer(play) as server:
        assert ask(server.url).status_code == 200
    assert b"authorization" not in requests_seen[0].lower()
