"""Zoom's own messages: signed, sent from a thread, with what became of each."""

import hashlib
import hmac
import http.client
import json
import secrets
import threading
import time
import urllib.parse
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from simulators.zoom.records import Grant
from simulators.zoom.state import State

TIMEOUT_SECONDS = 3  # Zoom waits no longer


@dataclass
class Delivery:
    event: str
    url: str
    status: int | None = None
    answer: str = ""
    error: str = ""
    seconds: float = 0


class Webhooks:
    def __init__(self, state: State) -> None:
        self._state = state
        self._deliveries: list[Delivery] = []
        self._changed = threading.Condition()

    def deauthorized(self, grant: Grant) -> None:
        """Tell the app that its grant has ended, if it listens. Without waiting for its answer."""
        settings = self._state.settings
        if settings.webhook_url:
            payload = self.deauthorized_payload(grant)
            threading.Thread(target=self.send, args=(json.dumps(payload).encode(),), daemon=True).start()

    def deauthorized_payload(self, grant: Grant) -> dict[str, Any]:
        now = self._state.now()
        moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        return {
            "event": "app_deauthorized",
            "event_ts": int(now * 1000),
            "payload": {
                "account_id": self._state.users[grant.user_id].account_id,
                "user_id": grant.user_id,
                "signature": secrets.token_hex(32),
                "deauthorization_time": moment.replace("+00:00", "Z"),
                "client_id": self._state.settings.client_id,
            },
        }

    def tell(self, payload: dict[str, Any]) -> None:
        """Send a message about a meeting, if the app has subscribed. Without waiting for its answer."""
        settings = self._state.settings
        if settings.webhook_url and settings.meeting_events:
            threading.Thread(target=self.send, args=(json.dumps(payload).encode(),), daemon=True).start()

    def send(self, body: bytes, url: str = "", timestamp: str = "", signature: str | None = None) -> Delivery:
        """Post a message, rightly signed unless a signature is given. Comes back with what was answered."""
        settings = self._state.settings
        timestamp = timestamp or str(int(self._state.now()))
        if signature is None:
            signature = sign(settings.webhook_secret, timestamp, body)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zoom Marketplace/1.0a (simulator)",
            "x-zm-request-timestamp": timestamp,
            "x-zm-signature": signature,
        }
        delivery = Delivery(_event_of(body), url or settings.webhook_url)
        started = time.monotonic()
        try:
            delivery.status, delivery.answer = _post(delivery.url, body, headers)
        except (OSError, http.client.HTTPException) as error:
            delivery.error = repr(error)
        delivery.seconds = round(time.monotonic() - started, 3)
        with self._changed:
            self._deliveries.append(delivery)
            self._changed.notify_all()
        return delivery

    def forget(self) -> None:
        with self._changed:
            self._deliveries.clear()

    def deliveries(self, at_least: int = 0, timeout: float = 0) -> list[dict[str, Any]]:
        """All so far, once there are so many (or the time is up)."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._deliveries) >= at_least, timeout)
            return [asdict(delivery) for delivery in self._deliveries]


def sign(secret: str, timestamp: str, body: bytes) -> str:
    message = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _event_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["event"])
    except (ValueError, KeyError, TypeError):
        return ""


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        response = connection.getresponse()
        return response.status, response.read(2000).decode("utf-8", "replace")
    finally:
        connection.close()
