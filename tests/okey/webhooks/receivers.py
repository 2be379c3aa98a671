"""Receivers of webhooks on real sockets of this machine, and what happens to a delivery in place of a worker."""

import json
import socket
from datetime import timedelta
from typing import Any

from django.utils import timezone
from standardwebhooks import Webhook

from okey.owners.models import Owner
from okey.webhooks import deliveries, endpoints, events
from okey.webhooks.models import Delivery, Endpoint, EventType
from tests.integrations.providers.sockets import Play, SocketServer, read_request


def answer(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Receiver(SocketServer):
    """Keeps every request, and answers what `says` is at that moment."""

    def __init__(self, says: bytes = answer("204 No Content"), *, play: Play | None = None) -> None:
        self.says = says
        self.requests: list[tuple[dict[str, str], bytes]] = []
        super().__init__(play or self._take)

    def _take(self, connection: socket.socket) -> None:
        head, _, body = read_request(connection).partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        self.requests.append(({k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}, body))
        connection.sendall(self.says)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.requests]

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """The messages, each checked by the convention's own library."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.requests]


def endpoint_at(owner: Owner, url: str, *wanted: str) -> Endpoint:
    return endpoints.add(owner=owner, url=url, events=wanted or EventType.values)


def scheduled(owner: Owner, **data: Any) -> list[Delivery]:
    """Something happened. Returns what is on its way."""
    event = events.note(owner.pk, EventType.MEETING_SCHEDULED, {"meeting_id": "m", "revision": 1, **data})
    return list(event.deliveries.all())


def deliver(delivery: Delivery) -> Delivery:
    """What a worker does when woken. Returns the row as it is then."""
    deliveries.work(delivery.pk)
    return Delivery.objects.get(pk=delivery.pk)


def time_passes(delivery: Delivery) -> None:
    """The next try has come."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
    Endpoint.objects.filter(pk=delivery.endpoint_id).update(rest_until=None)


def failing_for(endpoint: Endpoint, days: float) -> None:
    since = timezone.now() - timedelta(days=days)
    Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=since, failures=9)


def message(body: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(body)
    return decoded
