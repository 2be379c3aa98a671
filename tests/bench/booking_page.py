"""What the booking page costs for a busy owner, as a ratio to an empty one's, measured side by side in one run.

python -m tests.bench.booking_page [MEETINGS]    (DATABASE_URL picks the database; SQLite without it)
"""

import sys
from functools import partial

from django.db import connection
from django.test import Client

from meetings.booking import settings as booking_settings
from meetings.models import Meeting
from tests.bench.availability import compare, owner_with

PAGES = {
    "the next free day": "/book/{name}/?zone=America/New_York",
    "a month": "/book/{name}/?zone=Europe/Berlin&month={month}",
    "a time that is gone": "/book/{name}/details/?zone=Europe/Berlin&at=2001-01-01T08:00Z",
}


def main(meetings: int) -> None:
    names = {}
    for kind, count in (("empty", 0), ("busy", meetings)):
        owner = owner_with(count, kind)
        names[kind] = booking_settings.change(owner=owner, is_page_on=True).public_name
    last = Meeting.objects.order_by("-starts_at").values_list("starts_at", flat=True)[0]
    print(f"{Meeting.objects.count()} meetings until {last:%d %b %Y}, {connection.vendor}")
    client = Client()
    for what, path in PAGES.items():
        addresses = {kind: path.format(name=name, month=f"{last:%Y-%m}") for kind, name in names.items()}
        compare(what, partial(client.get, addresses["empty"]), partial(client.get, addresses["busy"]))


if __name__ == "__main__":
    name = connection.creation.create_test_db(verbosity=0)
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
