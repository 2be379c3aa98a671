"""A refresh whose answer was lost: the pair that we hold may be dead, or be replaced by the lost call yet."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from integrations import access, authorization, deauthorization, grants, refreshing, registry
from integrations.models import ProviderAccount
from integrations.providers.base import Grant, Unavailable, Unknown
from integrations.refreshing import GRACE, HASTY_TRIES, LATE, LEASE_SECONDS, LOOK_EVERY
from integrations.vendors.zoom import ZoomVendor
from okey.celery import ROUND_SECONDS
from okey.lib import patience
from okey.owners.models import Owner
from tests.integrations.walking import Clock, State, account, expire, work_on
from tests.zoom_fixtures import connect_zoom, returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(zoom: ZoomSimulator, alice: Owner, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> "Late":
    """Alice is connected, and Zoom takes an old pair for a minute."""
    connect_zoom(zoom, alice)
    zoom.settings(refresh_grace=GRACE.total_seconds())
    zoom.reset_counters()
    return Late(zoom, clock, monkeypatch)


class Late:
    """Calls whose answers nobody waits for any more, and which Zoom carries out when the test says so."""

    def __init__(self, zoom: ZoomSimulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self._clock = clock
        self._monkeypatch = monkeypatch
        self._refresh: Callable[..., Grant] = ZoomVendor.refresh
        self._given_up: list[tuple[ZoomVendor, str]] = []

    def lose(self, times: int) -> None:
        """The next calls end at their deadline; Zoom has not even begun."""

        def refresh(provider: ZoomVendor, refresh_token: str) -> Grant:
            self._given_up.append((provider, refresh_token))
            self._clock.shift(seconds=provider.deadline)
            if len(self._given_up) == times:
                self._monkeypatch.setattr(ZoomVendor, "refresh", self._refresh)
            raise Unknown("no answer")

        self._monkeypatch.setattr(ZoomVendor, "refresh", refresh)

    def happens(self) -> None:
        """Zoom carries out the oldest of them."""
        provider, refresh_token = self._given_up.pop(0)
        self._refresh(provider, refresh_token)


def refresh() -> None:
    access.refresh(account().pk, refused=(account().grant_no, account().pair_no))


def due_in() -> timedelta:
    due_at = account().due_at
    assert due_at is not None
    return due_at - timezone.now()


def is_alive(clock: Clock) -> bool:
    """Whether what is stored works beyond the grace. Spends it."""
    clock.shift(seconds=GRACE.total_seconds() + 1)
    return bool(registry.vendor("zoom").refresh(grants.tokens_of(account())[1]))


def look(clock: Clock) -> None:
    clock.until_due(account())
    work_on(account())


def look_until_settled(clock: Clock) -> int:
    """How many looks it took."""
    looks = 0
    while account().lost_at is not None:
        look(clock)
        looks += 1
    return looks


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


# --- Whoever asked is gone -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["the call", "the write"])
def test_a_refresh_whose_process_died_is_repeated_when_its_claim_is_over(
    zoom: ZoomSimulator, late: Late, clock: Clock, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    really = ZoomVendor.refresh

    def refresh_and_die(provider: ZoomVendor, refresh_token: str) -> Grant:
        really(provider, refresh_token)
        raise Killed

    def die(*_args: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*((ZoomVendor, "refresh", refresh_and_die) if at == "the call" else (grants, "renew", die)))
        with pytest.raises(Killed):
            refresh()
    assert account().lost_at == clock.now()
    assert due_in() == timedelta(seconds=LEASE_SECONDS)
    look_until_settled(clock)
    assert account().pair_no > 1
    assert is_alive(clock)


def test_a_process_that_dies_under_the_look_itself_leaves_time_for_another(
    zoom: ZoomSimulator, late: Late, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    late.lose(1)
    refresh()
    late.happens()

    def die(*_args: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(grants, "renew", die)
        clock.until_due(account())
        with pytest.raises(Killed):
            work_on(account())
    ProviderAccount.objects.update(claim="0" * 32)  # nobody gave it up
    clock.shift(seconds=ROUND_SECONDS)
    look_until_settled(clock)
    assert is_alive(clock)


def test_what_a_dead_process_owed_is_not_forgotten_by_the_next_that_succeeds(
    zoom: ZoomSimulator, late: Late, clock: Clock
) -> None:
    """Killed between its call and the answer, which Zoom carries out only after somebody else's."""
    late.lose(1)
    begun = clock.now()
    claim = refreshing.claims.take(ProviderAccount, account().pk, seconds=LEASE_SECONDS, due=False)
    assert claim is not None
    refreshing.announce(claim, account(), refreshing.Asking(account(), None))
    with pytest.raises(Unknown):
        registry.vendor("zoom").refresh(grants.tokens_of(account())[1])
    clock.shift(seconds=LEASE_SECONDS)
    refresh()
    assert (account().pair_no, account().lost_at, due_in()) == (1, begun, LOOK_EVERY)
    late.happens()
    look_until_settled(clock)
    assert is_alive(clock)


def test_each_call_to_the_token_endpoint_has_a_claim_of_its_own(
    late: Late, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    left = []

    def slow(provider: ZoomVendor, refresh_token: str) -> Grant:
        until = account().claimed_until
        assert until is not None
        left.append((until - clock.now()).total_seconds())
        clock.shift(seconds=provider.deadline)
        raise Unknown("no answer")

    monkeypatch.setattr(ZoomVendor, "refresh", slow)
    with pytest.raises(Unavailable):
        refresh()
    assert left == [LEASE_SECONDS, LEASE_SECONDS]
    assert ZoomVendor.deadline + 1 < LEASE_SECONDS


# --- The pair came, and could not be written -------------------------------------------------------------------------


def test_a_database_that_restarts_under_the_new_pair_is_waited_for(
    zoom: ZoomSimulator, late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(patience.connection, "close", lambda: None)  # the test's own transaction
    renew: Callable[..., Any] = grants.renew
    failures = [OperationalError("terminating connection"), OperationalError("the database system is starting up")]

    def renew_at_the_third_try(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return renew(*arguments)

    monkeypatch.setattr(grants, "renew", renew_at_the_third_try)
    refresh()
    assert account().pair_no == 1
    assert zoom.calls("refresh") == 1


def test_a_pair_that_came_too_late_to_be_kept_has_the_grant_refreshed_again_soon(
    zoom: ZoomSimulator, late: Late, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = grants.renew

    def overtaken(slow: ProviderAccount, grant: Any, asking: Any) -> bool:
        monkeypatch.setattr(grants, "renew", renew)
        clock.shift(seconds=LEASE_SECONDS)  # its time has run out
        refresh()
        return renew(slow, grant, asking)

    monkeypatch.setattr(grants, "renew", overtaken)
    refresh()
    assert account().pair_no == 1
    assert due_in() == LOOK_EVERY
    look_until_settled(clock)
    assert is_alive(clock)


def test_a_slow_writer_does_not_forget_the_call_of_whoever_took_over(
    zoom: ZoomSimulator, late: Late, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stores its pair while the other's call is under way: that call replaces it there."""
    renew = grants.renew

    def overtaken(slow: ProviderAccount, grant: Any, asking: Any) -> bool:
        monkeypatch.setattr(grants, "renew", renew)
        clock.shift(seconds=LEASE_SECONDS)
        claim = refreshing.claims.take(ProviderAccount, slow.pk, seconds=LEASE_SECONDS, due=False)
        assert claim is not None
        refreshing.announce(claim, account(), refreshing.Asking(account(), account().lost_at))
        return renew(slow, grant, asking)

    monkeypatch.setattr(grants, "renew", overtaken)
    refresh()
    assert (account().pair_no, account().state) == (1, State.LIVE)
    assert account().lost_at == clock.now()
    assert due_in() == LOOK_EVERY
