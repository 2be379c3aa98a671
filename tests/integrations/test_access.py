"""A token for whoever may use it: a fresh one costs nothing, and nobody else gets any."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations import connections, grants, refreshing
from integrations.access import MARGIN, PAUSES, _refresh_or_wait, access
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Unavailable
from integrations.refreshing import Busy, NotLive
from okey.lib import claims
from okey.owners.models import Owner
from tests.integrations.walking import Clock, State, account, expire
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(zoom: ZoomSimulator, alice: Owner) -> Connection:
    made = connect_zoom(zoom, alice)
    zoom.reset_counters()
    return made


def calls(zoom: ZoomSimulator) -> int:
    return sum(counted["calls"] for counted in zoom.state("counters")["counters"].values())


def test_a_fresh_token_costs_one_query_no_write_and_no_call(zoom: ZoomSimulator, hers: Connection) -> None:
    with CaptureQueriesContext(
        database,
    ) as queries:
        got = access(hers.pk)
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]
    assert calls(zoom) == 0
    assert got.token == grants.tokens_of(account())[0]
    assert (got.grant_no, got.pair_no, got.scopes) == (1, 0, account().scope_set)
    assert got.connection == hers


def test_what_gives_access_does_not_show_its_token(hers: Connection) -> None:
    got = access(hers.pk)
    assert got.token
    assert got.token not in repr(got)


@pytest.mark.parametrize(("left", "refreshes"), [(61, 0), (60, 1), (1, 1), (-3600, 1)])
def test_a_token_with_a_minute_or_less_to_live_is_refreshed_first(
    zoom: ZoomSimulator, hers: Connection, clock: Clock, left: int, refreshes: int
) -> None:
    assert timedelta(seconds=60) == MARGIN
    ProviderAccount.objects.update(expires_at=clock.now() + timedelta(seconds=left))
    access(hers.pk)
    assert zoom.calls("refresh") == refreshes


def test_an_expired_token_costs_one_refresh_and_the_new_one_is_kept(zoom: ZoomSimulator, hers: Connection) -> None:
    expire(zoom)
    first, second = access(hers.pk), access(hers.pk)
    assert first == second
    assert (first.grant_no, first.pair_no) == (1, 1)
    assert zoom.calls("refresh") == 1
    assert (account().claim, account().state) == (None, State.LIVE)


def test_a_provider_without_an_account_needs_no_token(alice: Owner) -> None:
    jitsi = connections.connect(owner=alice, provider="jitsi")
    got = access(jitsi.pk)
    assert (got.connection, got.token) == (jitsi, "")


# --- Nobody else -----------------------------------------------------------------------------------------


def test_an_unknown_connection_is_not_live(db: None) -> None:
    with pytest.raises(NotLive):
        access(uuid4())


@pytest.mark.parametrize("is_fresh", [True, False])
@pytest.mark.parametrize(
    "end",
    [
        lambda one: connections.disconnect(owner=one.owner, connection_id=one.pk),
        lambda _one: Owner.objects.update(meeting_providers_enabled=False),
        lambda _one: Owner.objects.update(is_active=False),
        lambda _one: ProviderAccount.objects.update(state=State.NEEDS_RECONNECT),
        lambda _one: grants.end(account()),
    ],
    ids=["disconnected", "not entitled", "not active", "needs reconnecting", "grant ended"],
)
def test_a_connection_that_may_not_be_used_gets_no_token_and_costs_no_call(
    zoom: ZoomSimulator, hers: Connection, end: Any, is_fresh: bool
) -> None:
    if not is_fresh:
        expire(zoom)
    end(hers)
    zoom.reset_counters()
    with pytest.raises(NotLive):
        access(hers.pk)
    assert calls(zoom) == 0


def test_the_right_is_asked_for_again_after_a_refresh_took_its_time(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(zoom)
    renew = grants.renew

    def renew_while_an_admin_withdraws(*args: Any) -> bool:
        Owner.objects.update(meeting_providers_enabled=False)
        return renew(*args)

    monkeypatch.setattr(grants, "renew", renew_while_an_admin_withdraws)
    with pytest.raises(NotLive):
        access(hers.pk)
    assert account().pair_no == 1


def test_an_ended_connection_gets_no_token_by_way_of_another_owners(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, hers: Connection
) -> None:
    his = connect_zoom(zoom, bob)
    connections.disconnect(owner=alice, connection_id=hers.pk)
    assert access(his.pk).token
    with pytest.raises(NotLive):
        access(hers.pk)


# --- Somebody else is at it ----------------------------------------------------------------------------------


def test_while_somebody_else_refreshes_for_long_one_comes_back_later(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    expire(zoom)
    claim = claims.take(ProviderAccount, account().pk, seconds=30, due=False)
    assert claim is not None
    with pytest.raises(Busy):
        access(hers.pk)
    assert zoom.calls("refresh") == 0
    assert claim.update(last_error="")  # it is still theirs
    assert len(waited) == len(PAUSES)
    assert sum(PAUSES) < 2.5


@pytest.mark.parametrize("looks", [1, 5])
def test_whoever_waits_for_a_refresh_goes_on_with_the_first_look_after_the_pair_is_there(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    expire(zoom)
    claim = claims.take(ProviderAccount, account().pk, seconds=30, due=False)
    assert claim is not None
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == looks:
            refreshing.refresh(claim, grants)

    monkeypatch.setattr(time, "sleep", wait)
    assert access(hers.pk).pair_no == 1
    assert len(waited) == looks
    assert zoom.calls("refresh") == 1


def test_whoever_waited_in_vain_does_not_ask_what_was_just_answered(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(zoom)
    zoom.fault("refresh", "status", times=None)
    claim = claims.take(ProviderAccount, account().pk, seconds=30, due=False)
    assert claim is not None

    def fail(_seconds: float) -> None:
        with pytest.raises(Unavailable):
            refreshing.refresh(claim, grants)
        claim.release()

    monkeypatch.setattr(time, "sleep", fail)
    with pytest.raises(Unavailable):
        access(hers.pk)
    assert zoom.calls("refresh") == 2  # once more at once, by whoever had the claim


def test_whoever_waits_for_one_that_died_refreshes_as_soon_as_its_claim_is_over(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    expire(zoom)
    assert claims.take(ProviderAccount, account().pk, seconds=1, due=False)
    monkeypatch.setattr(time, "sleep", lambda _seconds: clock.shift(seconds=0.5))
    assert access(hers.pk).pair_no == 1
    assert zoom.calls("refresh") == 1


def test_a_fresh_token_is_given_out_even_while_somebody_holds_the_account(
    zoom: ZoomSimulator, hers: Connection
) -> None:
    assert claims.take(ProviderAccount, account().pk, seconds=30, due=False)
    assert access(hers.pk).token


def test_a_claim_of_somebody_who_died_runs_out(zoom: ZoomSimulator, hers: Connection, clock: Clock) -> None:
    expire(zoom)
    assert claims.take(ProviderAccount, account().pk, seconds=30, due=False)
    clock.shift(seconds=30)
    assert access(hers.pk).pair_no == 1


def test_the_refresh_that_was_done_while_one_waited_for_the_claim_is_not_done_again(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(zoom)
    take = claims.take

    def take_after_somebody_else(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.undo()
        _refresh_or_wait(account(), None)  # of another process: a thread of this one would wait for us
        return take(*args, **kwargs)

    monkeypatch.setattr(claims, "take", take_after_somebody_else)
    assert access(hers.pk).pair_no == 1
    assert zoom.calls("refresh") == 1


@pytest.mark.parametrize("at", ["refresh", "renew"])
def test_the_claim_is_given_back_whatever_happens(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def explode(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("out of memory")

    expire(zoom)
    target = "integrations.vendors.zoom.vendor.ZoomVendor.refresh" if at == "refresh" else "integrations.grants.renew"
    monkeypatch.setattr(target, explode)
    with pytest.raises(RuntimeError):
        access(hers.pk)
    assert account().claim is None
