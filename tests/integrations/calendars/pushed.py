"""What a test does with messages about calendars: works as a worker does, and hands over what a simulator sent."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from integrations.calendars import subscribing
from integrations.calendars.models import Subscription
from okey.lib import claims

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
DENTIST = {"title": "Dentist", "start": "2026-12-02T09:00:00", "end": "2026-12-02T10:00:00"}
State = Subscription.State

Push = dict[str, Any]


def work() -> None:
    """Whatever is due of subscriptions, one after the other, as a worker does."""
    for _ in range(10):
        claim = claims.take_next(Subscription, seconds=subscribing.LEASE_SECONDS)
        if claim is None:
            return
        subscribing.work_on(claim)
    raise AssertionError("it never ends")


def deliver(client: Client, push: Push, **changed: Any) -> HttpResponse:
    """To O-Key's address, as it was sent, or with other headers, or another body."""
    parts = urlsplit(changed.pop("url", push["url"]))
    body = changed.pop("body", push["body"]).encode()
    headers = {**push["headers"], **changed.pop("headers", {})}
    kind = headers.pop("Content-Type", "application/octet-stream")
    headers.pop("Content-Length", None)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    answer: HttpResponse = client.post(path, body, content_type=kind, headers=headers, **changed)  # type: ignore[assignment]
    return answer
