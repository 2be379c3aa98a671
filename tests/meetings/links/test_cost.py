"""What one link costs the database: statements and transactions, from due to settled. On both databases.

The claim is counted as one. A warm link of an owner who is connected, with the client's invitation and a webhook that
asks for everything (the ordinary case), and the bare one.
"""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from meetings.links import making
from meetings.models import LinkJob
from okey.lib.lanes import Work
from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, EventType
from tests.meetings.linking import Schedule, job_of
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db(transaction=True)

TRANSACTIONS = 7
LINKS = Work(LinkJob, making.work_in_turn, making.TOKEN_SECONDS)


def transactions(statements: list[str]) -> int:
    """A statement outside of BEGIN and COMMIT is one of its own."""
    count, is_open = 0, False
    for sql in statements:
        if sql.startswith("BEGIN"):
            is_open = True
        elif sql.startswith("COMMIT"):
            is_open = False
            count += 1
        elif not is_open:
            count += 1
    return count


@pytest.mark.parametrize(
    ("is_ordinary", "cost"), [(True, 18), (False, 17)], ids=["with an invitation and a webhook", "bare"]
)
def test_a_warm_link_costs_so_many_statements(
    zoom: ZoomSimulator, alice: Owner, schedule: Schedule, is_ordinary: bool, cost: int
) -> None:
    connect_zoom(zoom, alice)
    if is_ordinary:
        endpoints.add(owner=alice, url="https://hooks.example.com/okey", events=list(EventType.values))
    meeting = schedule(by_mail=is_ordinary)
    Delivery.objects.all().delete()
    with CaptureQueriesContext(database) as captured:
        assert LINKS.do_next()  # as a worker does
    meeting.refresh_from_db()
    statements = [query["sql"] for query in captured.captured_queries]
    assert len(statements) == cost, "\n".join(sql[:200] for sql in statements)
    assert transactions(statements) == TRANSACTIONS
    assert not any("SAVEPOINT" in sql for sql in statements)
    assert meeting.join_url
    assert (job_of(meeting).due_at, job_of(meeting).claim) == (None, None)
    assert Delivery.objects.count() == is_ordinary
    assert meeting.invitations.filter(due_at__isnull=False).exists() == is_ordinary
