"""What the tests of entries do in place of a worker and of time, and what stands in the calendar then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from icalendar import Calendar as ICalendar

from integrations.calendars import mirror
from integrations.calendars.models import Calendar
from meetings.entries import making
from meetings.models import CalendarEntry
from okey.lib import claims
from tests.calendar_servers import CalendarServer


class Killed(BaseException):
    """As kill -9: nothing that the process would have done after it is done."""


@dataclass(frozen=True)
class Stands:
    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    sequence: int


def go_on(clock: Any) -> None:
    """Claims run out, what is due later has become due, and workers do what they find."""
    for _round in range(4):
        clock.shift(timedelta(minutes=2))
        CalendarEntry.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        work_all()


def work_all() -> None:
    while claim := claims.take_next(CalendarEntry, seconds=making.LEASE_SECONDS):
        making.work_on(claim)


def read(calendar: Calendar) -> None:
    """What the lane of calendars does with it."""
    Calendar.objects.filter(pk=calendar.pk).update(due_at=timezone.now())
    claim = claims.take(Calendar, calendar.pk, seconds=mirror.LEASE_SECONDS)
    assert claim is not None
    mirror.work_on(claim)


def stand(server: CalendarServer) -> list[Stands]:
    """All entries of the calendar."""
    found = []
    for name in server.names():
        for event in ICalendar.from_ical(server.get(name)).walk("VEVENT"):
            texts = [str(event[key]) for key in ("UID", "SUMMARY")]
            place = str(event.get("LOCATION", ""))
            found.append(Stands(*texts, event["DTSTART"].dt, event["DTEND"].dt, place, int(event["SEQUENCE"])))
    return sorted(found, key=lambda one: one.starts_at)


def move(server: CalendarServer, **to: datetime) -> None:
    """The owner moves the only entry, in their calendar program."""
    (name,) = server.names()
    calendar = ICalendar.from_ical(server.get(name))
    (event,) = calendar.walk("VEVENT")
    event["DTSTART"].dt, event["DTEND"].dt = to["starts_at"], to["ends_at"]
    server.put(name, calendar.to_ical())
