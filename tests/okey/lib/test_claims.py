"""A row is worked on by one process at a time, and what a late one writes is dropped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails.models import Mail
from tests import plans

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mail(clock: time_machine.Traveller) -> Mail:
    return Mail.objects.create(to="alice@example.com", subject="Hello", text="Hello.", due_at=NOW)


def take(mail: Mail, **options: Any) -> Claim[Mail]:
    claim = claims.take(Mail, mail.pk, seconds=30, **options)
    assert claim is not None
    return claim


def test_a_due_row_is_taken_once(mail: Mail) -> None:
    claim = take(mail)
    assert claims.take(Mail, mail.pk, seconds=30) is None
    row = claim.row()
    assert (row.claim, row.claimed_until, row.attempts) == (claim.token, NOW + timedelta(seconds=30), 1)


@pytest.mark.parametrize("due_at", [None, NOW + timedelta(microseconds=1)])
def test_a_row_that_is_not_due_is_taken_only_by_whoever_does_not_mind(mail: Mail, due_at: datetime | None) -> None:
    Mail.objects.update(due_at=due_at)
    assert claims.take(Mail, mail.pk, seconds=30) is None
    assert take(mail, due=False).row().due_at == due_at


def test_a_row_that_is_gone_is_not_taken(mail: Mail) -> None:
    mail.delete()
    assert claims.take(Mail, mail.pk or 0, seconds=30, due=False) is None


def test_a_condition_is_asked_in_the_same_moment(mail: Mail) -> None:
    assert claims.take(Mail, mail.pk, seconds=30, where=Q(subject="Other")) is None
    assert take(mail, where=Q(subject="Hello"))


def test_a_claim_can_be_stolen_from_the_moment_that_it_has_run_out(mail: Mail, clock: time_machine.Traveller) -> None:
    first = take(mail)
    clock.shift(29.9)
    assert claims.take(Mail, mail.pk, seconds=30) is None
    clock.shift(0.1)
    second = take(mail)
    assert second.token != first.token
    assert second.row().attempts == 2


def test_whoever_lost_the_claim_writes_nothing(mail: Mail, clock: time_machine.Traveller) -> None:
    first = take(mail)
    clock.shift(30)
    second = take(mail)
    assert not first.update(subject="Late")
    assert not first.release(subject="Late", due_at=None)
    assert not first.put_back(seconds=5)
    row = second.row()
    assert (row.subject, row.claim, row.due_at, row.attempts) == ("Hello", second.token, NOW, 2)


def test_a_claim_that_ran_out_still_writes_while_nobody_took_over(mail: Mail, clock: time_machine.Traveller) -> None:
    claim = take(mail)
    clock.shift(300)
    assert claim.release(due_at=None)
    assert claim.row().due_at is None


def test_an_update_keeps_the_claim_and_a_release_gives_it_up(mail: Mail) -> None:
    claim = take(mail)
    assert claim.update(subject="Changed")
    assert claims.take(Mail, mail.pk, seconds=30) is None
    assert claim.release(text="Done.")
    row = claim.row()
    assert (row.subject, row.text, row.claim, row.claimed_until, row.due_at) == ("Changed", "Done.", None, None, NOW)
    assert not claim.release(text="Twice.")


def test_putting_back_makes_the_row_due_later_and_counts_no_attempt(mail: Mail, clock: time_machine.Traveller) -> None:
    claim = take(mail)
    assert claim.put_back(seconds=2)
    row = claim.row()
    assert (row.claim, row.due_at, row.attempts) == (None, NOW + timedelta(seconds=2), 0)
    assert claims.take(Mail, mail.pk, seconds=30) is None
    clock.shift(2)
    assert take(mail)


def test_putting_back_a_row_whose_attempts_were_forgotten_meanwhile_works_too(mail: Mail) -> None:
    claim = take(mail)
    Mail.objects.update(attempts=0)
    assert claim.put_back(seconds=2)
    assert claim.row().attempts == 0


def test_a_release_on_a_deleted_row_says_so(mail: Mail) -> None:
    claim = take(mail)
    Mail.objects.all().delete()
    assert not claim.release(due_at=None)
    with pytest.raises(Mail.DoesNotExist):
        claim.row()


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 2), (1, 2), (2, 4), (3, 8), (5, 32), (9, 512), (10, 900), (100_000, 900)]
)
def test_the_wait_doubles_up_to_its_longest_and_is_jittered(attempts: int, seconds: float) -> None:
    waits = [claims.backoff(attempts).total_seconds() for _ in range(50)]
    assert all(seconds * 0.75 <= wait <= seconds * 1.25 for wait in waits)
    assert len(set(waits)) > 1


def test_what_waits_for_one_moment_is_spread_over_the_time_after_it() -> None:
    when = timezone.now()
    spread = [claims.jittered(when, within=timedelta(minutes=5)) - when for _ in range(50)]
    assert all(timedelta(0) <= late <= timedelta(minutes=5) for late in spread)
    assert max(spread) - min(spread) > timedelta(minutes=1)


def test_the_wait_has_the_first_and_longest_seconds_that_one_asks_for() -> None:
    assert claims.backoff(1, first=40, longest=60) >= timedelta(seconds=30)
    assert claims.backoff(50, first=40, longest=60) <= timedelta(seconds=75)


def test_a_row_that_is_given_back_keeps_its_place_and_counts_no_attempt(mail: Mail) -> None:
    claim = take(mail)
    assert claim.give_back()
    row = claim.row()
    assert (row.claim, row.due_at, row.attempts) == (None, NOW, 0)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL goes through what is due")
def test_in_a_crowd_that_nobody_counted_few_rows_are_asked_whether_they_are_the_first_of_their_turn() -> None:
    """As after an outage, before the next ANALYZE: the statistics say that the table is all but empty."""
    plans.empty_and_uncounted()
    due = timezone.now() - timedelta(minutes=5)
    Mail.objects.bulk_create(
        Mail(to="a@example.com", subject="Hello", turn=f"{number % 20}.example", due_at=due + timedelta(seconds=number))
        for number in range(300)
    )
    held = [claims.take_next(Mail, seconds=60) for _ in range(3)]
    assert [claim.taken.turn for claim in held if claim] == ["0.example", "1.example", "2.example"]

    sql, moment, params, _told = claims._next_row(Mail, connection.vendor)
    now = timezone.now()
    values = [connection.ops.adapt_datetimefield_value(now) if one == moment else one for one in params]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", [uuid4(), now, *values])
        [[[plan]]] = cursor.fetchall()
    asked = [node["Actual Loops"] for node in nodes(plan["Plan"]) if node.get("Alias") == "one"]
    assert asked == [1]


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)
