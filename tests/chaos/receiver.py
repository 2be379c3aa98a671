"""A receiver of owners' webhooks that keeps what it was told, and fails in every way in which one does."""

import json
import threading
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from dev.ports import LOOPBACK


class Mood(StrEnum):
    """How the receiver answers."""

    WELL = "well"
    ERROR = "500"
    GONE = "hangs up at once"
    TAKES_AND_DROPS = "takes it, its answer is lost"


@dataclass(frozen=True)
class Told:
    """One call that was taken."""

    owner: str
    event: str  # its webhook-id
    body: dict[str, Any]
    is_signed: bool


class Receiver:
    """`with Receiver() as receiver:` listens on a free port until the end. Each owner has a path with their id."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.mood = Mood.WELL
        #: Owners' secrets, by their id.
        self.secrets: dict[str, str] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _serve(self, call: BaseHTTPRequestHandler) -> None:
        mood = self.mood
        if mood is Mood.GONE:
            call.close_connection = True
            return
        data = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        if mood is not Mood.ERROR:
            self._take(call, data)
        if mood is Mood.TAKES_AND_DROPS:
            call.close_connection = True
            return
        call.send_response(500 if mood is Mood.ERROR else 204)
        call.send_header("Content-Length", "0")
        call.end_headers()

    def _take(self, call: BaseHTTPRequestHandler, data: bytes) -> None:
        owner = call.path.rpartition("/")[2]
        try:
            Webhook(self.secrets[owner]).verify(data, {name.lower(): value for name, value in call.headers.items()})
            is_signed = True
        except WebhookVerificationError:
            is_signed = False
        self.told.append(Told(owner, str(call.headers.get("webhook-id")), json.loads(data), is_signed))
