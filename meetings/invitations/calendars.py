"""A meeting as calendars know it: iCalendar parts for mails, a file to download, and addresses of web calendars.

docs/invitations.md says why each property is as it is.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from icalendar import Calendar, Event, vCalAddress
from icalendar.prop import vDuration, vText

from okey.mails.addresses import mailto

PRODUCT = "-//O-Key//O-Key//EN"
#: How often a calendar that subscribes may look. Most have a pace of their own.
LOOK_AGAIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Person:
    """`name` is "" where it must not be shown."""

    name: str
    email: str

    def address(self, **parameters: str) -> vCalAddress:
        address = vCalAddress(mailto(self.email))
        # The escape for a quotation mark (RFC 6868) is shown as it is by some.
        named = {"CN": plain(self.name).replace('"', "'")} if self.name else {}
        for name, value in (named | parameters).items():
            address.params[name] = vText(value)
        return address


@dataclass(frozen=True)
class Entry:
    """What a client's calendar holds of a meeting.

    `page` is its address in O-Key, which leads to the current link; "" for whom it is closed.
    """

    uid: str
    sequence: int
    title: str
    starts_at: datetime  # aware
    ends_at: datetime
    is_cancelled: bool
    page: str
    words: str
    #: When it last changed; None where that is now.
    changed_at: datetime | None = None
    #: Of the place: the join link, in the owner's own calendar. "": the page.
    link: str = ""
    #: Where they meet, if not by video.
    place: str = ""


def request(entry: Entry, *, organizer: Person, attendee: Person, is_booked_by_them: bool) -> bytes:
    """An invitation or a change of it; METHOD:CANCEL where the meeting is cancelled."""
    calendar = _calendar("CANCEL" if entry.is_cancelled else "REQUEST")
    event = _event(entry)
    event["organizer"] = organizer.address()
    # Who chose the time has accepted it, and nobody asks them once more.
    status = "ACCEPTED" if is_booked_by_them else "NEEDS-ACTION"
    event["attendee"] = attendee.address(
        CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", PARTSTAT=status, RSVP="FALSE" if is_booked_by_them else "TRUE"
    )
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def download(entry: Entry) -> bytes:
    """The same entry as a file. No METHOD and nobody's address: it is a copy to keep, not a message to answer."""
    calendar = _calendar()
    calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def publication(entries: Iterable[Entry], *, organizer: Person, name: str = "") -> bytes:
    """For the owner's own calendar: nobody is invited by it, and nobody asked whether they come.

    With a `name` it is what a calendar that subscribes reads, and says how often to look.
    """
    calendar = _calendar("PUBLISH")
    if name:
        calendar.add("name", plain(name))  # RFC 7986; the others are what calendars knew before
        calendar.add("x-wr-calname", plain(name))
        calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar["x-published-ttl"] = vDuration(LOOK_AGAIN)
    for entry in entries:
        event = _event(entry)
        event["organizer"] = organizer.address()  # RFC 5546 wants one in what is published, too
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def web_calendars(entry: Entry) -> list[tuple[str, str]]:
    """(name, address) of web calendars' own pages for a new entry, filled in."""
    microsoft = "/calendar/0/deeplink/compose?" + _microsoft(entry)
    return [
        ("Google", "https://calendar.google.com/calendar/render?" + _google(entry)),
        ("Outlook.com", "https://outlook.live.com" + microsoft),
        ("Microsoft 365", "https://outlook.office.com" + microsoft),
    ]


def plain(text: str) -> str:
    """Without control characters, which neither iCalendar nor a mail's header allows."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cc")


def _calendar(method: str = "") -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    return calendar


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at or datetime.now(UTC))
    if entry.changed_at is not None:
        event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", plain(entry.title))
    event.add("description", f"{entry.words}\n{entry.page}".strip())
    if address := entry.link or entry.page:
        event.add("location", entry.place or address)
        event.add("url", address)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    return event


def _google(entry: Entry) -> str:
    stamps = "/".join(f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in (entry.starts_at, entry.ends_at))
    return urlencode(
        {
            "action": "TEMPLATE",
            "text": entry.title,
            "dates": stamps,
            "details": f"{entry.words}\n{entry.page}",
            "location": entry.place or entry.page,
        }
    )


def _microsoft(entry: Entry) -> str:
    starts, ends = (f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (entry.starts_at, entry.ends_at))
    fields = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": entry.title,
        "startdt": starts,
        "enddt": ends,
        "body": f"{entry.words} {entry.page}",
        "location": entry.place or entry.page,
    }
    return urlencode(fields, quote_via=quote)  # it shows a "+" as a plus
