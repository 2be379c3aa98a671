"""graph.microsoft.com/v1.0: subscriptions, by which changes of calendars are told."""

import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from simulators.common.diary import Calendar
from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.common.pushes import Push, may_be_called
from simulators.common.times import utc_text
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.calendar_api import calendar as calendar_named
from simulators.microsoft.faults import graph_error
from simulators.microsoft.graph import caller, json_body
from simulators.microsoft.meeting_rules import moment_text
from simulators.microsoft.records import Subscription, User
from simulators.microsoft.state import State

LONGEST_MINUTES, SHORTEST_MINUTES = 10_080, 45
LONGEST_STATE = 128
MOST = 1000
TAKEN = {"changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "expirationDateTime", "clientState"}
NEEDED = ("changeType", "notificationUrl", "resource", "expirationDateTime")
CHANGES = {"created", "updated", "deleted"}
LIFECYCLE = ("reauthorizationRequired", "subscriptionRemoved", "missed")
RESOURCE = re.compile(r"/?me/(?:events|calendar/events|calendars/([^/]+)/events)")


def create(state: State, request: Request) -> Answer:
    """Not locked: each address is asked to echo a token before this is answered, and may ask something itself."""
    with state.changing():
        wanted = _wanted(state, request)
    for url in dict.fromkeys((wanted.url, wanted.lifecycle_url)):
        if url:
            _validate(state, url)
    with state.changing():
        state.save(wanted)
    answer = json_answer(201, _shown(wanted))
    answer.about = {"user": wanted.user_id, "subscription": wanted.id}
    return answer


def update(state: State, request: Request, name: str) -> Answer:
    """Only how long it lives."""
    user, _access = caller(state, request, *microsoft_scopes.READING)
    one, data = _own(state, user, name), _body(request, {"expirationDateTime"})
    one.expires_at = _expires(state, data)
    state.save(one)
    return json_answer(200, _shown(one))


def delete(state: State, request: Request, name: str) -> Answer:
    user, _access = caller(state, request, *microsoft_scopes.READING)
    end(state, _own(state, user, name))
    return Answer(204)


def lives(state: State, one: Subscription) -> bool:
    return not one.is_over and state.now() < one.expires_at


def end(state: State, one: Subscription) -> None:
    one.is_over = True
    state.save(one)


def tell(state: State, calendar: Calendar) -> None:
    """Whoever watches it, or all of its owner's, once for each subscription."""
    for one in list(state.subscriptions.values()):
        is_meant = one.calendar_id in ("", calendar.id) and one.user_id == calendar.owner_id
        if is_meant and lives(state, one):
            item = {"changeType": "updated", "resource": _resource(one), "resourceData": _data(one)}
            state.pushes.post(_message(one, "updated", one.url, item))


def say(state: State, one: Subscription, event: str) -> None:
    """A lifecycle event, to whoever gave an address for them."""
    if event == "subscriptionRemoved":
        end(state, one)
    if one.lifecycle_url:
        state.pushes.post(_message(one, event, one.lifecycle_url, {"lifecycleEvent": event}))


def _message(one: Subscription, what: str, url: str, item: dict[str, Any]) -> Push:
    always = {
        "subscriptionId": one.id,
        "clientState": one.client_state,
        "tenantId": one.tenant_id,
        "subscriptionExpirationDateTime": utc_text(one.expires_at),
    }
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Push(what, url, headers, json.dumps({"value": [always | item]}))


def _resource(one: Subscription) -> str:
    return f"Users/{one.user_id}/Events/AAMk{secrets.token_urlsafe(40)}="


def _data(one: Subscription) -> dict[str, str]:
    return {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": _resource(one), "id": f"AAMk{one.id}="}


def _validate(state: State, url: str) -> None:
    """What comes back has to be the token, decoded, as plain text."""
    token = f"Validation: Testing client application reachability for {secrets.token_hex(8)} <b>&+%20"
    push = state.pushes.send(Push("validation", f"{url}?validationToken={quote(token, safe='')}", {}))
    is_echo = push.status == 200 and push.answer == token and push.content_type.startswith("text/plain")
    if not is_echo:
        message = "Subscription validation request failed. Notification endpoint must respond with 200 OK."
        raise Refusal(graph_error(400, "InvalidRequest", message))


def _wanted(state: State, request: Request) -> Subscription:
    user, access = caller(state, request, *microsoft_scopes.READING)
    data = _body(request, TAKEN)
    if missing := [name for name in NEEDED if not isinstance(data.get(name), str)]:
        raise Refusal(graph_error(400, "InvalidRequest", f"{missing[0]} is required."))
    if not set(data["changeType"].split(",")) <= CHANGES:
        raise Refusal(graph_error(400, "InvalidRequest", "changeType is not valid."))
    if len(str(data.get("clientState", ""))) > LONGEST_STATE:
        raise Refusal(graph_error(400, "InvalidRequest", "clientState is too long."))
    urls = [data["notificationUrl"], data.get("lifecycleNotificationUrl", "")]
    if not all(may_be_called(url) for url in urls if url):
        raise Refusal(graph_error(400, "InvalidRequest", "The notification URL has to be https."))
    found = RESOURCE.fullmatch(data["resource"])
    if found is None:
        raise Refusal(graph_error(400, "InvalidRequest", "The resource is not supported."))
    calendar = calendar_named(state, user, found[1] or "")
    if calendar.owner_id != user.id:
        raise Refusal(graph_error(403, "ErrorAccessDenied", "Access is denied."))
    mine = [one for one in state.subscriptions.values() if one.user_id == user.id and lives(state, one)]
    if len(mine) >= MOST:
        raise Refusal(graph_error(403, "Forbidden", "Too many subscriptions."))
    return Subscription(
        id=str(secrets.token_hex(16)),
        user_id=user.id,
        grant_id=access.grant_id,
        tenant_id=user.tenant_id,
        calendar_id=calendar.id if found[1] else "",
        url=urls[0],
        lifecycle_url=urls[1],
        client_state=data.get("clientState", ""),
        expires_at=_expires(state, data),
    )


def _expires(state: State, data: dict[str, Any]) -> float:
    try:
        moment = datetime.fromisoformat(str(data.get("expirationDateTime")))
    except ValueError:
        raise Refusal(graph_error(400, "InvalidRequest", "expirationDateTime is not valid.")) from None
    minutes = (moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - state.now()) / 60
    if not 0 < minutes <= LONGEST_MINUTES:
        message = f"Subscription expiration can only be {LONGEST_MINUTES} minutes in the future."
        raise Refusal(graph_error(400, "InvalidRequest", message))
    return state.now() + max(minutes, SHORTEST_MINUTES) * 60


def _own(state: State, user: User, name: str) -> Subscription:
    one = state.subscriptions.get(name)
    if one is None or one.user_id != user.id or not lives(state, one):
        raise Refusal(graph_error(404, "ResourceNotFound", "The object was not found."))
    return one


def _shown(one: Subscription) -> dict[str, Any]:
    """As it is shown: without the secret."""
    resource = f"/me/calendars/{one.calendar_id}/events" if one.calendar_id else "/me/events"
    return {
        "id": one.id,
        "resource": resource,
        "expirationDateTime": moment_text(one.expires_at),
        "notificationUrl": one.url,
    }


def _body(request: Request, taken: set[str]) -> dict[str, Any]:
    data = json_body(request)
    if unknown := data.keys() - taken:
        raise Refusal(graph_error(400, "InvalidRequest", f"Not known here: {', '.join(sorted(unknown))}"))
    return data
