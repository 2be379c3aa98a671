"""Events as Google's Calendar API has them, and what it takes of one that is written."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from simulators.common import diary
from simulators.common.diary import Calendar, Entry, Occurrence
from simulators.common.messages import Refusal, Request
from simulators.google.faults import calendar_error
from simulators.google.records import User

#: What an event that is written may have here; anything else is a mistake of O-Key's.
TAKEN = {
    "id",
    "iCalUID",
    "summary",
    "description",
    "location",
    "start",
    "end",
    "transparency",
    "visibility",
    "status",
    "extendedProperties",
    "reminders",
    "source",
}
OWN_ID = re.compile(r"[0-9a-v]{5,1024}")
ZONES = available_timezones()
#: Between an ID and the calendar that it is in, where another one has it, too.
IN = "@"


def shown(calendar: Calendar, one: Occurrence, user: User) -> dict[str, Any]:
    """An event, or an occurrence of a series."""
    entry = one.entry
    data = _head(one.id, "tentative" if entry.is_tentative else "confirmed", version(entry)) | {
        "htmlLink": f"https://www.google.com/calendar/event?eid={one.id}",
        "summary": entry.title,
        "creator": {"email": user.email, "self": True},
        "organizer": {"email": user.email, "self": True},
        "start": _time(one.start, entry, calendar),
        "end": _time(one.end, entry, calendar),
        "iCalUID": entry.uid,
        "sequence": entry.more.get("sequence", 0),
        "eventType": entry.kind,
        "reminders": {"useDefault": True},
    }
    data |= {name: entry.more[name] for name in ("location", "description", "extendedProperties") if name in entry.more}
    if entry.shown == "free":
        data["transparency"] = "transparent"
    if entry.answer:
        others = {"email": "somebody@example.net", "organizer": True, "responseStatus": "accepted"}
        data["attendees"] = [others, {"email": user.email, "self": True, "responseStatus": entry.answer}]
    if one.series:
        original = Entry(**(vars(entry) | {"start": one.original}))
        data |= {"recurringEventId": one.series, "originalStartTime": _time(one.original, original, calendar)}
    return data


def master(calendar: Calendar, entry: Entry, user: User) -> dict[str, Any]:
    """A series as it stands: only without `singleEvents`."""
    data = shown(calendar, diary.single(calendar, entry), user)
    return data | ({"recurrence": [f"RRULE:{entry.rule}"]} if entry.rule else {})


def version(entry: Entry) -> str:
    return f'"{entry.number}"'


def cancelled(name: str) -> dict[str, Any]:
    """All that is said of one that is not there any more."""
    return _head(name, "cancelled", '"0"')


def all_of(calendar: Calendar, entries: list[Entry], since: Any, until: Any, user: User) -> Iterator[dict[str, Any]]:
    for one in sorted(diary.occurrences(calendar, entries, since, until), key=lambda each: each.id):
        yield shown(calendar, one, user)


def changed_since(
    calendar: Calendar, entries: list[Entry], number: int, since: Any, until: Any, user: User
) -> Iterator[dict[str, Any]]:
    """What to put right after that change. Of a series, all occurrences within the span that the first list had."""
    mine = [one for one in entries if one.calendar_id == calendar.id]
    for entry in mine:
        if entry.number <= number or entry.series:
            continue
        if not entry.rule:
            one = diary.single(calendar, entry)
            yield cancelled(entry.id) if entry.is_cancelled else shown(calendar, one, user)
            continue
        family = [entry, *(one for one in mine if one.series == entry.id)]
        found = {one.id: shown(calendar, one, user) for one in diary.occurrences(calendar, family, since, until)}
        yield from found.values()
        yield from (cancelled(name) for name in entry.gone if name not in found)


def written(request: Request, calendar: Calendar, before: Entry | None = None) -> dict[str, Any]:
    """The fields of the entry that the body means, checked as Google checks it."""
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refusal(calendar_error(400, "parseError", "Parse Error"))
    if unknown := data.keys() - TAKEN:
        raise Refusal(calendar_error(400, "invalid", f"Not known here: {', '.join(sorted(unknown))}"))
    if "id" in data and (not isinstance(data["id"], str) or not OWN_ID.fullmatch(data["id"])):
        raise Refusal(calendar_error(400, "invalid", "Invalid resource id value."))
    if "id" in data and "iCalUID" in data:
        raise Refusal(calendar_error(400, "invalid", "Only one of id and iCalUID."))
    fields: dict[str, Any] = {}
    if before is None or "start" in data or "end" in data:
        if not {"start", "end"} <= data.keys():
            raise Refusal(calendar_error(400, "required", "Missing end time." if "start" in data else "Missing start."))
        start, end = (_merged(data[name], name, calendar, before) for name in ("start", "end"))
        fields |= _span(start, end, calendar)
    if "summary" in data:
        fields["title"] = str(data["summary"])
    if "transparency" in data:
        fields["shown"] = "free" if data["transparency"] == "transparent" else "busy"
    if "status" in data:
        fields |= {"is_cancelled": data["status"] == "cancelled", "is_tentative": data["status"] == "tentative"}
    kept = before.more if before else {}
    fields["more"] = kept | {
        name: data[name] for name in ("location", "description", "extendedProperties") if name in data
    }
    return fields


def moment(text: str) -> datetime | None:
    """RFC 3339, which has an offset; None for anything else."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo and "T" in text else None


def _head(name: str, status: str, etag: str) -> dict[str, Any]:
    return {"kind": "calendar#event", "etag": etag, "id": name.partition(IN)[0], "status": status}


def _time(text: str, entry: Entry, calendar: Calendar) -> dict[str, str]:
    """With the offset of the calendar's zone."""
    if entry.is_all_day:
        return {"date": text}
    here = diary.moment(text, entry.zone).astimezone(ZoneInfo(calendar.zone))
    return {"dateTime": here.isoformat(), "timeZone": entry.zone}


def _merged(given: Any, name: str, calendar: Calendar, before: Entry | None) -> Any:
    """A patch changes what it names, and takes away what it has as null."""
    if before is None or not isinstance(given, dict):
        return given
    stands = _time(before.start if name == "start" else before.end, before, calendar)
    return {key: value for key, value in (stands | given).items() if value is not None}


def _span(start: Any, end: Any, calendar: Calendar) -> dict[str, Any]:
    if not (isinstance(start, dict) and isinstance(end, dict)):
        raise Refusal(calendar_error(400, "invalid", "Invalid start or end."))
    if any({"date", "dateTime"} <= one.keys() for one in (start, end)):
        raise Refusal(calendar_error(400, "invalid", "Invalid start or end: both a date and a time."))
    if "date" in start and "date" in end:
        try:
            first, last = date.fromisoformat(start["date"]), date.fromisoformat(end["date"])
        except ValueError:
            raise Refusal(calendar_error(400, "invalid", "Invalid date.")) from None
        if last <= first:
            last = first + timedelta(days=1)
        return {"start": first.isoformat(), "end": last.isoformat(), "is_all_day": True}
    zone = start.get("timeZone") or calendar.zone
    if zone not in ZONES:
        raise Refusal(calendar_error(400, "invalid", "Invalid time zone definition for start time."))
    moments = [_written_moment(one) for one in (start, end)]
    if moments[1] < moments[0]:
        raise Refusal(calendar_error(400, "timeRangeEmpty", "The specified time range is empty."))
    first_text, last_text = (
        one.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds") for one in moments
    )
    return {"start": first_text, "end": last_text, "zone": zone, "is_all_day": False}


def _written_moment(given: dict[str, Any]) -> datetime:
    text = given.get("dateTime")
    try:
        value = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        value = None
    if value is not None and value.tzinfo is None and given.get("timeZone") in ZONES:
        value = value.replace(tzinfo=ZoneInfo(given["timeZone"]))
    if value is None or value.tzinfo is None:
        raise Refusal(calendar_error(400, "required", "Missing time zone definition for start time."))
    return value.astimezone(UTC)
