"""Rate limits count what all processes and threads do, within a window cut by the clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory, override_settings

from okey.limits import limits
from okey.limits.models import Tally

NOON = datetime(2026, 8, 3, 12, 0, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_the_limit_is_allowed_and_one_more_is_not() -> None:
    with time_machine.travel(NOON, tick=False):
        verdicts = [limits.hit("book", "203.0.113.9", limit=2, seconds=60) for _ in range(3)]
        assert [verdict.allowed for verdict in verdicts] == [True, True, False]
        assert [verdict.left for verdict in verdicts] == [1, 0, 0]
        assert verdicts[2].retry_seconds == 30
        assert limits.hit("book", "203.0.113.10", limit=2, seconds=60).allowed
        assert limits.hit("chat", "203.0.113.9", limit=2, seconds=60).allowed


@pytest.mark.django_db
def test_the_next_window_begins_anew_and_the_old_tally_is_gone() -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        for _ in range(3):
            limits.hit("book", "somebody", limit=2, seconds=60)
        traveller.shift(61)
        assert limits.hit("book", "somebody", limit=2, seconds=60).left == 1
        assert Tally.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_counted_as_twenty() -> None:
    def one(_number: int) -> bool:
        try:
            return limits.hit("book", "somebody", limit=5, seconds=3600).allowed
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, range(20))) == 5
    assert Tally.objects.get().count == 20


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.7, 203.0.113.9")
    assert limits.address_of(request) == "10.0.0.1"
    with override_settings(TRUST_PROXY_HEADERS=True):
        assert limits.address_of(request) == "203.0.113.9"
