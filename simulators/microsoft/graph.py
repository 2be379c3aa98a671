"""graph.microsoft.com/v1.0: who I am, and my online meetings."""

import base64
import json
import secrets
from typing import Any
from urllib.parse import quote

from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.faults import graph_error
from simulators.microsoft.meeting_rules import HOUR, LOBBIES, moment, moment_text
from simulators.microsoft.records import LINK_SECONDS, Access, Meeting, User
from simulators.microsoft.state import State

#: What createOrGet takes. Other properties of a meeting are ignored without a word.
TAKEN = ("externalId", "startDateTime", "endDateTime", "subject", "participants")
CHANGEABLE = (
    "startDateTime",
    "endDateTime",
    "subject",
    "participants",
    "lobbyBypassSettings",
    "allowedPresenters",
    "isEntryExitAnnounced",
    "allowMeetingChat",
)


def me(state: State, request: Request) -> Answer:
    user, _access = caller(state, request, microsoft_scopes.USER_READ)
    data = {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
        "id": user.id,
        "displayName": user.name,
        "mail": user.mail,
        "userPrincipalName": user.email,
    }
    return json_answer(200, data)


def organization(state: State, request: Request) -> Answer:
    """`User.Read` is enough for the ID and the name. A personal account has none."""
    user, _access = caller(state, request, microsoft_scopes.USER_READ)
    tenant = state.tenant_of(user)
    found = [] if user.is_personal else [{"id": tenant.id, "displayName": tenant.name}]
    return json_answer(200, {"value": found})


def create_or_get(state: State, request: Request) -> Answer:
    """The same user and externalId give the same meeting, as it was made."""
    user, access = _host(state, request)
    data = json_body(request)
    external_id = data.get("externalId")
    if not isinstance(external_id, str) or not external_id:
        raise Refusal(graph_error(400, "BadRequest", "externalId is required."))
    if existing := state.meeting_by_external_id(user.id, external_id):
        return _answer(200, state, existing)
    start, end = _times(state, data)
    meeting = _new_meeting(state, user, access, data, start, end)
    state.save(meeting)
    return _answer(201, state, meeting)


def plain_create(state: State, request: Request) -> Answer:
    """Without idempotency, and without an externalId."""
    user, access = _host(state, request)
    data = json_body(request)
    if "externalId" in data:
        raise Refusal(graph_error(400, "BadRequest", "externalId is not supported here."))
    start, end = _times(state, data)
    meeting = _new_meeting(state, user, access, data, start, end)
    state.save(meeting)
    return _answer(201, state, meeting)


def get(state: State, request: Request, meeting_id: str) -> Answer:
    user, _access = caller(state, request, microsoft_scopes.MEETINGS)
    return _answer(200, state, _own(state, user, meeting_id))


def find(state: State, request: Request) -> Answer:
    """By join link only; there is no list."""
    user, _access = caller(state, request, microsoft_scopes.MEETINGS)
    wanted = request.query.get("$filter", "")
    name, _, value = wanted.partition(" eq ")
    if name.lower() != "joinweburl":
        raise Refusal(graph_error(400, "InvalidArgument", "Filter expression expected - JoinWebUrl eq."))
    url = value.strip("'")
    mine = [meeting for meeting in state.meetings.values() if meeting.user_id == user.id and not meeting.deleted_at]
    return json_answer(200, {"value": [_full(state, meeting) for meeting in mine if meeting.join_url == url]})


def update(state: State, request: Request, meeting_id: str) -> Answer:
    """Times only as a pair; the link's life is counted anew."""
    user, _access = _host(state, request)
    meeting = _own(state, user, meeting_id)
    data = json_body(request)
    if wrong := [name for name in data if name not in CHANGEABLE]:
        raise Refusal(graph_error(400, "BadRequest", f"Property cannot be changed: {wrong[0]}"))
    if ("startDateTime" in data) != ("endDateTime" in data):
        raise Refusal(graph_error(400, "BadRequest", "Start and end time can be changed only together."))
    if "organizer" in (data.get("participants") or {}):
        raise Refusal(graph_error(400, "BadRequest", "The organizer cannot be changed."))
    lobby = _lobby(data, user, meeting.lobby)
    if "startDateTime" in data:
        meeting.start, meeting.end = _times(state, data)
    meeting.lobby = lobby
    meeting.subject = data.get("subject", meeting.subject)
    meeting.attendees = (data.get("participants") or {}).get("attendees", meeting.attendees)
    meeting.dies_at = max(meeting.end, state.now()) + LINK_SECONDS
    state.save(meeting)
    return _answer(200, state, meeting)


def delete(state: State, request: Request, meeting_id: str) -> Answer:
    user, _access = _host(state, request)
    meeting = _own(state, user, meeting_id)
    meeting.deleted_at = state.now()
    state.save(meeting)
    return Answer(204, about={"user": user.id, "meeting": meeting.id})


def caller(state: State, request: Request, *any_of: str) -> tuple[User, Access]:
    """Whose token this is, if it is good for this call."""
    access = state.accesses.get(request.bearer_token)
    grant = state.grants[access.grant_id] if access else None
    if access is None or grant is None or not grant.is_alive:
        raise Refusal(_unauthorized("CompactToken validation failed."))
    if state.now() >= access.expires_at:
        raise Refusal(_unauthorized("Lifetime validation failed, the token is expired."))
    user = state.users[grant.user_id]
    if user.graph_challenge and user.challenge:
        refused = _unauthorized("Continuous access evaluation resulted in challenge.")
        claims = base64.b64encode(user.challenge.encode()).decode()
        refused.headers["WWW-Authenticate"] = (
            'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize",'
            f' error="insufficient_claims", claims="{claims}"'
        )
        raise Refusal(refused)
    if not set(any_of) & set(access.scopes):
        raise Refusal(graph_error(403, "Authorization_RequestDenied", "Insufficient privileges."))
    return user, access


def _host(state: State, request: Request) -> tuple[User, Access]:
    """A caller who may have meetings: not a guest, not a personal account, with Teams."""
    user, access = caller(state, request, microsoft_scopes.MEETINGS)
    if user.is_personal or user.is_guest or not user.has_teams:
        raise Refusal(graph_error(403, "Forbidden", ""))
    return user, access


def _unauthorized(message: str) -> Answer:
    answer = graph_error(401, "InvalidAuthenticationToken", message)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="", error="invalid_token"'
    return answer


def _own(state: State, user: User, meeting_id: str) -> Meeting:
    meeting = state.meetings.get(meeting_id)
    if meeting is None or meeting.user_id != user.id or meeting.deleted_at is not None:
        raise Refusal(graph_error(404, "NotFound", "The meeting does not exist."))
    return meeting


def json_body(request: Request) -> dict[str, Any]:
    """The object that was sent, as JSON that says so. Raises Refusal."""
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict) or not request.headers.get("content-type", "").startswith("application/json"):
        raise Refusal(graph_error(400, "BadRequest", "Unable to read JSON request payload."))
    return data


def _times(state: State, data: dict[str, Any]) -> tuple[float, float]:
    """No start is now, no end is an hour later; an end alone, or before the start, is a mistake."""
    start, end = data.get("startDateTime"), data.get("endDateTime")
    if end is not None and start is None:
        raise Refusal(graph_error(400, "BadRequest", "startDateTime is missing."))
    first = state.now() if start is None else moment(start)
    last = None if first is None else first + HOUR if end is None else moment(end)
    if first is None or last is None or last < first:
        raise Refusal(graph_error(400, "BadRequest", "The start or end time is not valid."))
    return first, last


def _lobby(data: dict[str, Any], user: User, before: str) -> str:
    """What the tenant's policy makes of the wish: `everyone` may be overridden without a word."""
    settings = data.get("lobbyBypassSettings")
    if settings is None:
        return before
    wanted = settings.get("scope", before) if isinstance(settings, dict) else None
    if wanted not in LOBBIES:
        raise Refusal(graph_error(400, "BadRequest", "Invalid lobbyBypassSettings."))
    return before if wanted == "everyone" and not user.may_open_lobby else str(wanted)


def _new_meeting(state: State, user: User, access: Access, data: dict[str, Any], start: float, end: float) -> Meeting:
    join_id = str(secrets.randbelow(9 * 10**12) + 10**12)
    passcode = secrets.token_urlsafe(6)
    now = state.now()
    return Meeting(
        id=base64.urlsafe_b64encode(secrets.token_bytes(60)).decode(),
        user_id=user.id,
        grant_id=access.grant_id,
        external_id=data.get("externalId", ""),
        subject=data.get("subject") or "",
        start=start,
        end=end,
        join_url=_join_url(state, user, join_id),
        join_id=join_id,
        passcode=passcode,
        lobby=user.lobby,
        created_at=now,
        dies_at=max(end, now) + LINK_SECONDS,
        attendees=(data.get("participants") or {}).get("attendees", []),
    )


def _join_url(state: State, user: User, join_id: str) -> str:
    base = state.settings.join_base or state.base_url
    if state.settings.join_style == "short":
        return f"{base}/meet/{join_id}?p={secrets.token_urlsafe(12)}"
    context = quote(json.dumps({"Tid": user.tenant_id, "Oid": user.id}, separators=(",", ":")), safe="")
    thread = quote(f"19:meeting_{join_id}@thread.v2", safe="").replace("%3A", "%3a")
    return f"{base}/l/meetup-join/{thread}/0?context={context}"


def _answer(status: int, state: State, meeting: Meeting) -> Answer:
    answer = json_answer(status, _full(state, meeting))
    answer.about = {"user": meeting.user_id, "grant": meeting.grant_id, "meeting": meeting.id}
    return answer


def _full(state: State, meeting: Meeting) -> dict[str, Any]:
    user = state.users[meeting.user_id]
    return {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('x')/onlineMeetings/$entity",
        "id": meeting.id,
        "creationDateTime": moment_text(meeting.created_at),
        "startDateTime": moment_text(meeting.start),
        "endDateTime": moment_text(meeting.end),
        "joinWebUrl": meeting.join_url,
        "subject": meeting.subject,
        "externalId": meeting.external_id or None,
        "isBroadcast": False,
        "lobbyBypassSettings": {"scope": meeting.lobby, "isDialInBypassEnabled": False},
        "joinMeetingIdSettings": {
            "isPasscodeRequired": True,
            "joinMeetingId": meeting.join_id,
            "passcode": meeting.passcode,
        },
        "audioConferencing": None,
        "chatInfo": {"threadId": f"19:meeting_{meeting.join_id}@thread.v2", "messageId": "0"},
        "participants": {
            "organizer": {"upn": user.email, "identity": {"user": {"id": user.id, "displayName": user.name}}},
            "attendees": meeting.attendees,
        },
    }
