"""Calendars and what they take, written straight into the tables, as a reading would leave them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.calendars import choosing
from integrations.calendars.mirror import AHEAD
from integrations.calendars.models import BusyTime, Calendar
from okey.owners.models import Owner

#: A Tuesday, seven o'clock in Berlin.
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
#: The day after, nine o'clock in Berlin.
NINE = datetime(2026, 12, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def calendar_of(owner: Owner, name: str = "Work", **facts: Any) -> Calendar:
    """One that was just read; with `read_at=None` one that was not yet."""
    made = choosing.add_address(owner=owner, url=f"https://cal.example/{name}.ics", name=name)
    facts = {"read_at": NOW, "covers_until": NOW + AHEAD} | facts
    Calendar.objects.filter(pk=made.pk).update(**facts)
    return Calendar.objects.get(pk=made.pk)


def busy_in(calendar: Calendar, starts_at: datetime, length: timedelta = HOUR, **more: Any) -> BusyTime:
    given = {"kind": "busy", "uid": "dentist"} | more
    return BusyTime.objects.create(
        calendar=calendar, owner=calendar.owner, starts_at=starts_at, ends_at=starts_at + length, **given
    )
