"""graph.microsoft.com/v1.0: one event of a calendar is made, read, changed and deleted."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from simulators.common import diary
from simulators.common.diary import Calendar, Entry
from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.microsoft import calendar_api
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.faults import graph_error
from simulators.microsoft.graph import caller, json_body
from simulators.microsoft.records import Transaction, User
from simulators.microsoft.state import State

#: What may be written; anything else is a mistake of O-Key's.
CHANGEABLE = {"subject", "body", "start", "end", "isAllDay", "location", "showAs", "isReminderOn"}
TAKEN = {*CHANGEABLE, "transactionId", "singleValueExtendedProperties"}
SHOWN_AS = {"free", "tentative", "busy", "oof", "workingElsewhere"}
LONGEST = 255
ZONES = available_timezones()
GUID = r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"
PROPERTY = re.compile(rf"String {GUID} Name \S+")
#: The one filter that is played.
FILTER = re.compile(
    rf"singleValueExtendedProperties/[Aa]ny\(ep: ?ep/id eq '(String {GUID} Name [^']+)' and ep/value eq '([^']*)'\)"
)


def find(state: State, request: Request, calendar_id: str = "") -> Answer:
    """Of the events of one calendar, those with a property of that value."""
    user = caller(state, request, *microsoft_scopes.READING)[0]
    calendar = calendar_api.calendar(state, user, calendar_id)
    if unknown := request.query.keys() - {"$filter", "$select", "$top"}:
        raise Refusal(graph_error(400, "ErrorInvalidUrlQuery", f"Not supported here: {', '.join(sorted(unknown))}"))
    wanted = FILTER.fullmatch(request.query.get("$filter", ""))
    if wanted is None:
        raise Refusal(graph_error(400, "ErrorInvalidUrlQueryFilter", "The filter is not supported."))
    name, value = wanted.groups()
    mine = [one for one in state.entries.values() if one.calendar_id == calendar.id and not one.is_cancelled]
    found = [one for one in mine if one.more.get("properties", {}).get(name, "").lower() == value.lower()]
    count = int(request.query.get("$top") or 10)
    return json_answer(200, {"value": [_selected(calendar, one, user, request) for one in found[:count]]})


def create(state: State, request: Request, calendar_id: str = "") -> Answer:
    """What was made by the same transactionId is what comes back, as it was then, also where it is deleted by now."""
    user, calendar = _writer(state, request, calendar_id)
    data = _body(request, TAKEN)
    name = data.get("transactionId")
    if name is not None and not (isinstance(name, str) and name):
        raise Refusal(graph_error(400, "ErrorInvalidRequest", "transactionId is not valid."))
    known = state.transactions.get(f"{user.id} {name}") if name else None
    if known is not None:
        return json_answer(201, known.answer)
    if not {"start", "end"} <= data.keys():
        raise Refusal(graph_error(400, "ErrorPropertyValidationFailure", "At least one property failed validation."))
    made = f"AAMk{secrets.token_urlsafe(90)}="
    uid = f"040000008200E00074C5B7101A82E008{secrets.token_hex(28).upper()}"
    base: dict[str, Any] = {"id": made, "calendar_id": calendar.id, "title": "", "zone": "UTC", "uid": uid}
    more = {"transactionId": name, "properties": _properties(data)}
    entry = Entry(**(base | _fields(data, more)))
    state.entries[entry.id] = entry
    _keep(state, calendar, entry)
    shown = _shown(calendar, entry, user)
    if name:
        state.save(Transaction(f"{user.id} {name}", shown))
    answer = json_answer(201, shown)
    answer.about = {"user": user.id, "entry": entry.id}
    return answer


def get(state: State, request: Request, *names: str) -> Answer:
    user = caller(state, request, *microsoft_scopes.READING)[0]
    calendar = calendar_api.calendar(state, user, names[0] if len(names) > 1 else "")
    return json_answer(200, _selected(calendar, _entry(state, calendar, names[-1]), user, request))


def update(state: State, request: Request, *names: str) -> Answer:
    user, calendar = _writer(state, request, names[0] if len(names) > 1 else "")
    entry = _entry(state, calendar, names[-1])
    data = _body(request, CHANGEABLE)
    _check_version(request, entry)
    if ("start" in data) != ("end" in data):
        raise Refusal(graph_error(400, "ErrorPropertyValidationFailure", "Start and end belong together."))
    for field, value in _fields(data, entry.more).items():
        setattr(entry, field, value)
    _keep(state, calendar, entry)
    return json_answer(200, _shown(calendar, entry, user))


def delete(state: State, request: Request, *names: str) -> Answer:
    user, calendar = _writer(state, request, names[0] if len(names) > 1 else "")
    entry = _entry(state, calendar, names[-1])
    _check_version(request, entry)
    entry.is_cancelled = True
    _keep(state, calendar, entry)
    return Answer(204, about={"user": user.id, "entry": entry.id})


# --- shared ----------------------------------------------------------------------------------------------


def _writer(state: State, request: Request, calendar_id: str) -> tuple[User, Calendar]:
    """Into one that somebody else shares, one writes with another permission, which is not played."""
    user = caller(state, request, *microsoft_scopes.WRITING)[0]
    calendar = calendar_api.calendar(state, user, calendar_id)
    if calendar.owner_id != user.id:
        raise Refusal(graph_error(403, "ErrorAccessDenied", "Access is denied."))
    return user, calendar


def _entry(state: State, calendar: Calendar, name: str) -> Entry:
    entry = state.entries.get(name)
    if entry is None or entry.calendar_id != calendar.id or entry.is_cancelled:
        raise Refusal(graph_error(404, "ErrorItemNotFound", "The specified object was not found in the store."))
    return entry


def _check_version(request: Request, entry: Entry) -> None:
    wanted = request.headers.get("if-match", "*")
    if wanted not in ("*", calendar_api.version(entry)):
        raise Refusal(graph_error(412, "ErrorIrresolvableConflict", "The change key does not match."))


def _body(request: Request, taken: set[str]) -> dict[str, Any]:
    data = json_body(request)
    if unknown := data.keys() - taken:
        raise Refusal(graph_error(400, "RequestBodyRead", f"Not known here: {', '.join(sorted(unknown))}"))
    return data


def _properties(data: dict[str, Any]) -> dict[str, str]:
    found = {}
    for one in data.get("singleValueExtendedProperties", []):
        if not PROPERTY.fullmatch(str(one.get("id"))) or not isinstance(one.get("value"), str):
            raise Refusal(graph_error(400, "ErrorInvalidProperty", "The extended property is not valid."))
        found[one["id"]] = one["value"]
    return found


def _fields(data: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Of the entry that the body means, checked as Exchange checks it."""
    fields: dict[str, Any] = {}
    place = data.get("location", {}).get("displayName", "")
    if max(len(str(data.get("subject", ""))), len(str(place))) > LONGEST or data.get("showAs", "busy") not in SHOWN_AS:
        raise Refusal(graph_error(400, "ErrorPropertyValidationFailure", "At least one property failed validation."))
    if "subject" in data:
        fields["title"] = str(data["subject"])
    if "showAs" in data:
        fields["shown"] = data["showAs"]
    if data.get("isAllDay"):
        raise Refusal(graph_error(400, "ErrorInvalidRequest", "Whole days are not played here."))
    if "start" in data:
        starts, ends = (_written(data[name]) for name in ("start", "end"))
        if ends < starts:
            raise Refusal(graph_error(400, "ErrorCalendarEndDateIsEarlierThanStartDate"))
        texts = [one.replace(tzinfo=None).isoformat(timespec="seconds") for one in (starts, ends)]
        fields |= {"start": texts[0], "end": texts[1], "zone": "UTC", "is_all_day": False}
    kept = {"location": place} if "location" in data else {}
    return fields | {"more": more | kept | {name: data[name] for name in ("body",) if name in data}}


def _written(given: Any) -> datetime:
    """In UTC."""
    try:
        zone = given["timeZone"]
        moment = datetime.fromisoformat(str(given["dateTime"])[:19])
    except (TypeError, KeyError, ValueError):
        raise Refusal(graph_error(400, "ErrorInvalidRequest", "The time is not valid.")) from None
    if zone not in ZONES or moment.tzinfo is not None:
        raise Refusal(graph_error(400, "TimeZoneNotSupportedException", "The time zone is not supported."))
    return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _shown(calendar: Calendar, entry: Entry, user: User) -> dict[str, Any]:
    return calendar_api.shown(diary.single(calendar, entry), user)


def _selected(calendar: Calendar, entry: Entry, user: User, request: Request) -> dict[str, Any]:
    return calendar_api.selected(_shown(calendar, entry, user), request)


def _keep(state: State, calendar: Calendar, entry: Entry) -> None:
    for record in diary.change(calendar, state.entries, entry, datetime.fromtimestamp(state.now(), UTC)):
        state.save(record)
    state.entry_changed(calendar)
