"""Servers that misbehave below HTTP: a function plays what happens on each connection."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import requests

from integrations.providers import http
from integrations.providers.http import session

Play = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class SocketServer:
    """`with SocketServer(play) as server:` listens on a free port; `connections` counts."""

    def __init__(self, play: Play, *, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self._play = play
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=50)
        self._threads: list[threading.Thread] = []
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Every connection has ended, too: whoever still holds one open fails the test by hanging here."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(10)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a connection is still being served"

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if not self._tls:
                self._play(connection)
                return
            with self._tls.wrap_socket(connection, server_side=True) as encrypted:
                self._play(encrypted)


def read_request(connection: socket.socket) -> bytes:
    """Headers and body of one request; b"" where the other side has hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(answer: bytes = OK) -> Play:
    """A server that keeps the connection and answers every request so."""

    def play(connection: socket.socket) -> None:
        while read_request(connection):
            connection.sendall(answer)

    return play


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def ask(url: str, *, deadline: float = 10, verify: str | bool = True, method: str = "POST") -> requests.Response:
    return session().request(method, url, data="a=1", timeout=deadline, verify=verify, allow_redirects=False)


def hang_up() -> None:
    """Close the connections that are kept for the next call."""
    pools = http.transport.poolmanager.pools
    for key in pools.keys():  # noqa: SIM118 -- it cannot be iterated otherwise
        pools[key].close()
    pools.clear()
