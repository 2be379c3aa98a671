"""Microsoft tells of a calendar's changes: a subscription, which can be renewed before it ends.

https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events

While it is asked for, Microsoft asks the address to echo a token. Messages are not signed, and have O-Key's secret as
`clientState`; what else is in them is not looked at.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from integrations.calendars.outlook.writing import path_of
from integrations.calendars.pushing import Made, Message, Says, Wanted
from integrations.calendars.signed_in import PRIMARY, Key
from integrations.providers.base import Unknown
from integrations.vendors.microsoft.api import GraphApi
from integrations.vendors.oauth import json_body

LIFECYCLE = {"reauthorizationRequired": Says.RENEW, "subscriptionRemoved": Says.REMOVED, "missed": Says.CHANGED}
CHANGES = {"created", "updated", "deleted"}


def subscribe(api: GraphApi, key: Key, wanted: Wanted) -> Made:
    """https://learn.microsoft.com/en-us/graph/api/subscription-post-subscriptions"""
    asked = {
        "changeType": ",".join(sorted(CHANGES)),
        "notificationUrl": wanted.address,
        "lifecycleNotificationUrl": wanted.address,
        "resource": "/me/events" if key.calendar == PRIMARY else f"{path_of(key)}/events",
        "expirationDateTime": _text(wanted.until),
        "clientState": wanted.secret,
    }
    return _made(api.call("POST", "/subscriptions", key.token, has_effect=True, json=asked))


def renew(api: GraphApi, token: str, external_id: str, until: datetime) -> Made:
    """https://learn.microsoft.com/en-us/graph/api/subscription-update"""
    path = f"/subscriptions/{quote(external_id, safe='')}"
    return _made(api.call("PATCH", path, token, has_effect=True, json={"expirationDateTime": _text(until)}))


def unsubscribe(api: GraphApi, token: str, external_id: str) -> None:
    """https://learn.microsoft.com/en-us/graph/api/subscription-delete"""
    api.call("DELETE", f"/subscriptions/{quote(external_id, safe='')}", token, has_effect=True, takes={404, 410})


def heard(body: bytes) -> list[Message]:
    try:
        items = json.loads(body)["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    found = [_message(one) for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    return [one for one in found if one is not None]


def _message(item: dict[str, Any]) -> Message | None:
    secret, name = item.get("clientState"), item.get("subscriptionId")
    if not (isinstance(secret, str) and secret and isinstance(name, str) and name):
        return None
    is_change = "lifecycleEvent" not in item and str(item.get("changeType")) in CHANGES
    says = Says.CHANGED if is_change else LIFECYCLE.get(str(item.get("lifecycleEvent")))
    return None if says is None else Message(says, secret, external_id=name)


def _made(answer: requests.Response) -> Made:
    body = json_body(answer) or {}
    try:
        ends = datetime.fromisoformat(str(body["expirationDateTime"])[:19]).replace(tzinfo=UTC)
        return Made(str(body["id"]), ends, is_heard=True)
    except (KeyError, ValueError):
        raise Unknown(f"HTTP {answer.status_code} without a subscription") from None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
