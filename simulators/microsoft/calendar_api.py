"""graph.microsoft.com/v1.0: calendars, and what stands in a span of one."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from simulators.common import diary
from simulators.common.diary import Calendar, Entry, Occurrence
from simulators.common.messages import Answer, Refusal, Request, json_answer
from simulators.microsoft import scopes as microsoft_scopes
from simulators.microsoft.faults import graph_error
from simulators.microsoft.graph import caller
from simulators.microsoft.records import User
from simulators.microsoft.state import State

VIEW = {"startDateTime", "endDateTime", "$select", "$top", "$skiptoken"}
LONGEST = timedelta(days=1825)
RESPONSES = {
    "": "organizer",
    "accepted": "accepted",
    "declined": "declined",
    "tentative": "tentativelyAccepted",
    "needsAction": "notResponded",
}
OPEN = {"tentative", "needsAction"}


@dataclass
class Listing:
    """The rest of a list that is read page by page."""

    items: list[dict[str, Any]]
    path: str


def calendar_list(state: State, request: Request) -> Answer:
    user = _reader(state, request)
    seen = [one for one in state.calendars.values() if one.is_seen_by(user.id)]
    items = [
        {
            "id": one.id,
            "name": one.name,
            "isDefaultCalendar": one.is_primary and one.owner_id == user.id,
            "canEdit": one.is_written_by(user.id),
            "owner": {"name": state.users[one.owner_id].name, "address": state.users[one.owner_id].email},
        }
        for one in seen
    ]
    skip, top = (
        int(request.query.get("$skip") or 0),
        min(int(request.query.get("$top") or 10), state.settings.most_a_page),
    )
    page = [selected(one, request) for one in items[skip : skip + top]]
    data: dict[str, Any] = {"@odata.context": _context(state, "calendars"), "value": page}
    if skip + top < len(items):
        data["@odata.nextLink"] = f"{state.graph_url}/v1.0/me/calendars?$top={top}&$skip={skip + top}"
    return json_answer(200, data)


def view(state: State, request: Request, calendar_id: str = "") -> Answer:
    """Occurrences, not series, of a calendar within the span."""
    user = _reader(state, request)
    chosen = calendar(state, user, calendar_id)
    _check(request)
    listing = _listing(state, request)
    if listing is None:
        since, until = _span(request)
        found = diary.occurrences(chosen, state.entries.values(), since, until)
        items = [selected(shown(one, user), request) for one in sorted(found, key=lambda each: each.starts)]
        listing = Listing(items, request.path)
    top = int(request.query.get("$top") or 10)
    if not 1 <= top <= 1000:
        raise Refusal(graph_error(400, "ErrorInvalidParameter", "The value of $top is out of range."))
    return _page(state, request, listing, top)


def version(entry: Entry) -> str:
    return f'W/"{entry.number}"'


def shown(one: Occurrence, user: User) -> dict[str, Any]:
    entry = one.entry
    kind = "occurrence" if one.series and entry.id == one.series else "exception" if one.series else "singleInstance"
    data = {
        "@odata.etag": version(entry),
        "id": one.id,
        "subject": entry.title,
        "bodyPreview": "",
        "iCalUId": entry.uid,
        "isAllDay": entry.is_all_day,
        "isCancelled": False,
        "isOrganizer": not entry.answer,
        "responseStatus": {"response": RESPONSES[entry.answer], "time": "0001-01-01T00:00:00Z"},
        "showAs": "tentative"
        if entry.shown == "busy" and (entry.is_tentative or entry.answer in OPEN)
        else entry.shown,
        "type": kind,
        "seriesMasterId": one.series or None,
        "transactionId": entry.more.get("transactionId"),
        "start": _time(one.start, one.starts, entry),
        "end": _time(one.end, one.ends, entry),
        "location": {"displayName": entry.more.get("location", "")},
        "organizer": {"emailAddress": {"name": user.name, "address": user.email}},
    }
    return data | ({"attendees": []} if entry.answer else {})


def _reader(state: State, request: Request) -> User:
    return caller(state, request, *microsoft_scopes.READING)[0]


def calendar(state: State, user: User, name: str) -> Calendar:
    first = (one for one in state.calendars.values() if one.owner_id == user.id and one.is_primary)
    found = state.calendars.get(name) if name else next(first, None)
    if found is None or not found.is_seen_by(user.id):
        raise Refusal(graph_error(404, "ErrorItemNotFound", "The specified object was not found in the store."))
    return found


def _check(request: Request) -> None:
    if unknown := request.query.keys() - VIEW:
        raise Refusal(graph_error(400, "ErrorInvalidUrlQuery", f"Not supported here: {', '.join(sorted(unknown))}"))


def _span(request: Request) -> tuple[datetime, datetime]:
    moments = [_moment(request.query.get(name, "")) for name in ("startDateTime", "endDateTime")]
    since, until = moments
    if since is None or until is None or until < since or until - since > LONGEST:
        raise Refusal(graph_error(400, "ErrorInvalidParameter", "This request requires a time window."))
    return since, until


def _moment(text: str) -> datetime | None:
    """Without an offset it is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _listing(state: State, request: Request) -> Listing | None:
    if "$skiptoken" not in request.query:
        return None
    listing: Listing | None = state.listings.get(request.query["$skiptoken"])
    if listing is None or listing.path != request.path:
        raise Refusal(graph_error(400, "ErrorInvalidParameter", "The skip token is not valid."))
    return listing


def _page(state: State, request: Request, listing: Listing, count: int) -> Answer:
    count = min(count, state.settings.most_a_page)
    data: dict[str, Any] = {
        "@odata.context": _context(state, "calendarView"),
        "value": listing.items[:count],
    }
    here = f"{state.graph_url}{quote(request.path)}"
    if rest := listing.items[count:]:
        token = secrets.token_urlsafe(120)
        state.listings[token] = Listing(rest, listing.path)
        data["@odata.nextLink"] = f"{here}?$skiptoken={token}&$top={count}"
    return json_answer(200, data)


def selected(data: dict[str, Any], request: Request) -> dict[str, Any]:
    names = [name for name in request.query.get("$select", "").split(",") if name]
    return data if not names else {name: data[name] for name in ("@odata.etag", "id", *names) if name in data}


def _time(text: str, moment: datetime, entry: Entry) -> dict[str, str]:
    """In UTC; of whole days the dates, as if they were there."""
    shown_as = f"{text}T00:00:00" if entry.is_all_day else moment.strftime("%Y-%m-%dT%H:%M:%S")
    return {"dateTime": f"{shown_as}.0000000", "timeZone": "UTC"}


def _context(state: State, what: str) -> str:
    return f"{state.graph_url}/v1.0/$metadata#users('x')/{what}"
