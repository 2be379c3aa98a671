"""What availability costs for a busy owner, as a ratio to an empty one's, measured side by side in one run.

python -m tests.bench.availability [MEETINGS]    (DATABASE_URL picks the database; SQLite without it)
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import islice

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.hours import availability
from meetings.models import Meeting, MeetingSettings
from okey.contacts.models import Contact
from okey.owners.models import Owner

ROUNDS = 15


def owner_with(meetings: int, name: str) -> Owner:
    owner = Owner.objects.create_user(f"{name}@example.com", name=name, timezone="Europe/Berlin")
    MeetingSettings.objects.create(owner=owner, horizon_days=366)
    contact = Contact.objects.create(owner=owner, name="Ann", email="ann@example.com")
    free = availability.free_slots(owner, until=timezone.now() + timedelta(days=366))
    Meeting.objects.bulk_create(
        Meeting(
            owner=owner,
            contact=contact,
            title="Busy",
            starts_at=slot.starts_at,
            minutes=30,
            ends_at=slot.ends_at,
            timezone="UTC",
        )
        for slot in islice(free[::2], meetings)
    )
    return owner


def milliseconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def compare(what: str, empty: Callable[[], object], busy: Callable[[], object]) -> None:
    """Turn by turn, so that whatever else the machine does falls on both."""
    pairs = [(milliseconds(empty), milliseconds(busy)) for _round in range(ROUNDS)]
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    queries = [_queries(call) for call in (empty, busy)]
    print(
        f"{what:<24} empty {medians[0]:7.1f} ms, {queries[0]} queries   busy {medians[1]:7.1f} ms, {queries[1]} queries"
        f"   ratio {medians[1] / medians[0]:.2f}"
    )


def _queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def main(meetings: int) -> None:
    empty, busy = owner_with(0, "empty"), owner_with(meetings, "busy")
    now = timezone.now()
    count = Meeting.objects.filter(owner=busy).count()
    print(f"A busy owner has {count} meetings in a year. Medians of {ROUNDS} rounds on {connection.vendor}.")
    spans = {"a year of slots": 366, "a month of slots": 31, "a day of slots": 1}
    questions: dict[str, Callable[[Owner], object]] = {
        **{what: partial(availability.free_slots, until=now + timedelta(days=days)) for what, days in spans.items()},
        "the next five": partial(availability.next_free, after=now),
        "is this time free?": partial(availability.is_free, starts_at=now + timedelta(days=1)),
    }
    for what, ask in questions.items():
        compare(what, partial(ask, empty), partial(ask, busy))


if __name__ == "__main__":
    name = connection.creation.create_test_db(verbosity=0)
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
