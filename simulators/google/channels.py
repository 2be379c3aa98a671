"""www.googleapis.com/calendar/v3: channels, by which changes of a calendar's events are told."""

import hashlib
import json
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from simulators.common.diary import Calendar
from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.common.pushes import Push, may_be_called
from simulators.google import scopes as google_scopes
from simulators.google.calendar_api import caller, reader
from simulators.google.faults import calendar_error
from simulators.google.records import Channel
from simulators.google.state import State

LONGEST_SECONDS = 604_800
TAKEN = {"id", "type", "address", "token", "params", "expiration", "payload"}
LONGEST_ID, LONGEST_TOKEN = 64, 256


def watch(state: State, request: Request, calendar_id: str) -> Answer:
    """The first message says `sync`; with `sync_first` it is there before this is answered."""
    user, calendar = reader(state, request, calendar_id)
    data = _asked(request)
    if data["id"] in state.channels:
        raise Refusal(calendar_error(400, "channelIdNotUnique", f"Channel id {data['id']} not unique"))
    channel = Channel(
        id=data["id"],
        resource_id=_resource_id(calendar),
        calendar_id=calendar.id,
        user_id=user.id,
        address=data["address"],
        token=data.get("token", ""),
        expires_at=state.now() + _seconds(data),
    )
    state.save(channel)
    (state.pushes.send if state.settings.sync_first else state.pushes.post)(_message(state, channel, "sync"))
    said = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": _uri(calendar.id),
        "token": channel.token,
        "expiration": str(int(channel.expires_at * 1000)),
    }
    answer = json_answer(200, said)
    answer.about = {"user": user.id, "channel": channel.id}
    return answer


def stop(state: State, request: Request) -> Answer:
    """By both names, and by whoever made it."""
    user = caller(state, request, (*google_scopes.READING, google_scopes.OWNED))
    data = _json(request)
    channel = state.channels.get(str(data.get("id")))
    is_known = channel is not None and channel.user_id == user.id and lives(state, channel)
    if channel is None or not is_known or channel.resource_id != data.get("resourceId"):
        raise Refusal(calendar_error(404, "notFound", f"Channel '{data.get('id')}' not found for project"))
    end(state, channel)
    return Answer(204)


def lives(state: State, channel: Channel) -> bool:
    """Until its time is over; not without the permission by which it was made."""
    is_told = not channel.is_stopped and state.now() < channel.expires_at
    return is_told and bool(state.live_grants(channel.user_id))


def end(state: State, channel: Channel) -> None:
    """Its ID stays taken."""
    channel.is_stopped = True
    state.save(channel)


def tell(state: State, calendar: Calendar) -> None:
    """Whoever watches it, once for each channel."""
    with state.lock:
        for channel in list(state.channels.values()):
            if channel.calendar_id == calendar.id and lives(state, channel):
                state.pushes.post(_message(state, channel, "exists"))


def _message(state: State, channel: Channel, what: str) -> Push:
    """Without a body. Numbers rise, with gaps."""
    channel.messages = channel.messages + 3 if channel.messages else 1
    state.save(channel)
    headers = {
        "Content-Length": "0",
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Token": channel.token,
        "X-Goog-Channel-Expiration": formatdate(channel.expires_at, usegmt=True),
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-URI": _uri(channel.calendar_id),
        "X-Goog-Resource-State": what,
        "X-Goog-Message-Number": str(channel.messages),
    }
    return Push(what, channel.address, headers)


def _asked(request: Request) -> dict[str, Any]:
    data = _json(request)
    if unknown := data.keys() - TAKEN:
        raise Refusal(calendar_error(400, "invalid", f"Not known here: {', '.join(sorted(unknown))}"))
    for name in ("id", "type", "address"):
        if not isinstance(data.get(name), str) or not data[name]:
            raise Refusal(calendar_error(400, "required", f"Missing {name}."))
    if data["type"] not in ("web_hook", "webhook"):
        raise Refusal(calendar_error(400, "push.channelTypeNotSupported", "Unknown channel type."))
    if len(data["id"]) > LONGEST_ID or len(str(data.get("token", ""))) > LONGEST_TOKEN:
        raise Refusal(calendar_error(400, "invalid", "Too long."))
    if not may_be_called(data["address"]):
        raise Refusal(calendar_error(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS"))
    if urlsplit(data["address"]).hostname == "unauthorized.example.com":
        raise Refusal(calendar_error(401, "push.webhookUrlUnauthorized", "Unauthorized WebHook callback channel"))
    return data


def _seconds(data: dict[str, Any]) -> int:
    """As asked, a week at most."""
    try:
        asked = int((data.get("params") or {}).get("ttl") or LONGEST_SECONDS)
    except (ValueError, AttributeError):
        raise Refusal(calendar_error(400, "invalid", "Invalid ttl.")) from None
    if asked <= 0:
        raise Refusal(calendar_error(400, "invalid", "Invalid ttl."))
    return min(asked, LONGEST_SECONDS)


def _resource_id(calendar: Calendar) -> str:
    """One for all channels of the same events."""
    return hashlib.sha256(f"events of {calendar.id}".encode()).hexdigest()[:27]


def _uri(calendar_id: str) -> str:
    return f"https://www.googleapis.com/calendar/v3/calendars/{calendar_id}/events?alt=json"


def _json(request: Request) -> dict[str, Any]:
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refusal(calendar_error(400, "parseError", "Parse Error"))
    return data
