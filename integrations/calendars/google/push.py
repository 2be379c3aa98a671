"""Google tells of a calendar's changes: a channel, until it ends; there is no renewal, another one takes its place.

https://developers.google.com/workspace/calendar/api/guides/push

Messages have no body and no signature. The first one, `sync`, may come before the channel's answer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from integrations.calendars.google.writing import HOST
from integrations.calendars.pushing import Made, Message, Says, Wanted
from integrations.calendars.signed_in import Key
from integrations.providers.base import Outcome, Refused, Unknown
from integrations.vendors.google.api import GoogleApi
from integrations.vendors.google.errors import api_outcome, reasons
from integrations.vendors.oauth import json_body

STATES = {"sync": Says.ARRIVED, "exists": Says.CHANGED, "not_exists": Says.CHANGED}


def subscribe(api: GoogleApi, key: Key, wanted: Wanted) -> Made:
    """https://developers.google.com/workspace/calendar/api/v3/reference/events/watch"""
    seconds = int((wanted.until - datetime.now(UTC)).total_seconds())
    asked = {
        "id": wanted.id,
        "type": "web_hook",
        "address": wanted.address,
        "token": wanted.secret,
        "params": {"ttl": str(seconds)},
    }
    path = f"/calendar/v3/calendars/{quote(key.calendar, safe='')}/events/watch"
    answer = api.call("POST", HOST, path, key.token, has_effect=True, takes={401}, json=asked)
    if answer.status_code == 401:
        # Of the address, not of the token: push.webhookUrlUnauthorized.
        outcome: Outcome = api_outcome(answer)
        is_address = any(one.startswith("push.") for one in reasons(answer))
        raise Refused(outcome.detail) if is_address else outcome
    body = json_body(answer) or {}
    try:
        expires_at = datetime.fromtimestamp(int(body["expiration"]) / 1000, UTC)
        return Made(str(body["resourceId"]), expires_at)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise Unknown("HTTP 200 without a channel") from None


def unsubscribe(api: GoogleApi, token: str, own_id: str, external_id: str) -> None:
    """https://developers.google.com/workspace/calendar/api/v3/reference/channels/stop"""
    stopped = {"id": own_id, "resourceId": external_id}
    api.call("POST", HOST, "/calendar/v3/channels/stop", token, has_effect=True, takes={404, 410}, json=stopped)


def heard(headers: Mapping[str, str]) -> list[Message]:
    says = STATES.get(headers.get("X-Goog-Resource-State", ""))
    own_id, secret = headers.get("X-Goog-Channel-ID", ""), headers.get("X-Goog-Channel-Token", "")
    if says is None or not (own_id and secret):
        return []
    return [Message(says, secret, id=own_id, external_id=headers.get("X-Goog-Resource-ID", ""))]
