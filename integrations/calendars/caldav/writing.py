"""An entry is put into a calendar, changed and taken out again: each once, by its UID."""

from urllib.parse import quote, urljoin, urlsplit

from integrations.calendars.base import CannotRead, Entry, Outcome, Standing, Why, Written
from integrations.calendars.caldav import entries, multistatus
from integrations.calendars.caldav.http import Access, Answer, Server, refused
from integrations.calendars.caldav.multistatus import CALDAV, DAV, Part
from okey.lib.retry_after import retry_at

CALENDAR_TEXT = "text/calendar; charset=utf-8"
#: What may pass by itself: the very same is asked again. Anything else below 500 will be refused again.
PASSES = {408, 423, 425, 429}
#: There is something, or is not, against what O-Key knew; or there is the UID at another place already, which servers
#: say by any of these.
NOT_AS_KNOWN = {404, 409, 410, 412}
UID_IS_THERE = {400, 403, 409}


def write(access: Access, entry: Entry, known: Standing | None, *, seconds: float) -> Written:
    with Server(access, seconds=seconds) as server:
        try:
            if known is not None and not known.version:  # a server that told no version
                known = look(server, access, entry.uid, known) or known
            return _written(server, access, entry, known)
        except CannotRead as error:
            return _failed(error)


def remove(access: Access, uid: str, known: Standing | None, *, seconds: float) -> Written:
    with Server(access, seconds=seconds) as server:
        try:
            if known is None or not known.version:
                there = look(server, access, uid, known)
                if there is None or known is None:
                    return Written(Outcome.CHANGED if there else Outcome.DONE, there)
                known = there
            answer = server.ask("DELETE", known.place, headers={"If-Match": known.version})
            if answer.status in {404, 410, 412}:
                there = look(server, access, uid, known)
                return Written(Outcome.CHANGED if there else Outcome.DONE, there)
            return Written(Outcome.DONE) if _is_done(answer) else _said(answer)
        except CannotRead as error:
            return _failed(error)


def look(server: Server, access: Access, uid: str, known: Standing | None) -> Standing | None:
    """At its place, and then anywhere in the calendar: their owners' programs put entries where they like."""
    place = known.place if known else _place(access, uid)
    answer = server.ask("REPORT", access.url, multistatus.multiget(urlsplit(place).path), depth="1")
    parts = multistatus.read(answer)
    for part in parts:
        if part.status not in {404, 410} and (there := _understood(part, uid, place)) is not None:
            return there
    answer = server.ask("REPORT", access.url, multistatus.with_uid(uid), depth="1")
    for part in multistatus.entries(multistatus.read(answer)):
        if (there := _understood(part, uid, answer.resolved(part.href))) is not None:
            return there
    return None


def _written(server: Server, access: Access, entry: Entry, known: Standing | None) -> Written:
    place = known.place if known else _place(access, entry.uid)
    headers = {"Content-Type": CALENDAR_TEXT} | ({"If-Match": known.version} if known else {"If-None-Match": "*"})
    answer = server.ask("PUT", place, entries.written(entry), headers=headers)
    if _is_done(answer):
        return Written(Outcome.DONE, _as_told(server, access, entry, place, answer))
    if answer.status in NOT_AS_KNOWN | UID_IS_THERE:
        there = look(server, access, entry.uid, known)
        if there is not None and entry.agrees_with(there):
            return Written(Outcome.DONE, there)  # an answer that was lost, or the owner's own copy of it
        if there is not None or (known is not None and answer.status in NOT_AS_KNOWN):
            return Written(Outcome.CHANGED, there)
    return _said(answer)


def _as_told(server: Server, access: Access, entry: Entry, place: str, answer: Answer) -> Standing:
    """Its version from the answer, where that is one to compare by; else the server is asked for it."""
    version = answer.headers.get("ETag", "").strip()
    told = Standing(place, version, entry.starts_at, entry.ends_at, entry.title, entry.location, entry.sequence)
    # Behind Apache's compression an ETag is given another ending, by which nothing is found again.
    if version.startswith('"') and not version.endswith('-gzip"'):
        return told
    try:
        there = look(server, access, entry.uid, told)
    except CannotRead:
        there = None  # the next call looks first
    return there or Standing(place, "", entry.starts_at, entry.ends_at, entry.title, entry.location, entry.sequence)


def _understood(part: Part, uid: str, place: str) -> Standing | None:
    return entries.understood(part.text(f"{CALDAV}calendar-data"), uid, place, part.text(f"{DAV}getetag").strip())


def _is_done(answer: Answer) -> bool:
    return answer.status in {200, 201, 202, 204}


def _said(answer: Answer) -> Written:
    if (answer.status >= 500 and answer.status != 507) or answer.status in PASSES:
        return Written(Outcome.UNKNOWN, why=Why.UNREACHABLE, retry_at=retry_at(answer.headers))
    if answer.status in {401, 403, 404, 405, 407, 410}:
        return Written(Outcome.REFUSED, why=refused(answer).why)
    if answer.status == 409:  # there is no calendar to put it into
        return Written(Outcome.REFUSED, why=Why.GONE)
    return Written(Outcome.REFUSED, why=Why.NOT_ALLOWED)


def _failed(error: CannotRead) -> Written:
    is_unknown = error.why in {Why.UNREACHABLE, Why.TOO_LARGE, Why.NO_CALENDAR}
    return Written(Outcome.UNKNOWN if is_unknown else Outcome.REFUSED, why=error.why, retry_at=error.retry_at)


def _place(access: Access, uid: str) -> str:
    return urljoin(access.url.rstrip("/") + "/", f"{quote(uid, safe='')}.ics")
