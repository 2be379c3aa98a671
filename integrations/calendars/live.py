"""The live question: before a client books, the owner's calendars are asked for exactly the wanted time.

No transaction is open meanwhile. What takes the time goes to the mirror, and that a calendar answered is kept as an
`Answer`: whoever decides under the owner's lock finds both in the database (busy.py).
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integrations.calendars import granted, mirror
from integrations.calendars.base import CannotRead, Reading
from integrations.calendars.models import Answer, Calendar
from integrations.calendars.sources import source
from integrations.providers.base import Outcome
from okey.lib import deadlines
from okey.lib.sealing import CannotOpen
from okey.limits import limits

#: For all of an owner's calendars together, the wait for a free place included.
SECONDS = 3.0
#: Questions about one owner's times, which strangers bring about; beyond them bookings are made without an answer.
AN_HOUR = 120
#: Of one web process, at once.
PLACES = 8
#: How long answers are kept.
FORGOTTEN_AFTER = timedelta(minutes=10)

# Looking a name up cannot be interrupted, so it is done where no page waits for its end.
_askers = ThreadPoolExecutor(PLACES, thread_name_prefix="calendar-question")


def ask(owner_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Ask them all at once. Raises nothing, and ends within SECONDS.

    A calendar that could not be read lately is not waited for: it has not answered.
    """
    with transaction.atomic(durable=True):  # whoever waits for an answer keeps nobody waiting
        calendars = list(Calendar.objects.select_related("owner", "account").filter(owner=owner_id))
    if not calendars:
        return
    answered = set()
    if limits.hit("calendars asked", str(owner_id), limit=AN_HOUR, seconds=3600).allowed:
        well = [one for one in calendars if not one.trouble]
        for calendar, reading in _answers(well, starts_at, ends_at):
            _keep(calendar, reading, starts_at, ends_at)
            answered.add(calendar.pk)
    silent = [one.pk for one in calendars if one.pk not in answered]
    if silent:  # what they said to somebody else a moment ago is no answer to this one
        about = Answer.objects.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
        about.filter(calendar__in=silent).delete()


def _answers(asked: list[Calendar], starts_at: datetime, ends_at: datetime) -> Iterator[tuple[Calendar, Reading]]:
    """Those that came in time, and are answers."""
    now, over = timezone.now(), time.monotonic() + SECONDS
    under_way: dict[Future[Reading], Calendar] = {}
    for calendar in asked:
        question = replace(mirror.question(calendar, now), since=starts_at, until=ends_at)
        try:
            with deadlines.within(over - time.monotonic()):  # a token may have to be renewed first
                secret = granted.secret(calendar)
        except (CannotOpen, CannotRead):
            continue
        marks, left = mirror.marks(calendar, now), max(over - time.monotonic(), 0.1)
        under_way[_askers.submit(source(calendar.source).ask, secret, marks, question, seconds=left)] = calendar
    done, late = wait(under_way, timeout=max(over - time.monotonic(), 0))
    for call in late:
        call.cancel()
    for call in done:
        try:
            reading = call.result()
        except (CannotRead, Outcome):
            continue  # the next reading says why
        if not mirror.is_emptied(under_way[call], reading.found, now):
            yield under_way[call], reading


@transaction.atomic
def _keep(calendar: Calendar, reading: Reading, starts_at: datetime, ends_at: datetime) -> None:
    """Only adds to the mirror; the rest of what has changed comes with a reading, which is due at once then."""
    if not Calendar.objects.select_for_update(no_key=True, of=("self",)).filter(pk=calendar.pk).exists():
        return  # removed meanwhile
    now = timezone.now()
    Answer.objects.filter(calendar=calendar, answered_at__lt=now - FORGOTTEN_AFTER).delete()
    Answer.objects.create(calendar=calendar, starts_at=starts_at, ends_at=ends_at, answered_at=now)
    if reading.found is not None:
        mirror.add(calendar, reading.found.busy)
