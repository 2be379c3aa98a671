"""A refresh that was cut short: whoever asked died, or the pair came and could not be written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from integrations import grants, refreshing, registry
from integrations.models import ProviderAccount
from integrations.providers.base import Grant, Unavailable, Unknown
from integrations.refreshing import LEASE_SECONDS, LOOK_EVERY
from integrations.vendors.zoom import ZoomVendor
from okey.celery import ROUND_SECONDS
from okey.lib import patience
from tests.integrations.late_calls import (
    Late,
    due_in,
    is_alive,
    look_until_settled,
    refresh,
    refresh_in_another_process,
)
from tests.integrations.walking import Clock, State, account, work_on
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


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


def test_a_process_that_died_right_after_it_stored_the_pair_leaves_the_look_that_is_owed(
    zoom: ZoomSimulator, late: Late, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer was lost before: nothing that comes after the write is needed to know of it."""
    renew = grants.renew

    def renew_and_die(*args: Any) -> bool:
        renew(*args)
        raise Killed

    zoom.fault("refresh", "drop_after")
    with monkeypatch.context() as patch:
        patch.setattr(grants, "renew", renew_and_die)
        with pytest.raises(Killed):
            refresh()
    assert (account().pair_no, account().lost_at, due_in()) == (1, clock.now(), LOOK_EVERY)
    look_until_settled(clock)
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
        refresh_in_another_process()
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
