"""An entry as it is put into a calendar, and what is read of one that stands there."""

from datetime import UTC, date, datetime, time
from typing import Any

import icalendar

from integrations.calendars.base import Entry, Standing

PRODUCT = "-//O-Key//O-Key//EN"
#: O-Key's own entries are a tenth of that; more is not looked into.
LARGEST = 64 * 1024


def written(entry: Entry) -> bytes:
    """No METHOD, which a stored entry may not have; nobody invited, or the server would mail them by itself."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.title)
    event.add("description", entry.words)
    if entry.location:
        event.add("location", entry.location)
    if entry.link:
        event.add("url", entry.link)
    event.add("status", "CONFIRMED")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def understood(text: str, uid: str, place: str, version: str) -> Standing | None:
    """None where it is another entry. Without times where it is not one that can be understood."""
    if uid not in text:
        return None
    if len(text) > LARGEST:
        return Standing(place, version)
    try:
        events = icalendar.Calendar.from_ical(text).walk("VEVENT")
        event = next((one for one in events if "RECURRENCE-ID" not in one), None)
        if event is None or str(event.get("UID") or "") != uid:
            return None
        return Standing(
            place,
            version,
            _moment(event.get("DTSTART")),
            _moment(event.get("DTEND")),
            str(event.get("SUMMARY") or ""),
            str(event.get("LOCATION") or ""),
            int(event.get("SEQUENCE") or 0),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return Standing(place, version)


def _moment(value: Any) -> datetime | None:
    """Of a whole day, and of a time without a zone, as if in UTC: it is not what O-Key has written anyway."""
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return datetime.combine(moment, time(), UTC) if isinstance(moment, date) else None
