"""Google Calendar: events in the order of their changes, recurrences expanded by Google. Nothing is asked but times.
O-Key's own entries are written there where their owner wants that.

https://developers.google.com/workspace/calendar/api/v3/reference
"""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from integrations.calendars.base import CannotRead, Entry, Marks, Reading, Standing, Why, Written
from integrations.calendars.expansion.events import BUSY_MAX, Found, Question
from integrations.calendars.google import events, push
from integrations.calendars.google.writing import HOST, Entries
from integrations.calendars.pushing import Made, Message, Wanted
from integrations.calendars.signed_in import PRIMARY, Key, Listed, SignedIn
from integrations.providers.base import Refused, Unavailable
from integrations.vendors.google.api import GoogleApi
from integrations.vendors.oauth import json_body

SCOPE = "https://www.googleapis.com/auth/calendar"
#: No titles, places or names: they stay there.
FIELDS = f"nextPageToken,nextSyncToken,timeZone,items({events.FIELDS})"
A_PAGE = 1000
MOST_PAGES = 60


class GoogleCalendar(SignedIn):
    slug: ClassVar[str] = "google_calendar"
    name = "Google Calendar"
    vendor = "google"
    scopes = (f"{SCOPE}.calendarlist.readonly", f"{SCOPE}.events.readonly")
    covering = (
        (scopes[0], SCOPE, f"{SCOPE}.readonly", f"{SCOPE}.calendarlist"),
        (scopes[1], SCOPE, f"{SCOPE}.readonly", f"{SCOPE}.events"),
    )
    #: The first: only calendars that are the person's own.
    writing = (f"{SCOPE}.events.owned", f"{SCOPE}.events", SCOPE)
    #: The longest that Google knows.
    tells_for = timedelta(days=7)
    #: Of one call.
    deadline: ClassVar[float] = 10

    def __init__(self, *, base_url: str = "") -> None:
        self._base_url = base_url

    def calendars(self, token: str, *, seconds: float) -> list[Listed]:
        """https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list"""
        asked = {
            "minAccessRole": "reader",
            "maxResults": "250",
            "fields": "nextPageToken,items(id,summary,summaryOverride,primary,accessRole)",
        }
        found = []
        for page in self._pages("/calendar/v3/users/me/calendarList", token, asked, seconds):
            for one in page["items"]:
                name = str(one.get("summaryOverride") or one.get("summary") or one["id"])
                is_own = one.get("accessRole") == "owner"
                found.append(Listed(PRIMARY if one.get("primary") else str(one["id"]), name, can_write=is_own))
        return sorted(found, key=lambda one: (one.id != PRIMARY, one.name.lower()))

    def read(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """What has changed since the sync token; all of it where there is none, or Google knows it no more (410)."""
        key, over = Key.of(secret), time.monotonic() + seconds
        if marks.token:
            try:
                return self._changes(key, marks.token, question, seconds)
            except Refused as outcome:
                if outcome.reason != "gone":
                    raise
        return self._all(key, question, over - time.monotonic())

    def write(self, secret: str, entry: Entry, known: Standing | None, *, seconds: float) -> Written:
        return self._entries(secret, seconds).write(entry, known)

    def remove(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Written:
        return self._entries(secret, seconds).remove(uid, known)

    def look(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Standing | None:
        return self._entries(secret, seconds).look(uid)

    def subscribe(self, secret: str, wanted: Wanted, *, seconds: float) -> Made:
        return push.subscribe(self._api(seconds), Key.of(secret), wanted)

    def unsubscribe(self, token: str, own_id: str, external_id: str, *, seconds: float) -> None:
        push.unsubscribe(self._api(seconds), token, own_id, external_id)

    def heard(self, headers: Mapping[str, str], body: bytes) -> list[Message]:
        return push.heard(headers)

    def _api(self, seconds: float) -> GoogleApi:
        return GoogleApi(base_url=self._base_url, deadline=min(self.deadline, seconds))

    def _entries(self, secret: str, seconds: float) -> Entries:
        return Entries(self._api(seconds), Key.of(secret))

    def _all(self, key: Key, question: Question, seconds: float) -> Reading:
        """The span is the token's from then on."""
        span = {"timeMin": question.since.isoformat(), "timeMax": question.until.isoformat()}
        found, sync = Found(), ""
        for page in self._events(key, span, seconds):
            for item in page["items"]:
                found.events += 1
                try:
                    busy = events.busy(item, str(page.get("timeZone") or ""), question)
                except (ValueError, KeyError, TypeError, AttributeError):
                    found.skipped += 1
                    continue
                found.busy |= busy
                if len(found.busy) > BUSY_MAX:
                    raise CannotRead(Why.TOO_LARGE)
            sync = str(page.get("nextSyncToken") or "")
        return Reading(Marks(token=sync), found)

    def _changes(self, key: Key, token: str, question: Question, seconds: float) -> Reading:
        changes: dict[str, Any] = {}
        sync = token
        for page in self._events(key, {"syncToken": token}, seconds):
            for item in page["items"]:
                try:
                    changes[str(item["id"])] = events.busy(item, str(page.get("timeZone") or ""), question)
                except (ValueError, KeyError, TypeError, AttributeError):
                    changes[str(item.get("id"))] = set()
            sync = str(page.get("nextSyncToken") or sync)
        return Reading(Marks(token=sync), None, changes)

    def _events(self, key: Key, asked: dict[str, str], seconds: float) -> Iterator[dict[str, Any]]:
        """https://developers.google.com/workspace/calendar/api/v3/reference/events/list"""
        same = {"singleEvents": "true", "maxAttendees": "1", "fields": FIELDS, "maxResults": str(A_PAGE)}
        path = f"/calendar/v3/calendars/{quote(key.calendar, safe='')}/events"
        return self._pages(path, key.token, same | asked, seconds)

    def _pages(self, path: str, token: str, asked: dict[str, str], seconds: float) -> Iterator[dict[str, Any]]:
        over = time.monotonic() + seconds
        for _page in range(MOST_PAGES):
            left = over - time.monotonic()
            if left <= 0:
                raise Unavailable("the list took too long")
            body = json_body(self._api(left).call("GET", HOST, path, token, params=asked))
            if body is None or not isinstance(body.get("items", []), list):
                raise Unavailable("HTTP 200 without a list")
            yield {**body, "items": [one for one in body.get("items", []) if isinstance(one, dict)]}
            if not body.get("nextPageToken"):
                return
            asked = {**asked, "pageToken": str(body["nextPageToken"])}
        raise CannotRead(Why.TOO_LARGE)
