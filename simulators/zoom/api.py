"""api.zoom.us/v2: who I am, and my meetings."""

import base64
import json
import random
import secrets
from dataclasses import asdict
from typing import Any

from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.zoom import hosts, meeting_rules
from simulators.zoom.faults import DAILY_LIMIT_TEXT
from simulators.zoom.headers import zoom_headers
from simulators.zoom.meeting_listing import Listings
from simulators.zoom.meeting_rules import DEFAULT_SETTINGS, INSTANT, SCHEDULED
from simulators.zoom.records import MAY_NOT_HOST, Grant, Meeting, User
from simulators.zoom.state import State
from simulators.zoom.webhooks import Webhooks


def users_me(state: State, request: Request, user_id: str) -> Answer:
    user, _grant = _caller(state, request, "user:read:user", user_id)
    data = {
        "id": user.id,
        "account_id": user.account_id,
        "account_number": user.account_number,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.display_name,
        "type": user.type,
        "status": user.status,
        "verified": 1 if user.status == "active" else 0,
        "timezone": user.timezone,
        "pmi": user.pmi,
        "use_pmi": False,
        "personal_meeting_url": f"{state.base_url}/j/{user.pmi}",
        "role_name": "Member",
        "role_id": "2",
        "language": "en-US",
        "login_types": [100],
        "created_at": "2024-02-03T04:05:06Z",
        "user_created_at": "2024-02-03T04:05:06Z",
        "last_login_time": state.now_text(),
        "cluster": "sim1",
    }
    return json_answer(200, data, zoom_headers("Light"))


def create(state: State, request: Request, user_id: str) -> Answer:
    user, grant = _caller(state, request, "meeting:write:meeting", user_id)
    _check_daily_limit(state, user)
    data = _meeting_data(request)
    if user.type == MAY_NOT_HOST:
        raise _refusal(400, 3161, "The user is not allowed to host or schedule meetings.")
    if data.get("schedule_for", user.email) not in (user.email, user.id):
        raise _refusal(400, 3000, "You cannot schedule a meeting for this user.")
    meeting = _new_meeting(state, user, grant, data)
    user.count(state.today())
    state.save(user)
    state.save(meeting)
    answer = json_answer(201, _full(state, meeting), zoom_headers("Light"))
    answer.about = {"user": user.id, "grant": grant.id, "meeting": meeting.id}
    return answer


def get(state: State, request: Request, meeting_id: str) -> Answer:
    user, _grant = _caller(state, request, "meeting:read:meeting")
    return json_answer(200, _full(state, _own_meeting(state, user, meeting_id)), zoom_headers("Light"))


def update(state: State, request: Request, meeting_id: str, webhooks: Webhooks) -> Answer:
    user, _grant = _caller(state, request, "meeting:update:meeting")
    _check_daily_limit(state, user)
    meeting = _own_meeting(state, user, meeting_id)
    before = asdict(meeting)
    data = _meeting_data(request)
    for name in ("topic", "agenda", "duration", "timezone", "password"):
        if name in data:
            setattr(meeting, name, data[name])
    if "start_time" in data:
        start = meeting_rules.start_in_utc(data["start_time"], meeting.timezone or user.timezone)
        if start >= state.now_text():  # a past one is ignored without a word
            meeting.start_time = start
    meeting.settings = meeting_rules.merged_settings(meeting.settings, data.get("settings", {}))
    user.count(state.today())
    state.save(user)
    state.save(meeting)
    webhooks.tell(hosts.updated(state, meeting, before))
    return _nothing({"user": user.id, "meeting": meeting.id})


def delete(state: State, request: Request, meeting_id: str, webhooks: Webhooks) -> Answer:
    user, _grant = _caller(state, request, "meeting:delete:meeting")
    meeting = _own_meeting(state, user, meeting_id)
    meeting.deleted_at = state.now_text()
    state.save(meeting)
    webhooks.tell(hosts.about(state, meeting, "meeting.deleted"))
    return _nothing({"user": user.id, "meeting": meeting.id})


def list_meetings(state: State, request: Request, user_id: str, listings: Listings) -> Answer:
    user, _grant = _caller(state, request, "meeting:read:list_meetings", user_id)
    if wrong := listings.mistakes(request.query):
        raise _invalid([{"field": name, "message": "Invalid parameter."} for name in wrong])
    page = listings.page(state, user, request.query)
    if page is None:
        raise _refusal(400, 300, "The next page token is invalid or expired.")
    return json_answer(200, page, zoom_headers("Medium"))


def _caller(state: State, request: Request, scope: str, user_id: str = "me") -> tuple[User, Grant]:
    """Whose token this is, if it is good for this call."""
    pair = state.pair_by_access(request.bearer_token)
    if pair is None or not state.is_live(pair):
        raise _refusal(401, 124, "Invalid access token.")
    if state.now() >= pair.expires_at:
        raise _refusal(401, 124, "Access token is expired.")
    grant = state.grants[pair.grant_id]
    if scope not in grant.scopes:
        message = f"Invalid access token, does not contain scopes:[{scope}, {scope}:admin]."
        raise _refusal(400, 4711, message)
    if user_id not in ("me", grant.user_id):
        raise _refusal(404, 1001, f"User does not exist: {user_id}.")
    return state.users[grant.user_id], grant


def _check_daily_limit(state: State, user: User) -> None:
    limit = state.settings.daily_limit
    if user.used_today(state.today()) >= limit:
        limits = {"x-ratelimit-limit": "6000", "x-ratelimit-remaining": "5893"}
        raise _refusal(429, 429, DAILY_LIMIT_TEXT.format(limit=limit), limits)


def _meeting_data(request: Request) -> dict[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise _refusal(400, 300, "Unsupported Content Type")
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise _refusal(400, 300, "Request Body should be a valid JSON object.")
    if errors := meeting_rules.mistakes(data):
        raise _invalid(errors)
    return data


def _own_meeting(state: State, user: User, meeting_id: str) -> Meeting:
    if not meeting_id.isascii() or not meeting_id.isdigit():
        raise _refusal(400, 300, "Invalid meeting id.")
    meeting = state.meeting(int(meeting_id))
    if meeting is None or meeting.host_id != user.id:
        raise _refusal(404, 3001, f"Meeting does not exist: {meeting_id}.")
    return meeting


def _new_meeting(state: State, user: User, grant: Grant, data: dict[str, Any]) -> Meeting:
    meeting_id = _free_id(state)
    # A scheduled meeting without a start time becomes an instant one, as at Zoom.
    kind = data.get("type", SCHEDULED) if "start_time" in data else INSTANT
    timezone = data.get("timezone") or user.timezone or "UTC"
    start = meeting_rules.start_in_utc(data["start_time"], timezone) if kind == SCHEDULED else ""
    return Meeting(
        id=meeting_id,
        uuid=base64.b64encode(secrets.token_bytes(16)).decode(),
        host_id=user.id,
        grant_id=grant.id,
        topic=data.get("topic") or "Zoom Meeting",
        agenda=data.get("agenda", ""),
        type=kind,
        start_time=start,
        duration=data.get("duration", 60),
        timezone=timezone,
        password=data.get("password") or secrets.token_hex(3),
        join_url=f"{state.base_url}/j/{meeting_id}?pwd={secrets.token_urlsafe(18)}.1",
        start_url=f"{state.base_url}/s/{meeting_id}?zak={secrets.token_urlsafe(48)}",
        created_at=state.now_text(),
        settings=meeting_rules.merged_settings(DEFAULT_SETTINGS, data.get("settings", {})),
    )


def _free_id(state: State) -> int:
    """Eleven digits: more than 32 bits hold."""
    while True:
        number = random.randrange(80_000_000_000, 90_000_000_000)  # noqa: S311 - unique, not secret
        if number not in state.meetings:
            return number


def _full(state: State, meeting: Meeting) -> dict[str, Any]:
    host = state.users[meeting.host_id]
    data = {
        "uuid": meeting.uuid,
        "id": meeting.id,
        "host_id": host.id,
        "host_email": host.email,
        "topic": meeting.topic,
        "type": meeting.type,
        "status": "started" if meeting.is_on else "waiting",
        "start_time": meeting.start_time,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "agenda": meeting.agenda,
        "created_at": meeting.created_at,
        "start_url": meeting.start_url,
        "join_url": meeting.join_url,
        "password": meeting.password,
        "h323_password": "123456",
        "pstn_password": "123456",
        "encrypted_password": meeting.join_url.partition("pwd=")[2],
        "pmi": str(host.pmi),
        "settings": meeting.settings,
        "creation_source": "open_api",
        "pre_schedule": False,
    }
    if not meeting.start_time:
        del data["start_time"]
    return data


def _nothing(about: dict[str, Any]) -> Answer:
    return Answer(204, headers=zoom_headers("Light"), about=about)


def _invalid(errors: list[dict[str, str]]) -> Refusal:
    data = {"code": 300, "message": "Validation Failed.", "errors": errors}
    return Refusal(json_answer(400, data, zoom_headers("Light")))


def _refusal(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(json_answer(status, {"code": code, "message": message}, zoom_headers("Light") | (headers or {})))
