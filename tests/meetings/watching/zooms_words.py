"""Zoom's messages about meetings, as its reference and samples have them: written down here, not taken from the code.

An update names what has changed and what that was, with the meeting's number and nothing else of it; a deletion, a
begin and an end name the meeting; the number comes as a number or, in a begin and an end, as text.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from meetings.links import making
from meetings.models import LinkJob, Meeting, ProviderMeeting, ProviderNews, Watch
from meetings.watching import hearing, looking
from okey.lib import claims

SECRET = "the-secret-token-of-the-app"
URL = "/integrations/zoom/webhook/"
JILL = {"host_id": "jillLicensed0000000000", "account_id": "accountOne000000000000"}


WORKS = [
    (ProviderNews, hearing.work_on, hearing.LEASE_SECONDS),
    (Watch, looking.work_in_turn, looking.LEASE_SECONDS),
    (LinkJob, making.work_in_turn, making.TOKEN_SECONDS),
]


def zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_of(meeting: Meeting) -> int:
    return int(ProviderMeeting.objects.get(meeting=meeting, state="current").external_id)


def _message(event: str, payload: dict[str, Any], at: datetime | None) -> dict[str, Any]:
    milliseconds = int((at or timezone.now()).timestamp() * 1000)
    people = {"account_id": JILL["account_id"], "operator": "jill@example.com", "operator_id": JILL["host_id"]}
    return {"event": event, "event_ts": milliseconds, "payload": people | payload}


def updated(
    number: int, *, at: datetime | None = None, old: dict[str, Any] | None = None, **new: Any
) -> dict[str, Any]:
    message = _message("meeting.updated", {"scope": "all"}, at)
    message["payload"] |= {
        "object": {"id": number, **new},
        "old_object": {"id": number, **(old or {})},
        "time_stamp": message["event_ts"],
    }
    return message


def deleted(number: int, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    return _message("meeting.deleted", {"operation": "all", "object": _whole(number, **more)}, at)


def began(number: int, *, at: datetime | None = None) -> dict[str, Any]:
    return _message("meeting.started", {"object": _whole(number, id=str(number))}, at)


def ended(number: int, *, at: datetime | None = None) -> dict[str, Any]:
    whole = _whole(number, id=str(number), end_time=zulu(at or timezone.now()))
    return _message("meeting.ended", {"object": whole}, at)


def _whole(number: int, **more: Any) -> dict[str, Any]:
    return {
        "uuid": "5yDZGNlQSV6qOjg4NxajHQ==",
        "id": number,
        "host_id": JILL["host_id"],
        "topic": "Kick-off",
        "type": 2,
        "start_time": "2026-11-28T10:00:00Z",
        "duration": 30,
        "timezone": "Europe/Berlin",
        **more,
    }


def post(message: Any, *, age: float = 0, secret: str = SECRET) -> int:
    """As Zoom sends it; how it was answered."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    stamp = str(int((timezone.now() - timedelta(seconds=age)).timestamp()))
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": signature}
    return Client().post(URL, body, content_type="application/json", headers=headers).status_code


def work_all() -> None:
    """What workers do, until nothing is due."""
    for _ in range(200):
        done = [_do_next(*one) for one in WORKS]
        if not any(done):
            return
    raise AssertionError("it never ends")


def _do_next(model: Any, function: Any, seconds: float) -> bool:
    """As a worker does, but for what it forgives."""
    claim = claims.take_next(model, seconds=seconds)
    if claim is not None:
        function(claim)
    return claim is not None


def settle() -> None:
    """And what would be done some seconds later."""
    work_all()
    now = timezone.now()
    Watch.objects.filter(due_at__gt=now, due_at__lte=now + timedelta(minutes=2)).update(due_at=now)
    work_all()
