"""www.googleapis.com/calendar/v3: the list of calendars, their events, and what has changed since."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from simulators.common import diary
from simulators.common.diary import Calendar, Entry
from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.google import events, partial
from simulators.google import scopes as google_scopes
from simulators.google.faults import calendar_error
from simulators.google.oauth import live_access
from simulators.google.records import SyncToken, User
from simulators.google.state import State

#: What may not be asked beside a sync token.
NOT_WITH_TOKEN = ("timeMin", "timeMax", "updatedMin", "q", "orderBy", "iCalUID", "privateExtendedProperty",
                  "sharedExtendedProperty")  # fmt: skip
KNOWN = {*NOT_WITH_TOKEN, "syncToken", "pageToken", "maxResults", "singleEvents", "showDeleted", "fields", "timeZone",
         "maxAttendees", "eventTypes"}  # fmt: skip
WRITTEN = {"sendUpdates", "fields", "conferenceDataVersion"}


@dataclass
class Listing:
    """The rest of a list that is read page by page."""

    items: list[dict[str, Any]]
    sync_token: str
    asked: dict[str, str]


def calendar_list(state: State, request: Request) -> Answer:
    user = caller(state, request, google_scopes.LISTING)
    least = request.query.get("minAccessRole", "freeBusyReader")
    seen = [one for one in state.calendars.values() if one.is_seen_by(user.id)]
    items = [_list_entry(one, user) for one in seen]
    if least not in ("freeBusyReader", "reader", "writer", "owner"):
        raise Refusal(calendar_error(400, "invalid", "Invalid value for minAccessRole."))
    first = int(request.query.get("pageToken") or 0)
    count = min(int(request.query.get("maxResults") or 100), 250, state.settings.most_a_page)
    data: dict[str, Any] = {"kind": "calendar#calendarList", "items": items[first : first + count]}
    if first + count < len(items):
        data["nextPageToken"] = str(first + count)
    else:
        data["nextSyncToken"] = secrets.token_urlsafe(16)
    return json_answer(200, partial.chosen(data, request.query.get("fields", "")))


def events_list(state: State, request: Request, calendar_id: str) -> Answer:
    user, calendar = reader(state, request, calendar_id)
    asked = request.query
    _check_parameters(asked)
    if page := asked.get("pageToken"):
        listing = state.listings.get(page)
        if listing is None:
            raise Refusal(calendar_error(400, "invalid", "Invalid page token value."))
    else:
        listing = (
            _from_token(state, user, calendar, asked) if "syncToken" in asked else _all(state, user, calendar, asked)
        )
    count = min(int(asked.get("maxResults") or 250), 2500, state.settings.most_a_page)
    data: dict[str, Any] = {
        "kind": "calendar#events",
        "summary": calendar.name,
        "updated": state.now_text(),
        "timeZone": calendar.zone,
        "accessRole": _role(calendar, user),
        "defaultReminders": [],
        "items": listing.items[:count],
    }
    rest = listing.items[count:]
    if rest:
        data["nextPageToken"] = token = secrets.token_urlsafe(12)
        state.listings[token] = Listing(rest, listing.sync_token, listing.asked)
    else:
        data["nextSyncToken"] = listing.sync_token
    return json_answer(200, partial.chosen(data, asked.get("fields", "")))


def insert(state: State, request: Request, calendar_id: str) -> Answer:
    """With an ID of the caller's: twice the same is refused, also where the first one was deleted."""
    user, calendar = _writer(state, request, calendar_id)
    fields = events.written(request, calendar)
    body = _json(request)
    name = body.get("id") or secrets.token_hex(13)
    if _found(state, calendar, name):
        raise Refusal(calendar_error(409, "duplicate", "The requested identifier already exists."))
    uid = body.get("iCalUID") or f"{name}@google.com"
    key = f"{name}{events.IN}{calendar.id}" if name in state.entries else name
    base: dict[str, Any] = {"id": key, "calendar_id": calendar.id, "title": "", "zone": calendar.zone, "uid": uid}
    entry = Entry(**(base | fields))
    state.entries[entry.id] = entry
    _keep(state, calendar, entry)
    return _one(calendar, entry, user, request)


def get(state: State, request: Request, calendar_id: str, event_id: str) -> Answer:
    """One that was deleted, too, for as long as Google remembers it."""
    user, calendar = reader(state, request, calendar_id)
    return _one(calendar, _entry(state, calendar, event_id), user, request)


def patch(state: State, request: Request, calendar_id: str, event_id: str) -> Answer:
    """Brings back one that was deleted, too."""
    user, calendar = _writer(state, request, calendar_id)
    entry = _entry(state, calendar, event_id)
    _check_version(request, entry)
    for field, value in events.written(request, calendar, entry).items():
        setattr(entry, field, value)
    entry.more["sequence"] = entry.more.get("sequence", 0) + 1
    _keep(state, calendar, entry)
    return _one(calendar, entry, user, request)


def delete(state: State, request: Request, calendar_id: str, event_id: str) -> Answer:
    user, calendar = _writer(state, request, calendar_id)
    entry = _entry(state, calendar, event_id)
    if entry.is_cancelled:
        raise Refusal(calendar_error(410, "deleted", "Resource has been deleted"))
    _check_version(request, entry)
    entry.is_cancelled = True
    _keep(state, calendar, entry)
    return Answer(204, about={"user": user.id, "entry": entry.id})


# --- who asks for what ---------------------------------------------------------------------------------------


def caller(state: State, request: Request, any_of: tuple[str, ...]) -> User:
    """Whose token this is, if it is good for this call."""
    grant = live_access(state, request)
    if grant is None:
        refused = calendar_error(401, "authError", "Invalid Credentials")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        raise Refusal(refused)
    if not state.settings.is_calendar_api_enabled:
        message = "Google Calendar API has not been used in project 100000000001 before or it is disabled."
        raise Refusal(calendar_error(403, "accessNotConfigured", message, domain="usageLimits"))
    if not set(any_of) & set(grant.scopes):
        raise Refusal(calendar_error(403, "insufficientPermissions", "Insufficient Permission"))
    user = state.users[grant.user_id]
    if not state.count_calendar_call(user.id):
        raise Refusal(calendar_error(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits"))
    return user


def reader(state: State, request: Request, calendar_id: str) -> tuple[User, Calendar]:
    user = caller(state, request, (*google_scopes.READING, google_scopes.OWNED))
    calendar = _calendar(state, user, calendar_id)
    _check_owned(state, request, calendar, user, google_scopes.READING)
    return user, calendar


def _writer(state: State, request: Request, calendar_id: str) -> tuple[User, Calendar]:
    if unknown := request.query.keys() - WRITTEN:
        raise Refusal(calendar_error(400, "invalid", f"Not known here: {', '.join(sorted(unknown))}"))
    if request.query.get("sendUpdates", "none") not in ("all", "externalOnly", "none"):
        raise Refusal(calendar_error(400, "invalid", "Invalid value for sendUpdates."))
    user = caller(state, request, (*google_scopes.WRITING, google_scopes.OWNED))
    calendar = _calendar(state, user, calendar_id, writes=True)
    _check_owned(state, request, calendar, user, google_scopes.WRITING)
    return user, calendar


def _check_owned(state: State, request: Request, calendar: Calendar, user: User, wider: tuple[str, ...]) -> None:
    grant = live_access(state, request)
    assert grant  # noqa: S101 - it was looked at just now
    if calendar.owner_id != user.id and not set(wider) & set(grant.scopes):
        raise Refusal(calendar_error(403, "insufficientPermissions", "Insufficient Permission"))


def _check_version(request: Request, entry: Entry) -> None:
    """Deleted and changed ones are other versions. Without If-Match it is written over whatever is there."""
    wanted = request.headers.get("if-match", "*")
    if wanted not in ("*", events.version(entry)):
        raise Refusal(calendar_error(412, "conditionNotMet", "Precondition Failed"))


def _calendar(state: State, user: User, name: str, *, writes: bool = False) -> Calendar:
    """By its ID, or the person's first one. One that is not shared is as good as none."""
    mine = (one for one in state.calendars.values() if one.owner_id == user.id and one.is_primary)
    calendar = next(mine, None) if name == "primary" else state.calendars.get(name)
    if calendar is None or not calendar.is_seen_by(user.id):
        raise Refusal(calendar_error(404, "notFound", "Not Found"))
    if writes and not calendar.is_written_by(user.id):
        raise Refusal(calendar_error(403, "requiredAccessLevel", "You need to have writer access to this calendar."))
    return calendar


def _role(calendar: Calendar, user: User) -> str:
    return "owner" if calendar.owner_id == user.id else "writer" if calendar.they_write else "reader"


def _list_entry(calendar: Calendar, user: User) -> dict[str, Any]:
    data = {
        "kind": "calendar#calendarListEntry",
        "etag": '"1"',
        "id": calendar.id,
        "summary": calendar.name,
        "timeZone": calendar.zone,
        "accessRole": _role(calendar, user),
        "selected": True,
        "backgroundColor": "#9fe1e7",
    }
    return data | ({"primary": True} if calendar.is_primary and calendar.owner_id == user.id else {})


# --- lists ---------------------------------------------------------------------------------------------------


def _check_parameters(asked: dict[str, str]) -> None:
    if unknown := asked.keys() - KNOWN:
        raise Refusal(calendar_error(400, "invalid", f"Not known here: {', '.join(sorted(unknown))}"))
    if "syncToken" in asked:
        if wrong := [name for name in NOT_WITH_TOKEN if name in asked]:
            raise Refusal(calendar_error(400, "badRequest", f"Sync token cannot be used with {wrong[0]}."))
        if asked.get("showDeleted") == "false":
            raise Refusal(calendar_error(400, "badRequest", "Sync token cannot be used with showDeleted=false."))
    for name in ("timeMin", "timeMax"):
        if name in asked and events.moment(asked[name]) is None:
            raise Refusal(calendar_error(400, "badRequest", f"Bad Request: {name}"))


def _all(state: State, user: User, calendar: Calendar, asked: dict[str, str]) -> Listing:
    since, until = (events.moment(asked[name]) if name in asked else None for name in ("timeMin", "timeMax"))
    entries = list(state.entries.values())
    if asked.get("singleEvents") == "true":
        items = list(events.all_of(calendar, entries, since, until, user))
    else:
        mine = [one for one in entries if one.calendar_id == calendar.id and not one.is_cancelled]
        items = [events.master(calendar, one, user) for one in mine]
    token = SyncToken(
        secrets.token_urlsafe(24), calendar.id, calendar.changes, _text(since), _text(until), _same(asked)
    )
    state.save(token)
    return Listing(items, token.token, asked)


def _from_token(state: State, user: User, calendar: Calendar, asked: dict[str, str]) -> Listing:
    token = state.sync_tokens.get(asked["syncToken"])
    if token is None or token.calendar_id != calendar.id:
        message = "Sync token is no longer valid, a full sync is required."
        raise Refusal(calendar_error(410, "fullSyncRequired", message, domain="calendar"))
    if _same(asked) != token.asked:
        raise Refusal(calendar_error(400, "badRequest", "The parameters must be those of the first list."))
    since, until = (datetime.fromisoformat(one) if one else None for one in (token.since, token.until))
    found = events.changed_since(calendar, list(state.entries.values()), token.number, since, until, user)
    after = SyncToken(**(asdict(token) | {"token": secrets.token_urlsafe(24), "number": calendar.changes}))
    state.save(after)
    return Listing(list(found), after.token, asked)


def _same(asked: dict[str, str]) -> dict[str, str]:
    """What has to be the same with every sync token."""
    free = {*NOT_WITH_TOKEN, "syncToken", "pageToken", "maxResults"}
    return {name: value for name, value in asked.items() if name not in free}


def _text(value: datetime | None) -> str:
    return value.isoformat() if value else ""


# --- one event -----------------------------------------------------------------------------------------------


def _entry(state: State, calendar: Calendar, event_id: str) -> Entry:
    entry = _found(state, calendar, event_id)
    if entry is None:
        raise Refusal(calendar_error(404, "notFound", "Not Found"))
    return entry


def _found(state: State, calendar: Calendar, event_id: str) -> Entry | None:
    """IDs are those of one calendar: another may have the same."""
    named = (state.entries.get(key) for key in (event_id, f"{event_id}{events.IN}{calendar.id}"))
    return next((one for one in named if one is not None and one.calendar_id == calendar.id), None)


def _one(calendar: Calendar, entry: Entry, user: User, request: Request) -> Answer:
    data = events.master(calendar, entry, user) | ({"status": "cancelled"} if entry.is_cancelled else {})
    answer = json_answer(200, partial.chosen(data, request.query.get("fields", "")))
    answer.about = {"user": user.id, "entry": entry.id}
    return answer


def _keep(state: State, calendar: Calendar, entry: Entry) -> None:
    for record in diary.change(calendar, state.entries, entry, datetime.fromtimestamp(state.now(), UTC)):
        state.save(record)
    state.entry_changed(calendar)


def _json(request: Request) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(request.body)
    return data
