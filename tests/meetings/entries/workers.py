"""What the tests of entries do in place of a worker and of time."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.calendars import mirror
from integrations.calendars.models import Calendar
from meetings.entries import making
from meetings.models import CalendarEntry
from okey.lib import claims


class Killed(BaseException):
    """As kill -9: nothing that the process would have done after it is done."""


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
