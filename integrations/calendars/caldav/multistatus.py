"""What is asked in XML, and the answers to it (RFC 4918, RFC 4791)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations.calendars.base import CannotRead, Why
from integrations.calendars.caldav.http import Answer, refused

DAV, CALDAV, SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
HEAD = '<?xml version="1.0" encoding="utf-8"?>'


@dataclass
class Part:
    """Of an answer, what it says of one resource. `status`: of all of it. `properties`: those that are there."""

    href: str
    status: int = 200
    properties: dict[str, Element] = field(default_factory=dict)
    #: The worst status of a property that is not just missing.
    failed: int = 0

    def text(self, name: str) -> str:
        found = self.properties.get(name)
        return "" if found is None else "".join(found.itertext())

    def hrefs(self, name: str) -> list[str]:
        found = self.properties.get(name)
        return [] if found is None else [one.text or "" for one in found.iter(f"{DAV}href")]

    def kinds(self, name: str) -> set[str]:
        """The names of the elements within a property."""
        found = self.properties.get(name)
        return set() if found is None else {one.tag for one in found.iter()} - {name}


def read(answer: Answer) -> list[Part]:
    """Raises CannotRead."""
    if answer.status != 207:
        raise refused(answer)
    try:
        root = fromstring(answer.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an encoding that is none
        raise CannotRead(Why.NO_CALENDAR) from None
    if root.tag != f"{DAV}multistatus":
        raise CannotRead(Why.NO_CALENDAR)
    return [_part(one) for one in root.iterfind(f"{DAV}response")]


def _part(response: Element) -> Part:
    part = Part((response.findtext(f"{DAV}href") or "").strip())
    if (said := response.findtext(f"{DAV}status")) is not None:
        part.status = _status(said)
    for group in response.iterfind(f"{DAV}propstat"):
        status = _status(group.findtext(f"{DAV}status") or "")
        if 200 <= status < 300:
            part.properties |= {one.tag: one for held in group.iterfind(f"{DAV}prop") for one in held}
        elif status != 404:
            part.failed = max(part.failed, status)
    return part


def _status(line: str) -> int:
    """Of "HTTP/1.1 200 OK"; 500 of what is no such line."""
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() and len(words[1]) == 3 else 500


def propfind(*names: str) -> bytes:
    """`names` with their prefixes: D, C or S."""
    wanted = "".join(f"<{name}/>" for name in names)
    return f"{HEAD}<D:propfind {NAMESPACES}><D:prop>{wanted}</D:prop></D:propfind>".encode()


def between(since: datetime, until: datetime) -> bytes:
    """Every entry with an occurrence in that time, whole."""
    return _query(f'<C:time-range start="{_stamp(since)}" end="{_stamp(until)}"/>')


def with_uid(uid: str) -> bytes:
    match = f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
    return _query(f'<C:prop-filter name="UID">{match}</C:prop-filter>')


def multiget(href: str) -> bytes:
    wanted = f"<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>{escape(href)}</D:href>"
    return f"{HEAD}<C:calendar-multiget {NAMESPACES}>{wanted}</C:calendar-multiget>".encode()


def _query(condition: str) -> bytes:
    wanted = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    events = f'<C:comp-filter name="VEVENT">{condition}</C:comp-filter>'
    only = f'<C:filter><C:comp-filter name="VCALENDAR">{events}</C:comp-filter></C:filter>'
    return f"{HEAD}<C:calendar-query {NAMESPACES}>{wanted}{only}</C:calendar-query>".encode()


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def entries(parts: list[Part]) -> Iterator[Part]:
    """Those that have a calendar's text.

    An entry that is gone by now is no matter; one that its reader may not see comes without text. Raises CannotRead
    where the server says of one that it is not well, or that there are more than it tells: never free by accident.
    """
    for part in parts:
        worst = max(part.status, part.failed)
        if worst == 507:
            raise CannotRead(Why.TOO_LARGE)
        if worst >= 400 and worst not in {403, 404, 410}:
            raise CannotRead(Why.UNREACHABLE)
        if part.status not in {404, 410}:
            yield part
