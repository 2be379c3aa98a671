"""From what an owner types (a server, or their e-mail address) to the calendars that are theirs there (RFC 6764)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from integrations.calendars.base import CannotRead, Why
from integrations.calendars.caldav import multistatus
from integrations.calendars.caldav.http import Access, Answer, Server
from integrations.calendars.caldav.multistatus import CALDAV, DAV, Part
from okey.lib import opened_hosts

#: Where those are that have no address of their own at their domain.
KNOWN = {
    "icloud.com": "https://caldav.icloud.com/",
    "www.icloud.com": "https://caldav.icloud.com/",
    "me.com": "https://caldav.icloud.com/",
    "mac.com": "https://caldav.icloud.com/",
    "fastmail.com": "https://caldav.fastmail.com/dav/",
    "www.fastmail.com": "https://caldav.fastmail.com/dav/",
    "fastmail.fm": "https://caldav.fastmail.com/dav/",
}
#: Where servers are found, beside the address that is given; the last is Nextcloud's own.
PATHS = ("/.well-known/caldav", "/", "/remote.php/dav/")
HOMES_MAX, CALENDARS_MAX = 3, 100
PRINCIPAL = multistatus.propfind("D:current-user-principal", "D:resourcetype")
HOME = multistatus.propfind("C:calendar-home-set", "C:calendar-user-address-set")
CALENDAR = multistatus.propfind(
    "D:resourcetype",
    "D:displayname",
    "D:current-user-privilege-set",
    "C:supported-calendar-component-set",
    "C:calendar-timezone",
)


class NoBasicSignIn(CannotRead):
    """It wants another sign-in than by user name and password."""

    def __init__(self) -> None:
        super().__init__(Why.NOT_ALLOWED)


@dataclass(frozen=True)
class FoundCalendar:
    """`zone`: the name of its time zone; "" where it has none that is known."""

    url: str
    name: str
    can_write: bool
    zone: str


@dataclass
class Home:
    """What was found: `url` is where it was, `addresses` the owner's own e-mail addresses there."""

    url: str
    calendars: list[FoundCalendar] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


def find(entered: str, user: str, password: str, *, seconds: float) -> Home:
    """Raises CannotRead (LeadsElsewhere, NoBasicSignIn), and ValueError where nobody may be asked there."""
    start = starting_at(entered)
    with Server(Access(start, user, password), seconds=seconds) as server:
        answer, parts = _beginning(server, start)
        home = Home(answer.url)
        for principal in _hrefs(answer, parts, f"{DAV}current-user-principal")[:1]:
            _add_homes(server, principal, home)
        if not home.calendars:  # the address of one calendar, or of a home, is good enough
            _add_calendars(server, answer.url, home)
    if not home.calendars:
        raise CannotRead(Why.NO_CALENDAR)
    return home


def starting_at(entered: str) -> str:
    """The address to begin at. Raises ValueError where it may not be asked."""
    entered = entered.strip()
    scheme, divided, rest = entered.partition("://")
    if not divided:
        entered = f"https://{entered.rpartition('@')[2]}"
    elif scheme.lower() in {"caldav", "caldavs", "webcal"}:
        entered = f"https://{rest}"
    if opened_hosts.wrong_with(entered):
        raise ValueError
    parts = urlsplit(entered)
    if parts.path in {"", "/"}:
        return KNOWN.get(parts.hostname or "", f"{parts.scheme}://{parts.netloc}/")
    return entered


def _beginning(server: Server, start: str) -> tuple[Answer, list[Part]]:
    """The first of the likely addresses that knows who signs in there, or is a calendar itself."""
    parts = urlsplit(start)
    likely = dict.fromkeys([start] * (parts.path != "/") + [f"{parts.scheme}://{parts.netloc}{one}" for one in PATHS])
    wrong = CannotRead(Why.NO_CALENDAR)
    for address in likely:
        try:
            answer = _greeted(server, address)
            said = multistatus.read(answer)
        except CannotRead as error:
            if error.why not in {Why.NO_CALENDAR, Why.GONE, Why.NOT_ALLOWED}:
                raise
            if isinstance(error, NoBasicSignIn):
                wrong = error
            continue
        knows_who = any(one.hrefs(f"{DAV}current-user-principal") for one in said)
        if knows_who or any(_is_calendar(one) for one in said):
            return answer, said
    raise wrong


def _greeted(server: Server, address: str) -> Answer:
    """First without the password: only a server that asks for one is told it, and only where it may follow.

    An e-mail domain's web site, or whom it leads to, never hears it.
    """
    first = server.ask("PROPFIND", address, PRINCIPAL, is_signed=False, depth="0")
    if first.status == 401 and "basic" not in first.headers.get("WWW-Authenticate", "").lower():
        raise NoBasicSignIn
    if first.status in {401, 207}:
        return server.ask("PROPFIND", first.url, PRINCIPAL, depth="0")
    if first.status >= 500:
        raise CannotRead(Why.UNREACHABLE)
    raise CannotRead(Why.NO_CALENDAR)


def _add_homes(server: Server, principal: str, home: Home) -> None:
    answer = server.ask("PROPFIND", principal, HOME, depth="0")
    parts = multistatus.read(answer)
    said = [one for part in parts for one in part.hrefs(f"{CALDAV}calendar-user-address-set")]
    home.addresses = [one[7:].lower() for one in said if one.lower().startswith("mailto:") and "@" in one][:20]
    for address in _hrefs(answer, parts, f"{CALDAV}calendar-home-set")[:HOMES_MAX]:
        home.url = address
        _add_calendars(server, address, home)


def _add_calendars(server: Server, address: str, home: Home) -> None:
    answer = server.ask("PROPFIND", address, CALENDAR, depth="1")
    for part in multistatus.read(answer):
        url = answer.resolved(part.href)
        if _is_calendar(part) and _has_events(part) and url and len(home.calendars) < CALENDARS_MAX:
            name = part.text(f"{DAV}displayname").strip() or urlsplit(url).path.rstrip("/").rpartition("/")[2]
            zone = _zone(part.text(f"{CALDAV}calendar-timezone"))
            home.calendars.append(FoundCalendar(url, name, _can_write(part), zone))


def _hrefs(answer: Answer, parts: list[Part], name: str) -> list[str]:
    return [answer.resolved(href) for part in parts for href in part.hrefs(name) if href.strip()]


def _is_calendar(part: Part) -> bool:
    return f"{CALDAV}calendar" in part.kinds(f"{DAV}resourcetype")


def _has_events(part: Part) -> bool:
    kept = part.properties.get(f"{CALDAV}supported-calendar-component-set")
    return kept is None or "VEVENT" in {one.get("name", "").upper() for one in kept.iter()}


def _can_write(part: Part) -> bool:
    may = part.kinds(f"{DAV}current-user-privilege-set")
    return bool(may & {f"{DAV}all", f"{DAV}write"}) or {f"{DAV}bind", f"{DAV}write-content"} <= may


def _zone(text: str) -> str:
    """The name in a VTIMEZONE. UTC is what servers say that were told none."""
    return next((name for name in _names(text) if name.upper() not in {"UTC", "GMT", "ETC/UTC"} and _is_zone(name)), "")


def _names(text: str) -> Iterator[str]:
    for line in text[:20_000].splitlines():
        name, divided, value = line.strip().partition(":")
        if divided and name.upper() in {"TZID", "X-LIC-LOCATION"}:
            yield value.strip()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
