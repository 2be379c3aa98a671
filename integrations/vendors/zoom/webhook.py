"""Zoom's messages to the app: did Zoom sign it, and what does it say? https://developers.zoom.us/docs/api/webhooks/

Nothing here reads a body before its signature was checked; whoever calls keeps to that order too. An endpoint that
answers a URL validation unchecked signs whatever it is handed, and with that any message.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.providers.base import Told
from integrations.vendors.zoom import moments

#: How far a signature's time may be from ours. Zoom's own retries of an old message are older.
TOLERANCE = timedelta(minutes=5)
MAX_BYTES = 64 * 1024

#: Seconds by every account of it, but nobody at Zoom says so: milliseconds are understood too.
TIMESTAMP = re.compile(r"[0-9]{10}(?:[0-9]{3})?", re.ASCII)
PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
ID_LENGTH = 200
TITLE_LENGTH = 200
#: What the events about meetings tell.
MEETING_EVENTS = {
    "meeting.updated": Told.CHANGED,
    "meeting.deleted": Told.GONE,
    "meeting.started": Told.STARTED,
    "meeting.ended": Told.ENDED,
}


class BadMessage(ValueError):
    """Rightly signed, and yet not a message."""


@dataclass(frozen=True)
class Validation:
    """Zoom asks whether the address is ours: the answer proves that we know the secret."""

    plain_token: str


@dataclass(frozen=True)
class MeetingNews:
    """Something happened to a meeting. `changes` are what the message names of title, starts_at and minutes.

    Empty where it does not say: `host_id`, `account_id`; `at` is None then.
    """

    told: Told
    meeting_id: str
    host_id: str
    account_id: str
    at: datetime | None
    changes: dict[str, Any]


@dataclass(frozen=True)
class Deauthorization:
    """A person has removed the app. `at` is None where the message names no time."""

    user_id: str
    account_id: str
    client_id: str
    at: datetime | None


def signed_at(*, secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> datetime | None:
    """When Zoom signed this, or None where it did not, or claims to have done so in the future."""
    if not TIMESTAMP.fullmatch(timestamp):
        return None
    wanted = "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), signature.encode()):
        return None
    at = datetime.fromtimestamp(int(timestamp) / (1000 if len(timestamp) == 13 else 1), UTC)
    return at if at <= now + TOLERANCE else None


def is_late(signed: datetime, now: datetime) -> bool:
    """Whether this is an old message that comes again, from Zoom or from somebody who kept it."""
    return signed < now - TOLERANCE


def read(body: bytes) -> Validation | Deauthorization | MeetingNews | None:
    """What a message says; None where it says nothing to us. Raises BadMessage."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise BadMessage("not JSON") from None
    if not isinstance(message, dict):
        raise BadMessage("not an object")
    payload = message.get("payload")
    inner: dict[str, Any] = payload if isinstance(payload, dict) else {}
    if message.get("event") == "endpoint.url_validation":
        return _validation(inner)
    if message.get("event") == "app_deauthorized":
        return _deauthorization(message, inner)
    event = message.get("event")
    told = MEETING_EVENTS.get(event) if isinstance(event, str) else None
    return _meeting_news(told, message, inner) if told else None


def answer_to(validation: Validation, *, secret: str) -> dict[str, str]:
    """What Zoom wants to hear."""
    digest = hmac.new(secret.encode(), validation.plain_token.encode(), hashlib.sha256).hexdigest()
    return {"plainToken": validation.plain_token, "encryptedToken": digest}


def _validation(payload: dict[str, Any]) -> Validation:
    # A token with the shape of "v0:<time>:<body>" would have us sign a message.
    token = payload.get("plainToken")
    if not (isinstance(token, str) and PLAIN_TOKEN.fullmatch(token)):
        raise BadMessage("not a plainToken")
    return Validation(token)


def _deauthorization(message: dict[str, Any], payload: dict[str, Any]) -> Deauthorization | None:
    user_id = _identifier(payload.get("user_id"))
    if not user_id:
        return None
    times = (payload.get("deauthorization_time"), message.get("event_ts"), payload.get("event_ts"))
    return Deauthorization(
        user_id=user_id,
        account_id=_identifier(payload.get("account_id")),
        client_id=_identifier(payload.get("client_id")),
        at=next((moment for moment in map(moments.moment, times) if moment), None),
    )


def _meeting_news(told: Told, message: dict[str, Any], payload: dict[str, Any]) -> MeetingNews | None:
    found = payload.get("object")
    meeting: dict[str, Any] = found if isinstance(found, dict) else {}
    number = meeting.get("id")
    meeting_id = str(number) if isinstance(number, int) and not isinstance(number, bool) else _identifier(number)
    # One occurrence of a series that somebody has made of it says nothing of the meeting as a whole.
    if not (meeting_id.isascii() and meeting_id.isdigit()) or payload.get("operation") == "single":
        return None
    times = (message.get("event_ts"), payload.get("time_stamp"), payload.get("event_ts"))
    return MeetingNews(
        told=told,
        meeting_id=meeting_id,
        host_id=_identifier(meeting.get("host_id")),
        account_id=_identifier(payload.get("account_id")),
        at=next((moment for moment in map(moments.moment, times) if moment), None),
        changes=_changes(meeting) if told is Told.CHANGED else {},
    )


def _changes(meeting: dict[str, Any]) -> dict[str, Any]:
    topic = meeting.get("topic")
    title = topic.replace("\0", "")[:TITLE_LENGTH] if isinstance(topic, str) else ""
    said = {"title": title, "starts_at": moments.start_of(meeting), "minutes": moments.minutes_of(meeting)}
    return {name: value for name, value in said.items() if value}


def _identifier(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() and len(value) <= ID_LENGTH else ""
