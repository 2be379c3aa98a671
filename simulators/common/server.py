"""Sockets: HTTP/1.1 with keep-alive, a thread for each connection; and a simulator as a process."""

import argparse
import select
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from simulators.common.app import PAGE_HEADERS, Simulator
from simulators.common.messages import Answer, Disconnect, Request, json_answer

MOST_BYTES = 1 << 20
IDLE_SECONDS = 300


def arguments(name: str, port: int) -> argparse.ArgumentParser:
    """What every simulator can be told on the command line."""
    parser = argparse.ArgumentParser(prog=f"python -m simulators.{name}", description=f"A stand-in for {name.title()}.")
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="SQLite file; without it nothing survives a restart")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--client-secret", required=True)
    parser.add_argument("--redirect-uri", action="append", required=True, help="may be given again")
    return parser


def run(name: str, simulator: Simulator, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C; says on stdout where, as soon as it listens. Port 0 takes a free one."""
    server = Server(port, simulator)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{name} simulator: {server.base_url}", flush=True)
    stop.wait()
    simulator.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, simulator: Simulator) -> None:
        self.simulator = simulator
        super().__init__(("127.0.0.1", port), Connection)
        simulator.state.base_url = self.base_url

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        """As the base class, without its look-up of our name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are this program's daily bread; anything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Simulator"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def _serve(self) -> None:
        simulator = self.server.simulator
        request = self._read()
        if request is None:
            return self._write(json_answer(413, {"code": 413, "message": "Request too large."}))
        try:
            answer = simulator.answer(request)
        except Disconnect:
            return self._hang_up()
        try:
            if self._peer_is_gone():
                raise ConnectionAbortedError
            self._write(answer)
        except OSError:
            simulator.note_lost(simulator.operation_of(request), "client gone", answer)
            self._hang_up()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _read(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return None
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, unquote(parts.path), parts.query, headers, self.rfile.read(int(length)))

    def _peer_is_gone(self) -> bool:
        """Whether the client closed its end while we worked: then nobody will ever read the answer."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _write(self, answer: Answer) -> None:
        """Headers and body in one packet, unless the body is to drip."""
        if answer.drip:
            self.close_connection = True
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        is_page = answer.content_type.startswith("text/html")
        for name, value in {**(PAGE_HEADERS if is_page else {}), **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if answer.drip:
            self._drip(answer)
        else:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _drip(self, answer: Answer) -> None:
        self.wfile.flush()
        closing = self.server.simulator.faults.closing
        for byte in answer.body:
            if closing.wait(answer.drip) or self._peer_is_gone():
                raise ConnectionAbortedError
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Nothing: request lines would carry codes."""
