"""What stands between O-Key and the world, for the doctor to ask: a proxy before O-Key itself, and a mail server."""

import socketserver
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application

Environ = dict[str, Any]
#: Changes what the client sent; or answers itself, by status and headers.
Proxy = Callable[[Environ], tuple[str, list[tuple[str, str]]] | None]


def good_proxy(environ: Environ) -> None:
    """As README's: it ends TLS and adds whom it saw."""
    environ["HTTP_X_FORWARDED_PROTO"] = "https"
    environ["HTTP_X_FORWARDED_FOR"] = ", ".join(filter(None, [environ.get("HTTP_X_FORWARDED_FOR"), "198.51.100.4"]))


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Outside:
    """O-Key's address, as the world sees it. `proxy` may be another at any time."""

    def __init__(self) -> None:
        self.proxy: Proxy = good_proxy
        self._okey = get_wsgi_application()
        self._server: WSGIServer = make_server("127.0.0.1", 0, self._answer, handler_class=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: Environ, start: Any) -> Iterable[bytes]:
        said = self.proxy(environ)
        if said is None:
            return self._okey(environ, start)
        start(said[0], said[1])
        return [b"something else"]


USUAL = {"QUIT": "221 bye", "EHLO": "250-sink\r\n250 AUTH PLAIN"}


class MailServer:
    """Says "250 fine" to every command, but for those in `answers`."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        answers = self.answers

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 ready\r\n")
                while line := self.rfile.readline():
                    verb = line.split()[0].decode().upper()
                    said = answers.get(verb) or {"QUIT": "221 bye", "EHLO": "250-sink\r\n250 AUTH PLAIN"}.get(
                        verb, "250 fine"
                    )
                    self.wfile.write(said.encode() + b"\r\n")
                    if verb == "QUIT":
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


__all__ = ["MailServer", "Outside", "good_proxy"]
