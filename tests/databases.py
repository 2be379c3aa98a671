"""Which tests run on which database. PostgreSQL is what production has and runs all that ask one; SQLite, which
`make run` has, runs what may differ there: what several threads do at once, and the files below.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SQLITE, POSTGRESQL = "sqlite", "postgresql"
#: Names the database whose tests run; without it all run, on the one that there is.
VARIABLE = "OKEY_TESTS_OF"
#: Claims, locks, limits that a constraint keeps, statements of our own, searches, lists in order, days and clocks in
#: queries, and how many statements something takes. Folders stand for all their files.
BOTH = (
    "tests/integrations/test_accounts_of_vendors.py",
    "tests/integrations/test_admin.py",
    "tests/integrations/test_connecting.py",
    "tests/integrations/test_disconnecting.py",
    "tests/integrations/test_doctor.py",
    "tests/integrations/test_lost_refreshes.py",
    "tests/integrations/test_one_refresh.py",
    "tests/integrations/test_refreshing.py",
    "tests/meetings/api/test_lists_by_api.py",
    "tests/meetings/api/test_one_key_many_requests.py",
    "tests/meetings/booking/test_bookings.py",
    "tests/meetings/bot/test_cost.py",
    "tests/meetings/bot/test_talking.py",
    "tests/meetings/hours",
    "tests/meetings/invitations/test_lost_answers.py",
    "tests/meetings/links/test_cost.py",
    "tests/meetings/links/test_job_list.py",
    "tests/meetings/links/test_late_creates.py",
    "tests/meetings/links/test_making.py",
    "tests/meetings/pages/test_lists.py",
    "tests/meetings/test_reading_at_size.py",
    "tests/okey/api/oauth",
    "tests/okey/contacts",
    "tests/okey/lib",
    "tests/okey/mails",
    "tests/okey/owners/test_adding_owners.py",
    "tests/okey/test_admin_lists.py",
    "tests/okey/test_slow_statements.py",
    "tests/okey/webhooks/test_delivering.py",
    "tests/test_filling.py",
    "tests/test_indexes.py",
)


def databases_of(item: pytest.Item) -> set[str]:
    """Of a test that asks none, or any in the same way (`one_database`), SQLite: it needs no server."""
    marker, fixtures = item.get_closest_marker("django_db"), set(getattr(item, "fixturenames", ()))
    asks = marker is not None or bool(fixtures & {"db", "transactional_db"})
    if not asks or item.get_closest_marker("one_database") is not None:
        return {SQLITE}
    has_threads = "transactional_db" in fixtures or (marker is not None and marker.kwargs.get("transaction", False))
    file = item.path.relative_to(ROOT)
    is_of_both = any(path in BOTH for path in (file.as_posix(), *(folder.as_posix() for folder in file.parents)))
    return {SQLITE, POSTGRESQL} if has_threads or is_of_both else {POSTGRESQL}
