"""What an owner's own calendars cost in CPU: the booking page with six of 5,000 entries over one without any, drawn
turn by turn in one run; and the first reading of 5,000 entries.

python -m tests.bench.calendars [ENTRIES]    (DATABASE_URL picks the database; SQLite without it)
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.calendars import choosing, mirror
from integrations.calendars.expansion import running
from integrations.calendars.expansion.events import Busy, Question
from integrations.calendars.models import BusyTime, Calendar
from meetings.booking import settings as booking_settings
from meetings.models import MeetingSettings
from okey.owners.models import Owner
from tests.bench.rows import Row, print_table

ROUNDS, CALENDARS = 15, 6
DAYS = 400
#: Of one entry a day each, in UTC: two of them within the owner's hours.
HOURS = (5, 5.5, 6, 6.5, 11, 11.5, 17, 17.5, 18, 18.5, 19, 19.5, 20)
SERIES = 50


def starts(entries: int) -> list[datetime]:
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        today + timedelta(days=number % DAYS, hours=HOURS[number // DAYS % len(HOURS)]) for number in range(entries)
    ]


def owner_with(calendars: int, entries: int, name: str) -> str:
    """The name of their booking page."""
    owner = Owner.objects.create_user(f"{name}@example.com", name=name, timezone="Europe/Berlin")
    MeetingSettings.objects.create(owner=owner, horizon_days=366)
    for number in range(calendars):
        calendar = choosing.add_address(owner=owner, url=f"https://cal.example/{number}.ics", name=str(number))
        Calendar.objects.filter(pk=calendar.pk).update(read_at=timezone.now())
        length, shift = timedelta(minutes=30), timedelta(minutes=5 * number)
        busy = {Busy(at + shift, at + shift + length, "busy", str(at)) for at in starts(entries)}
        BusyTime.objects.bulk_create(
            (
                BusyTime(calendar=calendar, owner=owner, starts_at=one.starts_at, ends_at=one.ends_at, kind="busy")
                for one in busy
            ),
            batch_size=500,
        )
    return booking_settings.change(owner=owner, is_page_on=True).public_name


def cpu(call: Callable[[], object]) -> float:
    """Seconds of this process and of those that it has waited for."""
    begun = _used()
    call()
    return _used() - begun


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def page(path: str, names: list[str], what: str) -> list[Row]:
    client = Client()
    calls = [partial(client.get, path.format(name=name)) for name in names]
    queries = []
    for call in calls:
        with CaptureQueriesContext(connection) as seen:
            assert call().status_code == 200
        queries.append(len(seen))
    pairs = [tuple(map(cpu, calls)) for _round in range(ROUNDS)]
    without, six = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    seen = f"{six:.1f} ms / {without:.1f} ms"
    return [
        Row(f"{what}: six calendars over none, CPU", six / without, "≤ 1.5", seen),
        Row(f"{what}: queries more", queries[1] - queries[0], "≤ 0", f"{queries[1]} and {queries[0]}"),
    ]


def first_reading(entries: int) -> Row:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//bench//EN"]
    for number, at in enumerate(starts(entries)):
        rule = ["RRULE:FREQ=WEEKLY"] if number < SERIES else []
        lines += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260101T000000Z", f"DTSTART:{at:%Y%m%dT%H%M%SZ}"]
        lines += ["DURATION:PT30M", "SUMMARY:Something", *rule, "END:VEVENT"]
    text = ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()
    owner = Owner.objects.create_user("reader@example.com", name="Reader", timezone="Europe/Berlin")
    calendar = choosing.add_address(owner=owner, url="https://cal.example/first.ics", name="First")
    asked: Question = mirror.question(calendar, timezone.now())

    def read() -> None:
        mirror._replace(
            calendar, BusyTime.objects.filter(calendar=calendar), running.expanded(text, asked, seconds=600).busy
        )

    took = cpu(read)
    return Row(
        f"first reading of {entries} entries, seconds of CPU",
        took,
        "≤ 10",
        f"{BusyTime.objects.filter(calendar=calendar).count()} busy times kept",
    )


def main(entries: int) -> int:
    names = [owner_with(count, entries, name) for count, name in ((0, "none"), (CALENDARS, "six"))]
    month = f"{timezone.now() + timedelta(days=60):%Y-%m}"
    rows = [
        *page("/book/{name}/?zone=Europe/Berlin", names, "the next free day"),
        *page("/book/{name}/?zone=Europe/Berlin&month=" + month, names, "a month"),
        first_reading(entries),
    ]
    print(f"{BusyTime.objects.count()} busy times, {connection.vendor}; medians of {ROUNDS} rounds")
    print_table(rows)
    return 0 if all(row.is_met is not False for row in rows) else 1


if __name__ == "__main__":
    name = connection.creation.create_test_db(verbosity=0)
    try:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
