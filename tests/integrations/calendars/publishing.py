"""A publisher of a calendar, and what a worker does with it."""

import socket
from datetime import UTC, datetime

from integrations.calendars import mirror
from integrations.calendars.models import Calendar
from okey.lib import claims
from tests.integrations.calendars.test_expansion import calendar
from tests.integrations.providers.sockets import SocketServer, read_request

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)  # a Tuesday, seven o'clock in Berlin
#: Tuesday, from nine to ten of Berlin's clocks.
NINE = NOW.replace(hour=8)
HOUR = "DTSTART:202612{:02}T080000Z|DURATION:PT1H"


class Publisher(SocketServer):
    """Answers what `status`, `body` and `headers` say at that moment; 304 to who knows it."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = "200 OK", calendar(HOUR.format(2)), ['ETag: "1"']
        self.asked: list[str] = []
        super().__init__(self._answer)

    def publish(self, *events: str) -> None:
        """As another version."""
        self.body, self.headers = calendar(*events), [f'ETag: "{len(self.asked)} {hash(events)}"']

    def _answer(self, connection: socket.socket) -> None:
        asked = read_request(connection).decode()
        self.asked.append(asked)
        etag = next((one.split(": ", 1)[1] for one in self.headers if one.startswith("ETag")), "nothing")
        status, body = ("304 Not Modified", b"") if f"If-None-Match: {etag}\r\n" in asked else (self.status, self.body)
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *self.headers]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def read(one: Calendar) -> Calendar:
    """What a worker does when the time has come."""
    Calendar.objects.filter(pk=one.pk).update(due_at=NOW)
    claim = claims.take(Calendar, one.pk, seconds=mirror.LEASE_SECONDS)
    assert claim is not None
    mirror.work_on(claim)
    return Calendar.objects.get(pk=one.pk)
