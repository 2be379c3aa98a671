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

#: How far a signature's time may be from ours. Zoom's own retries of an old message are older.
TOLERANCE = timedelta(minutes=5)
MAX_BYTES = 64 * 1024

#: Seconds by every account of it, but nobody at Zoom says so: milliseconds are understood too.
TIMESTAMP = re.compile(r"[0-9]{10}(?:[0-9]{3})?", re.ASCII)
PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
ID_LENGTH = 200
#: Years outside are a mistake, and the ends of the calendar have no local time everywhere.
YEARS = range(2000, 2200)


class BadMessage(ValueError):
    """Rightly signed, and yet not a message."""


@dataclass(frozen=True)
class Validation:
    """Zoom asks whether the address is ours: the answer proves that we know the secret."""

    plain_token: str


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


def read(body: bytes) -> Validation | Deauthorization | None:
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
    return None


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
        at=next((moment for moment in map(_moment, times) if moment), None),
    )


def _identifier(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() and len(value) <= ID_LENGTH else ""


def _moment(value: Any) -> datetime | None:
    """A time in any of the forms seen: milliseconds (or seconds) as a number or digits, ISO 8601, without a zone."""
    moment = _read_moment(value)
    return moment if moment is not None and moment.year in YEARS else None


def _read_moment(value: Any) -> datetime | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= 13 else None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
