"""Outlook: what stands in a span of a calendar, recurrences expanded by Microsoft. Nothing is asked but times.
O-Key's own entries are written there where their owner wants that.

https://learn.microsoft.com/en-us/graph/api/calendar-list-calendarview

In full each time. What Graph says of changes (calendarView/delta) knows the first calendar only, takes no `$select`, so
it would bring titles and texts, and was seen to leave out new entries.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from integrations.calendars.base import CannotRead, Entry, Marks, Reading, Standing, Why, Written
from integrations.calendars.expansion.events import BUSY_MAX, Found, Question
from integrations.calendars.outlook import events, push
from integrations.calendars.outlook.writing import IN_UTC, Entries, path_of
from integrations.calendars.pushing import Made, Message, Wanted
from integrations.calendars.signed_in import PRIMARY, Key, Listed, SignedIn
from integrations.providers.base import Unavailable
from integrations.vendors.microsoft.api import GraphApi
from integrations.vendors.oauth import json_body

A_PAGE = 500
MOST_PAGES = 60
#: Whole days are dates without a zone: what is asked is wider than what is wanted.
DAY = timedelta(days=1)


class OutlookCalendar(SignedIn):
    slug: ClassVar[str] = "outlook_calendar"
    name = "Outlook"
    vendor = "microsoft"
    sees_what_came_and_went = False
    scopes = ("Calendars.Read",)
    covering = (("Calendars.Read", "Calendars.ReadWrite"),)
    writing = ("Calendars.ReadWrite",)
    #: Less than the seven days that Microsoft knows.
    tells_for = timedelta(days=6)
    renews = True
    #: Of one call.
    deadline: ClassVar[float] = 10

    def __init__(self, *, base_url: str = "") -> None:
        self._base_url = base_url or "https://graph.microsoft.com"

    def calendars(self, token: str, *, seconds: float) -> list[Listed]:
        """https://learn.microsoft.com/en-us/graph/api/user-list-calendars"""
        asked = {"$select": "id,name,isDefaultCalendar,canEdit,owner", "$top": "100"}
        items = list(self._items(f"/me/calendars?{urlencode(asked, safe='$,')}", token, seconds))
        me = next((_owner(one) for one in items if one.get("isDefaultCalendar")), "")
        found = [
            Listed(
                PRIMARY if one.get("isDefaultCalendar") else str(one["id"]),
                str(one.get("name") or ""),
                # Into one that somebody shares, one writes with another permission.
                can_write=bool(one.get("canEdit")) and _owner(one) == me,
            )
            for one in items
        ]
        return sorted(found, key=lambda one: (one.id != PRIMARY, one.name.lower()))

    def read(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        found = self._found(Key.of(secret), question, seconds)
        digest = hashlib.sha256(repr(sorted(found.busy)).encode()).hexdigest()
        if digest == marks.digest and not found.skipped:
            return Reading(marks, None)
        return Reading(Marks(digest=digest), found)

    def write(self, secret: str, entry: Entry, known: Standing | None, *, seconds: float) -> Written:
        return self._entries(secret, seconds).write(entry, known)

    def remove(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Written:
        return self._entries(secret, seconds).remove(uid, known)

    def look(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Standing | None:
        return self._entries(secret, seconds).look(uid, known)

    def subscribe(self, secret: str, wanted: Wanted, *, seconds: float) -> Made:
        return push.subscribe(self._api(seconds), Key.of(secret), wanted)

    def renew(self, secret: str, external_id: str, until: datetime, *, seconds: float) -> Made:
        return push.renew(self._api(seconds), Key.of(secret).token, external_id, until)

    def unsubscribe(self, token: str, own_id: str, external_id: str, *, seconds: float) -> None:
        push.unsubscribe(self._api(seconds), token, external_id)

    def echo(self, query: Mapping[str, str]) -> str:
        return query.get("validationToken", "")

    def heard(self, headers: Mapping[str, str], body: bytes) -> list[Message]:
        return push.heard(body)

    def _api(self, seconds: float) -> GraphApi:
        return GraphApi(base_url=self._base_url, deadline=min(self.deadline, seconds))

    def _entries(self, secret: str, seconds: float) -> Entries:
        return Entries(self._api(seconds), Key.of(secret))

    def _found(self, key: Key, question: Question, seconds: float) -> Found:
        found = Found()
        at = path_of(key)
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
            api = self._api(left)
            body = json_body(api.call("GET", path, token, prefer=IN_UTC)) or {}
            items = body.get("value")
            if not isinstance(items, list):
                raise Unavailable("HTTP 200 without a list")
            yield from (one for one in items if isinstance(one, dict))
            if not body.get("@odata.nextLink"):
                return
            path = api.path_of(str(body["@odata.nextLink"]))
        raise CannotRead(Why.TOO_LARGE)


def _owner(one: dict[str, Any]) -> str:
    owner = one.get("owner")
    return str(owner.get("address") or "").lower() if isinstance(owner, dict) else ""


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
