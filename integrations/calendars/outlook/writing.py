"""O-Key's entries in an Outlook calendar: each once, by its UID, which it carries in a property of O-Key's own.

https://learn.microsoft.com/en-us/graph/api/resources/event

Nobody is invited, and it is no online meeting of Outlook's. Outlook makes a UID and an ID of its own, so an entry is
looked for by the property before it is made. `transactionId` is what the making is called: made twice by the same name
it is there once, also where the first is still under way. A name that was used is spent, whatever became of the entry.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests

from integrations.calendars.base import Entry, Outcome, Standing, Written
from integrations.calendars.outlook import events
from integrations.calendars.signed_in import PRIMARY, Key, event_in
from integrations.providers.base import Unknown
from integrations.vendors.microsoft.api import GraphApi
from integrations.vendors.oauth import json_body

IN_UTC = 'outlook.timezone="UTC"'
#: A name in a set of names, as MAPI has them. What stands in calendars has it: it stays as it is.
PROPERTY = "String {6c3f1d52-0f5e-4f0b-9a53-2f4d1a7a5a0e} Name OKeyEntry"
FIELDS = "id,subject,start,end,isAllDay,isCancelled,location,transactionId"
#: Characters of a subject, and of a place.
LONGEST = 255
GONE, NOT_AS_KNOWN = {404, 410}, {404, 410, 412}


def path_of(key: Key) -> str:
    """Of the calendar."""
    return "/me/calendar" if key.calendar == PRIMARY else f"/me/calendars/{quote(key.calendar, safe='')}"


class Entries:
    """Those of one calendar. What is raised is an outcome of providers.base."""

    def __init__(self, api: GraphApi, key: Key) -> None:
        self._api = api
        self._token = key.token
        self._path = f"{path_of(key)}/events"

    def write(self, entry: Entry, known: Standing | None) -> Written:
        shown = _shown(entry)
        if known is None:
            there = self._find(entry.uid)
            if there is None:
                return _done(self._call("POST", "", json=_new(entry, shown)))
        elif known.version:
            answer = self._change(known, entry, shown)
            if answer.status_code not in NOT_AS_KNOWN:
                return _done(answer)
            there = self.look(entry.uid, known)
        else:
            there = self.look(entry.uid, known)
        if there is not None and shown.agrees_with(there):
            return Written(Outcome.DONE, there)
        return Written(Outcome.CHANGED, there)

    def remove(self, uid: str, known: Standing | None) -> Written:
        if known is None or not known.version:
            there = self.look(uid, known)
            if there is None or known is None:
                return Written(Outcome.CHANGED if there else Outcome.DONE, there)
            known = there
        answer = self._call("DELETE", _at(known), takes=NOT_AS_KNOWN, if_match=known.version)
        there = self.look(uid, known) if answer.status_code in NOT_AS_KNOWN else None
        return Written(Outcome.CHANGED if there else Outcome.DONE, there)

    def look(self, uid: str, known: Standing | None) -> Standing | None:
        if known is not None:
            answer = self._call("GET", f"{_at(known)}?{urlencode({'$select': FIELDS}, safe='$,')}", takes=GONE)
            if answer.status_code not in GONE:
                item = event_in(answer)
                return None if item.get("isCancelled") else _understood(item)
        return self._find(uid)

    def _find(self, uid: str) -> Standing | None:
        """Copies that the owner makes may have the property, too: the one that O-Key has made comes first."""
        wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{uid}')"
        asked = urlencode({"$filter": wanted, "$select": FIELDS, "$top": "10"}, safe="$,", quote_via=quote)
        found = (json_body(self._call("GET", f"?{asked}")) or {}).get("value")
        if not isinstance(found, list):
            raise Unknown("HTTP 200 without a list")
        items = [one for one in found if isinstance(one, dict) and one.get("id") and not one.get("isCancelled")]
        items.sort(key=lambda one: events.uid_of(one) != uid)
        return _understood(items[0]) if items else None

    def _change(self, known: Standing, entry: Entry, shown: Entry) -> requests.Response:
        return self._call("PATCH", _at(known), takes=NOT_AS_KNOWN, if_match=known.version, json=_body(entry, shown))

    def _call(self, method: str, path: str, **asked: Any) -> requests.Response:
        has_effect = method != "GET"
        return self._api.call(method, self._path + path, self._token, has_effect=has_effect, prefer=IN_UTC, **asked)


def _at(known: Standing) -> str:
    return f"/{quote(known.place, safe='')}"


def _shown(entry: Entry) -> Entry:
    """As Outlook can hold it: a link that is too long for a place stands in the text alone."""
    link = entry.link if len(entry.link) <= LONGEST else urlsplit(entry.link).hostname or ""
    return replace(entry, title=entry.title[:LONGEST], link=link, place=entry.place[:LONGEST])


def _body(entry: Entry, shown: Entry) -> dict[str, Any]:
    words = entry.words if shown.location == entry.location else f"{entry.location}\n\n{entry.words}"
    return {
        "subject": shown.title,
        "body": {"contentType": "text", "content": words},
        "start": _time(entry.starts_at),
        "end": _time(entry.ends_at),
        "isAllDay": False,
        "location": {"displayName": shown.location},
    }


def _new(entry: Entry, shown: Entry) -> dict[str, Any]:
    return {
        **_body(entry, shown),
        "showAs": "busy",
        "transactionId": f"{entry.uid}:{entry.nonce}",
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": entry.uid}],
    }


def _time(moment: datetime) -> dict[str, str]:
    return {"dateTime": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def _done(answer: requests.Response) -> Written:
    return Written(Outcome.DONE, _understood(event_in(answer)))


def _understood(item: dict[str, Any]) -> Standing:
    """Without times where they cannot be understood; of whole days as in UTC: O-Key has not written those."""
    starts: datetime | None
    ends: datetime | None
    try:
        starts, ends = (events.moment(item[name]["dateTime"]).replace(tzinfo=UTC) for name in ("start", "end"))
    except (ValueError, KeyError, TypeError, AttributeError):
        starts = ends = None
    place = item.get("location")
    return Standing(
        place=str(item["id"]),
        version=str(item.get("@odata.etag") or ""),
        starts_at=starts,
        ends_at=ends,
        title=str(item.get("subject") or ""),
        link=str(place.get("displayName") or "") if isinstance(place, dict) else "",
    )
