"""A refresh whose answer was lost: the pair that we hold may be dead, or be replaced by the lost call yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import authorization, deauthorization
from integrations.models import ProviderAccount
from integrations.providers.base import Unavailable
from integrations.refreshing import GRACE, HASTY_TRIES, LATE, LEASE_SECONDS, LOOK_EVERY
from integrations.vendors.zoom import ZoomVendor
from okey.celery import ROUND_SECONDS
from okey.owners.models import Owner
from tests.integrations.late_calls import Late, due_in, is_alive, look, look_until_settled, refresh
from tests.integrations.walking import Clock, account, expire, work_on
from tests.zoom_fixtures import returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def test_a_look_a_claim_and_the_sweeps_leave_time_for_one_more_within_the_grace() -> None:
    """Each pair is refreshed again before it can be dead, also where the process that looks is killed."""
    killed_look = LOOK_EVERY + timedelta(seconds=ROUND_SECONDS + LEASE_SECONDS + ROUND_SECONDS)
    assert killed_look + timedelta(seconds=ZoomVendor.deadline) < GRACE
    assert LATE < GRACE


# --- An answer is owed -----------------------------------------------------------------------------------------------


def test_after_a_lost_answer_the_grant_is_refreshed_until_the_lost_call_can_no_longer_come(
    zoom: ZoomSimulator, late: Late, clock: Clock
) -> None:
    zoom.fault("refresh", "drop_after")
    refresh()
    lost_at = account().lost_at
    assert due_in() == LOOK_EVERY
    look(clock)
    assert (account().lost_at, due_in()) == (lost_at, LOOK_EVERY)
    look(clock)
    assert account().lost_at is None
    assert due_in() > timedelta(hours=1)
    assert zoom.calls("refresh") == 4


def test_an_answer_that_came_owes_nothing(zoom: ZoomSimulator, late: Late) -> None:
    refresh()
    assert account().lost_at is None
    assert due_in() > timedelta(hours=1)


def test_neither_does_one_that_says_why_there_is_no_pair(zoom: ZoomSimulator, late: Late) -> None:
    zoom.fault("refresh", "rate_limit_second")
    with pytest.raises(Unavailable):
        refresh()
    assert account().lost_at is None
    assert due_in() < timedelta(seconds=8)
    refresh()
    assert due_in() > timedelta(hours=1)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_may_come_after_the_work_and_is_a_lost_answer(
    zoom: ZoomSimulator, late: Late, clock: Clock, status: int
) -> None:
    """In chaos such a refresh was thought undone: its account waited as long as in an outage, and lost the grant."""
    zoom.fault("refresh", "status", status=status, after=True, times=2)
    with pytest.raises(Unavailable):
        refresh()
    assert account().lost_at is not None
    for _ in range(3):
        zoom.fault("refresh", "rate_limit_second")
        assert due_in() < timedelta(seconds=8)
        look(clock)
    look(clock)
    assert account().pair_no == 1
    look_until_settled(clock)
    assert is_alive(clock)


def test_in_an_outage_an_account_is_in_haste_for_a_minute(zoom: ZoomSimulator, late: Late, clock: Clock) -> None:
    zoom.fault("refresh", "status", status=503, times=None)
    with pytest.raises(Unavailable):
        refresh()
    waits = []
    for _ in range(HASTY_TRIES + 3):
        waits.append(due_in())
        look(clock)
    assert max(waits[: HASTY_TRIES - 1]) < timedelta(seconds=8)
    assert min(waits[-2:]) > timedelta(minutes=10)


def test_a_lost_call_that_is_carried_out_late_costs_no_connection(late: Late, clock: Clock) -> None:
    late.lose(1)
    refresh()
    clock.shift(seconds=20)
    late.happens()  # it has replaced what is stored, which has a minute to live from here on
    look_until_settled(clock)
    assert is_alive(clock)


def test_no_later_success_forgets_it_on_demand(late: Late, clock: Clock) -> None:
    """Both calls are lost; the next try works before the second of them is carried out."""
    late.lose(2)
    with pytest.raises(Unavailable):
        refresh()
    clock.shift(seconds=2)
    refresh()
    assert due_in() == LOOK_EVERY
    late.happens()
    clock.shift(seconds=2)
    late.happens()
    look_until_settled(clock)
    assert is_alive(clock)


def test_nor_by_itself(late: Late, clock: Clock) -> None:
    late.lose(2)
    ProviderAccount.objects.update(due_at=timezone.now())
    work_on(account())
    look(clock)
    assert account().pair_no == 1
    assert due_in() == LOOK_EVERY
    late.happens()
    late.happens()
    look_until_settled(clock)
    assert is_alive(clock)


def test_a_webhook_in_doubt_owes_it_like_everybody_else(zoom: ZoomSimulator, late: Late, clock: Clock) -> None:
    expire(zoom)
    late.lose(1)
    deauthorization.receive(
        provider="zoom",
        external_id=account().external_id,
        external_account_id=account().external_account_id,
        at=timezone.now(),
        signature="one",
        is_late=False,
    )
    [delivery] = deauthorization.WebhookDelivery.objects.all()
    deauthorization.work(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.verdict == deauthorization.Verdict.STILL_GOOD
    assert due_in() == LOOK_EVERY
    late.happens()
    look_until_settled(clock)
    assert is_alive(clock)


def test_a_pair_that_waits_for_its_owner_takes_what_it_owes_to_its_account(
    zoom: ZoomSimulator, alice: Owner, late: Late, clock: Clock
) -> None:
    zoom.fault("users_me", "status")
    attempt = authorization.proceed(returned(zoom, alice, authorization.begin(alice, "zoom")).pk)
    clock.shift(hours=1, minutes=1)
    late.lose(1)
    assert work_on(attempt).is_over
    assert (account().grant_no, due_in()) == (2, LOOK_EVERY)
    late.happens()
    look_until_settled(clock)
    assert is_alive(clock)


def test_while_there_is_no_new_pair_the_old_one_is_tried_every_few_seconds(
    zoom: ZoomSimulator, late: Late, clock: Clock
) -> None:
    zoom.fault("refresh", "drop_after", times=2)
    with pytest.raises(Unavailable):
        refresh()
    zoom.fault("refresh", "status", times=12)
    for _ in range(6):
        assert due_in() < timedelta(seconds=8)
        look(clock)
    look(clock)
    assert account().pair_no == 1
    look_until_settled(clock)
    assert is_alive(clock)
