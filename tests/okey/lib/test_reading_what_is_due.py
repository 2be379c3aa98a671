"""What is asked every few seconds, and by every seat, reads what is due: neither history nor what waits costs it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from okey.lib import claims
from okey.lib.claims import Claimable
from okey.owners.models import Owner
from okey.webhooks.models import Delivery, Endpoint, Event
from tests import plans
from tests.okey.lib.test_claims import nodes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL reads"),
]

ENDPOINTS, EVENTS = 1000, 3


@pytest.mark.parametrize("model", [model for model in apps.get_models() if issubclass(model, Claimable)])
def test_whether_anything_is_due_is_read_by_an_index(model: type[Claimable]) -> None:
    plans.empty_and_uncounted()
    plans.one_look_a_row()
    plan = model._default_manager.order_by().filter(due_at__lte=timezone.now()).explain()
    assert "Index Cond: (due_at <=" in plan, plan


def test_one_delivery_that_is_due_is_taken_without_a_look_at_other_endpoints_and_their_history(alice: Owner) -> None:
    now = timezone.now()
    over: dict[str, Any] = {"created_at": now, "give_up_at": now + timedelta(days=3), "state": Delivery.State.DELIVERED}
    listening = [Endpoint(owner=alice, url="https://example.com/", events="") for _ in range(ENDPOINTS)]
    endpoints = Endpoint.objects.bulk_create(listening)
    happened = Event.objects.bulk_create(Event(owner=alice, type="meeting.scheduled", data={}) for _ in range(EVENTS))
    Delivery.objects.bulk_create(
        Delivery(endpoint=endpoint, event=event, turn=str(endpoint.pk), **over)
        for endpoint in endpoints
        for event in happened
    )
    Delivery.objects.filter(endpoint=endpoints[7], event=happened[0]).update(due_at=now - timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE webhooks_delivery, webhooks_endpoint")
    assert rows_read_to_take_the_next(Delivery) <= 10


def rows_read_to_take_the_next(model: type[Claimable]) -> int:
    """Of any table, those that a condition left out as well."""
    sql, moment, params, _told = claims._next_row(model, connection.vendor)
    now = timezone.now()
    values = [connection.ops.adapt_datetimefield_value(now) if one == moment else one for one in params]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", [uuid4(), now, *values])
        [[[plan]]] = cursor.fetchall()
    scans = [node for node in nodes(plan["Plan"]) if node["Node Type"].endswith("Scan") and "Relation Name" in node]
    assert any(scan["Actual Rows"] for scan in scans), "the row that is due is there"
    return sum(
        round(scan["Actual Loops"] * (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0))) for scan in scans
    )
