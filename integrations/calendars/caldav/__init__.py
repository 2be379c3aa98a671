"""A calendar on a server that speaks CalDAV (Nextcloud, iCloud, Fastmail, …): read and written by an app password."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from integrations.calendars.base import CannotRead, Entry, Marks, Reading, Standing, Why, WritableSource, Written
from integrations.calendars.caldav import multistatus, writing
from integrations.calendars.caldav.http import Access, Server
from integrations.calendars.caldav.multistatus import CALDAV, DAV, SERVER
from integrations.calendars.expansion import running
from integrations.calendars.expansion.events import Found, Question, TooMuch

STATE = multistatus.propfind("D:resourcetype", "S:getctag", "D:sync-token")
#: Servers take whole days and floating times as in UTC: what is asked is wider than what is wanted.
DAY = timedelta(days=1)


class CalDav(WritableSource):
    slug = "caldav"
    believes_empty = True

    def read(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """In full, unless the calendar's own mark is the one of before.

        The mark is asked for before the entries: what changes in between is read once more the next time.
        """
        access = Access.of(secret)
        with Server(access, seconds=seconds) as server:
            mark = _mark(server, access)
            if mark and mark == marks.digest:
                return Reading(marks, None)
            return Reading(Marks(digest=mark), _found(server, access, question))

    def ask(self, secret: str, marks: Marks, question: Question, *, seconds: float) -> Reading:
        """One REPORT."""
        access = Access.of(secret)
        with Server(access, seconds=seconds) as server:
            return Reading(marks, _found(server, access, question))

    def write(self, secret: str, entry: Entry, known: Standing | None, *, seconds: float) -> Written:
        return writing.write(Access.of(secret), entry, known, seconds=seconds)

    def remove(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Written:
        return writing.remove(Access.of(secret), uid, known, seconds=seconds)

    def look(self, secret: str, uid: str, known: Standing | None, *, seconds: float) -> Standing | None:
        access = Access.of(secret)
        with Server(access, seconds=seconds) as server:
            return writing.look(server, access, uid, known)


def _mark(server: Server, access: Access) -> str:
    """What is another one as soon as anything in the calendar changes; "" where the server has none."""
    parts = multistatus.read(server.ask("PROPFIND", access.url, STATE, depth="0"))
    here = next((one for one in parts if f"{CALDAV}calendar" in one.kinds(f"{DAV}resourcetype")), None)
    if here is None:
        is_gone = any(one.status in {404, 410} for one in parts)
        raise CannotRead(Why.GONE if is_gone else Why.NO_CALENDAR)
    said = here.text(f"{SERVER}getctag").strip() or here.text(f"{DAV}sync-token").strip()
    return hashlib.sha256(f"{access.url} {said}".encode()).hexdigest() if said else ""


def _found(server: Server, access: Access, question: Question) -> Found:
    asked = multistatus.between(question.since - DAY, question.until + DAY)
    parts = list(multistatus.entries(multistatus.read(server.ask("REPORT", access.url, asked, depth="1"))))
    texts = [text for one in parts if (text := one.text(f"{CALDAV}calendar-data").strip())]
    hidden = len(parts) - len(texts)
    if not texts:
        return Found(events=hidden, skipped=hidden)
    question = replace(question, zone=access.zone or question.zone)
    try:
        found = running.expanded_each([one.encode() for one in texts], question, seconds=server.seconds_left)
    except (TooMuch, TimeoutError):
        raise CannotRead(Why.TOO_LARGE) from None
    return replace(found, events=found.events + hidden, skipped=found.skipped + hidden)
