"""meet.googleapis.com/v2: spaces. Nothing deletes one, and nothing lists them."""

import json
import random
import secrets
import string
from typing import Any

from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.google import scopes as google_scopes
from simulators.google.faults import PER_PROJECT, PER_USER, api_error, over_quota
from simulators.google.oauth import live_access
from simulators.google.records import Grant, Space, User
from simulators.google.state import State

CHOICES = {
    "accessType": ("OPEN", "TRUSTED", "RESTRICTED"),
    "entryPointAccess": ("ALL", "CREATOR_APP_ONLY"),
    "moderation": ("OFF", "ON"),
    "attendanceReportGenerationType": ("DO_NOT_GENERATE", "GENERATE_REPORT"),
}
OBJECTS = ("moderationRestrictions", "artifactConfig")
#: What only Google sets; it is ignored in what one sends.
OUTPUT_ONLY = {"name", "meetingUri", "meetingCode", "activeConference", "phoneAccess", "gatewaySipAccess"}


def create(state: State, request: Request) -> Answer:
    user, grant = _caller(state, request, google_scopes.SPACE_CREATED)
    project, person = state.created_within_a_minute(user.id)
    if project >= state.settings.project_a_minute:
        raise Refusal(over_quota(PER_PROJECT))
    if person >= state.settings.user_a_minute:
        raise Refusal(over_quota(PER_USER))
    state.count_create(user.id)
    given = _space_data(request)
    if not user.has_meet:
        raise Refusal(api_error(403, "The caller does not have permission"))
    space = _new_space(state, user, grant, given.get("config", {}))
    state.save(space)
    answer = json_answer(200, _full(space))
    answer.about = {"user": user.id, "grant": grant.id, "meeting": space.id}
    return answer


def get(state: State, request: Request, name: str) -> Answer:
    user, _grant = _caller(state, request, google_scopes.SPACE_CREATED, google_scopes.SPACE_READONLY)
    return json_answer(200, _full(_own_space(state, user, name)))


def update(state: State, request: Request, name: str) -> Answer:
    """Without an updateMask, what is not sent goes back to its default."""
    user, _grant = _caller(state, request, google_scopes.SPACE_CREATED, google_scopes.SPACE_SETTINGS)
    space = _own_space(state, user, name)
    given = _space_data(request).get("config", {})
    paths = [path for path in request.query.get("updateMask", "").split(",") if path]
    if wrong := [
        path for path in paths if path != "config" and path.removeprefix("config.") not in (*CHOICES, *OBJECTS)
    ]:
        raise Refusal(api_error(400, f"Invalid field mask: {', '.join(wrong)}"))
    masked = {path.removeprefix("config.") for path in paths if path != "config"}
    changed = {field: value for field, value in given.items() if not masked or field in masked}
    before = space.config if masked else _default_config(user)
    space.config = before | _allowed(user, changed)
    state.save(space)
    return json_answer(200, _full(space))


def end_conference(state: State, request: Request, name: str) -> Answer:
    user, _grant = _caller(state, request, google_scopes.SPACE_CREATED)
    _own_space(state, user, name)
    raise Refusal(api_error(400, "There is no active conference for the given space."))


def _caller(state: State, request: Request, *any_of: str) -> tuple[User, Grant]:
    """Whose token this is, if it is good for this call."""
    grant = live_access(state, request)
    if grant is None:
        message = (
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other"
            " valid authentication credential."
        )
        refused = api_error(401, message, "ACCESS_TOKEN_EXPIRED" if request.bearer_token else "CREDENTIALS_MISSING")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        raise Refusal(refused)
    if not state.settings.is_api_enabled:
        message = "Google Meet API has not been used in project 100000000001 before or it is disabled."
        raise Refusal(api_error(403, message, "SERVICE_DISABLED", consumer="projects/100000000001"))
    if not set(any_of) & set(grant.scopes):
        message = "Request had insufficient authentication scopes."
        raise Refusal(api_error(403, message, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", method="google.apps.meet.v2"))
    return state.users[grant.user_id], grant


def _own_space(state: State, user: User, name: str) -> Space:
    space = state.space_named(name)
    if space is None or space.owner_id != user.id:
        raise Refusal(api_error(403, "Permission denied on resource Space (or it might not exist)"))
    return space


def _space_data(request: Request) -> dict[str, Any]:
    """An empty body is an empty space."""
    try:
        data = json.loads(request.body or b"{}")
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refusal(api_error(400, "Invalid JSON payload received. Unexpected token."))
    config = data.get("config", {})
    unknown = [name for name in data if name != "config" and name not in OUTPUT_ONLY]
    if isinstance(config, dict):
        unknown += [f"config.{name}" for name in config if name not in (*CHOICES, *OBJECTS)]
    else:
        unknown.append("config")
    if unknown:
        raise Refusal(api_error(400, f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.'))
    for name, choices in CHOICES.items():
        if name in config and config[name] not in choices:
            raise Refusal(api_error(400, f"Invalid value at 'space.config.{name}', {json.dumps(config[name])}"))
    return data


def _new_space(state: State, user: User, grant: Grant, config: dict[str, Any]) -> Space:
    code = "-".join(_letters(length) for length in (3, 4, 3))
    base = state.settings.join_base or state.base_url
    return Space(
        id=secrets.token_urlsafe(9).replace("-", "A").replace("_", "B"),
        code=code,
        owner_id=user.id,
        grant_id=grant.id,
        uri=f"{base}/{code}",
        created_at=state.now_text(),
        config=_default_config(user) | _allowed(user, config),
    )


def _default_config(user: User) -> dict[str, Any]:
    return {
        "accessType": user.default_access,
        "entryPointAccess": "ALL",
        "moderation": "OFF",
        "moderationRestrictions": {
            "chatRestriction": "NO_RESTRICTION",
            "reactionRestriction": "NO_RESTRICTION",
            "presentRestriction": "NO_RESTRICTION",
            "defaultJoinAsViewerType": "OFF",
        },
        "attendanceReportGenerationType": "DO_NOT_GENERATE",
        "artifactConfig": {},
    }


def _allowed(user: User, config: dict[str, Any]) -> dict[str, Any]:
    """What the organisation lets through of what was asked; open meetings may be refused, or not come to be."""
    if config.get("accessType") != "OPEN" or user.open_meetings == "allowed":
        return config
    if user.open_meetings == "ignored":
        return {name: value for name, value in config.items() if name != "accessType"}
    raise Refusal(api_error(int(user.open_meetings), "The access type is not allowed by the organization's policy."))


def _letters(count: int) -> str:
    return "".join(random.choices(string.ascii_lowercase, k=count))  # noqa: S311 - unique, not secret


def _full(space: Space) -> dict[str, Any]:
    return {
        "name": f"spaces/{space.id}",
        "meetingUri": space.uri,
        "meetingCode": space.code,
        "config": space.config,
        "phoneAccess": [{"phoneNumber": "+1 555 010 0100", "pin": "123 456 789#", "regionCode": "US"}],
        "gatewaySipAccess": [{"uri": f"{space.code}@sip.example.com", "sipAccessCode": "1234567890"}],
    }
