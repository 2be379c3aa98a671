"""Outlook: what stands in a span of a calendar, recurrences expanded by Microsoft. Nothing is asked but times.

https://learn.microsoft.com/en-us/graph/api/calendar-list-calendarview

In full each time. What Graph says of changes (calendarView/delta) knows the first calendar only, takes no `$select`, so
it would bring titles and texts, and was seen to leave out new entries.
"""

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from integrations.calendars.base import CannotRead, Marks, Reading, Why
from integrations.calendars.expansion.events import BUSY_MAX, Found, Question
from integrations.calendars.outlook import events
from integrations.calendars.signed_in import PRIMARY, Key, Listed, SignedIn
from integrations.providers.base import Unavailable
from integrations.vendors.microsoft.api import GraphApi
from integrations.vendors.oauth import json_body

A_PAGE = 500
MOST_PAGES = 60
IN_UTC = 'outlook.timezone="UTC"'
#: Whole days are dates without a zone: what is asked is wider than what is wanted.
DAY = timedelta(days=1)


class OutlookCalendar(SignedIn):
    slug: ClassVar[str] = "outlook_calendar"
    name = "Outlook"
    vendor = "microsoft"
    scopes = ("Calendars.Read",)
    covering = (("Calendars.Read", "Calendars.ReadWrite"),)
    #: Of one call.
    deadline: ClassVar[float] = 10

    def __init__(self, *, base_url: str = "") -> None:
        self._base_url = base_url or "https://graph.microsoft.com"

    def calendars(self, token: str, *, seconds: float) -> list[Listed]:
        """https://learn.microsoft.com/en-us/graph/api/user-list-calendars"""
        path = f"/me/calendars?{urlencode({'$select': 'id,name,isDefaultCalendar', '$top': '100'}, safe='$,')}"
        found = [
            Listed(PRIMARY if one.get("isDefaultCalendar") else str(one["id"]), str(one.get("name") or ""))
            for one in self._items(path, token, seconds)
        ]
        return sorted(found, key=lambda one: (one.id != PRIMARY, one.name.lower()))

    def read(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        found = self._found(Key.of(secret), question, seconds)
        digest = hashlib.sha256(repr(sorted(found.busy)).encode()).hexdigest()
        if digest == marks.digest and not found.skipped:
            return Reading(marks, None)
        return Reading(Marks(digest=digest), found)

    def _found(self, key: Key, question: Question, seconds: float) -> Found:
        found = Found()
        at = "/me/calendar" if key.calendar == PRIMARY else f"/me/calendars/{quote(key.calendar, safe='')}"
        asked = {
            "startDateTime": _text(question.since - DAY),
            "endDateTime": _text(question.until + DAY),
            "$select": events.FIELDS,
            "$top": str(A_PAGE),
        }
        for item in self._items(f"{at}/calendarView?{urlencode(asked, safe='$,:')}", key.token, seconds):
            found.events += 1
            try:
                found.busy |= events.busy(item, question)
            except (ValueError, KeyError, TypeError, AttributeError):
                found.skipped += 1
            if len(found.busy) > BUSY_MAX:
                raise CannotRead(Why.TOO_LARGE)
        return found

    def _items(self, path: str, token: str, seconds: float) -> Iterator[dict[str, Any]]:
        over = time.monotonic() + seconds
        for _page in range(MOST_PAGES):
            left = over - time.monotonic()
            if left <= 0:
                raise Unavailable("the list took too long")
            api = GraphApi(base_url=self._base_url, deadline=min(self.deadline, left))
            body = json_body(api.call("GET", path, token, prefer=IN_UTC)) or {}
            items = body.get("value")
            if not isinstance(items, list):
                raise Unavailable("HTTP 200 without a list")
            yield from (one for one in items if isinstance(one, dict))
            if not body.get("@odata.nextLink"):
                return
            path = api.path_of(str(body["@odata.nextLink"]))
        raise CannotRead(Why.TOO_LARGE)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
