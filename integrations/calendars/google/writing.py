"""O-Key's entries in a Google calendar: each once, because its ID there is O-Key's own.

https://developers.google.com/workspace/calendar/api/v3/reference/events

Nobody is invited and nobody is told: O-Key invites by itself. Google makes the UID of the ID, and takes only one of the
two. Deleted is an event that is `cancelled`: its ID stays taken, so it is entered anew by bringing it back. Each change
names the version that it is about, or it would bring back what the owner has deleted.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import requests

from integrations.calendars.base import Entry, Outcome, Standing, Why, Written
from integrations.calendars.google import events
from integrations.calendars.signed_in import Key, event_in
from integrations.vendors.google.api import GoogleApi

HOST = "www.googleapis.com"
FIELDS = "id,etag,status,start,end,summary,location,sequence"
TO_NOBODY = {"sendUpdates": "none", "fields": FIELDS}
GONE, THERE, NOT_AS_KNOWN = {404, 410}, {409}, {404, 410, 412}


class Entries:
    """Those of one calendar. What is raised is an outcome of providers.base."""

    def __init__(self, api: GoogleApi, key: Key) -> None:
        self._api = api
        self._token = key.token
        self._path = f"/calendar/v3/calendars/{quote(key.calendar, safe='')}/events"

    def write(self, entry: Entry, known: Standing | None) -> Written:
        own = _id(entry.uid)
        if known is None:
            made = self._call("POST", "", takes=THERE, params=TO_NOBODY, json={"id": own, **_body(entry)})
            return self._met(entry, known) if made.status_code in THERE else _done(made)
        if not known.version:
            return self._met(entry, known)
        changed = self._change(own, entry, known.version)
        return self._met(entry, known) if changed.status_code in NOT_AS_KNOWN else _done(changed)

    def remove(self, uid: str, known: Standing | None) -> Written:
        if known is None or not known.version:
            there = self.look(uid)
            if there is None or known is None:
                return Written(Outcome.CHANGED if there else Outcome.DONE, there)
            known = there
        asked: dict[str, Any] = {"params": {"sendUpdates": "none"}, "if_match": known.version}
        answer = self._call("DELETE", f"/{_id(uid)}", takes=NOT_AS_KNOWN, **asked)
        there = self.look(uid) if answer.status_code in NOT_AS_KNOWN else None
        return Written(Outcome.CHANGED if there else Outcome.DONE, there)

    def look(self, uid: str) -> Standing | None:
        item = self._read(uid)
        return None if item is None or _is_deleted(item) else _understood(item)

    def _met(self, entry: Entry, known: Standing | None) -> Written:
        """It does not stand there as it was known to."""
        item = self._read(entry.uid)
        if item is not None and not _is_deleted(item):
            there = _understood(item)
            return Written(Outcome.DONE if entry.agrees_with(there) else Outcome.CHANGED, there)
        if known is not None:
            return Written(Outcome.CHANGED)
        if item is None:  # the ID is taken by what cannot be read
            return Written(Outcome.UNKNOWN, why=Why.UNREACHABLE)
        back = self._change(_id(entry.uid), entry, str(item.get("etag") or ""))
        return Written(Outcome.UNKNOWN, why=Why.UNREACHABLE) if back.status_code in NOT_AS_KNOWN else _done(back)

    def _change(self, own: str, entry: Entry, version: str) -> requests.Response:
        body = _body(entry)
        for name in ("start", "end"):
            body[name] |= {"date": None, "timeZone": None}  # of whole days, as the owner may have made them
        asked: dict[str, Any] = {"params": TO_NOBODY, "if_match": version, "json": body}
        return self._call("PATCH", f"/{own}", takes=NOT_AS_KNOWN, **asked)

    def _read(self, uid: str) -> dict[str, Any] | None:
        answer = self._call("GET", f"/{_id(uid)}", takes=GONE, params={"fields": FIELDS})
        if answer.status_code in GONE:
            self._call("GET", "", params={"maxResults": "1", "fields": "kind"})  # or is it the calendar that is gone?
            return None
        return event_in(answer)

    def _call(self, method: str, path: str, **asked: Any) -> requests.Response:
        has_effect = method != "GET"
        return self._api.call(method, HOST, self._path + path, self._token, has_effect=has_effect, **asked)


def _id(uid: str) -> str:
    """Five to 1024 of 0-9 and a-v. events.uid_of makes the UID of it again."""
    return UUID(uid).hex


def _body(entry: Entry) -> dict[str, Any]:
    return {
        "summary": entry.title,
        "description": entry.words,
        "location": entry.location,
        "start": {"dateTime": _text(entry.starts_at)},
        "end": {"dateTime": _text(entry.ends_at)},
        "status": "confirmed",
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_deleted(item: dict[str, Any]) -> bool:
    return item.get("status") == "cancelled"


def _done(answer: requests.Response) -> Written:
    return Written(Outcome.DONE, _understood(event_in(answer)))


def _understood(item: dict[str, Any]) -> Standing:
    """Without times where they cannot be understood."""
    starts: datetime | None
    ends: datetime | None
    try:
        starts, ends = (events.moment(item[name], ZoneInfo("UTC")) for name in ("start", "end"))
    except (ValueError, KeyError, TypeError, AttributeError):
        starts = ends = None
    sequence = item.get("sequence")
    return Standing(
        place=str(item["id"]),
        version=str(item.get("etag") or ""),
        starts_at=starts,
        ends_at=ends,
        title=str(item.get("summary") or ""),
        link=str(item.get("location") or ""),
        sequence=sequence if isinstance(sequence, int) else 0,
    )
