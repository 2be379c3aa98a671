"""What `python -m tests.bench.pages` fills a database with fits the tables."""

import pytest
from django.apps import apps
from django.db import connection

from integrations.models import Connection
from meetings import reading
from meetings.models import Meeting, MeetingEvent
from okey.owners.models import Owner
from tests.bench import fill
from tests.releases import previous

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="filled by PostgreSQL"),
]


def test_it_names_no_column_that_the_release_before_had_not() -> None:
    known = previous().tables
    for model, columns, _ in fill.ROWS:
        names = {name.strip().strip('"') for name in columns.split(",")}
        assert names <= set(known[apps.get_model(model)._meta.db_table]), model


def test_every_table_is_filled_and_the_heavy_owner_has_a_fiftieth() -> None:
    fill.fill(400)

    heavy = Owner.objects.get(email=fill.HEAVY)
    assert Meeting.objects.count() == 400
    assert heavy.meetings.count() == 8
    assert Owner.objects.get(email=fill.ORDINARY).meetings.exists()
    assert not MeetingEvent.objects.filter(owner=None).exists()
    assert reading.search(reading.meetings_of(heavy), "KICK client", heavy).count() == 8
    assert Connection.objects.get(owner=heavy).account.opened("tokens")
