"""Disconnecting ends the connection now and gives the grant back as soon as Zoom takes it, once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection as database
from pytest_django import Settings

from integrations import connections, grants, upkeep
from integrations.access import NotLive, access
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from okey.lib import claims
from okey.lib.claims import Claim
from okey.owners.models import Owner
from tests.integrations.walking import Clock, Results, State, Status, account, active, events, expire, work_on
from tests.row_locks import meet
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def disconnect(one: Connection) -> Connection | None:
    return connections.disconnect(owner=one.owner, connection_id=one.pk)


def is_alive(zoom: ZoomSimulator) -> bool:
    return any(grant["alive"] for grant in zoom.state("grants")["grants"])


# --- At once ---------------------------------------------------------------------------------------------


def test_the_connection_ends_now_and_its_row_stays(zoom: ZoomSimulator, alice: Owner, clock: Clock) -> None:
    one = connect_zoom(zoom, alice)
    disconnect(one)
    one.refresh_from_db()
    assert (one.ended_at, one.ended_why, one.is_default) == (clock.now(), "disconnected", False)
    assert (account().revoke_after, account().due_at) == (clock.now(), clock.now())
    assert zoom.calls("revoke") == 0
    assert events(alice) == ["connected", "disconnected"]
    with pytest.raises(NotLive):
        access(one.pk)


def test_no_other_provider_takes_over_as_the_default(zoom: ZoomSimulator, alice: Owner) -> None:
    one = connect_zoom(zoom, alice)
    connections.connect(owner=alice, provider="jitsi")
    disconnect(one)
    assert connections.default_of(alice) is None


def test_a_second_time_nothing_happens(zoom: ZoomSimulator, alice: Owner) -> None:
    one = connect_zoom(zoom, alice)
    disconnect(one)
    assert disconnect(one) is None
    assert events(alice) == ["connected", "disconnected"]


def test_a_strangers_connection_cannot_be_ended(zoom: ZoomSimulator, alice: Owner, charlie: Owner) -> None:
    one = connect_zoom(zoom, alice)
    with pytest.raises(Connection.DoesNotExist):
        connections.disconnect(owner=charlie, connection_id=one.pk)
    assert active(alice) == [one]


def test_then_zoom_is_asked_to_end_the_grant_and_the_tokens_are_destroyed(zoom: ZoomSimulator, alice: Owner) -> None:
    disconnect(connect_zoom(zoom, alice))
    ended = work_on(account())
    assert (ended.state, ended.tokens, ended.grant_no) == (State.ENDED, None, 2)
    assert (ended.revoke_after, ended.due_at, ended.claim) == (None, None, None)
    assert not is_alive(zoom)
    work_on(account())
    assert zoom.calls("revoke") == 1


def test_an_expired_access_token_is_refreshed_to_be_revoked(zoom: ZoomSimulator, alice: Owner) -> None:
    one = connect_zoom(zoom, alice)
    expire(zoom)
    disconnect(one)
    work_on(account())
    assert not is_alive(zoom)
    assert (zoom.calls("refresh"), zoom.calls("revoke")) == (1, 1)


def test_a_grant_that_is_dead_already_is_ended_with_the_second_refusal(
    zoom: ZoomSimulator, alice: Owner, clock: Clock
) -> None:
    one = connect_zoom(zoom, alice)
    expire(zoom)
    zoom.deauthorize("jill")
    disconnect(one)
    assert work_on(account()).tokens is not None
    clock.until_due(account())
    assert work_on(account()).state == State.ENDED
    assert (zoom.calls("refresh"), zoom.calls("revoke")) == (2, 0)


def test_a_provider_without_an_account_owes_nothing(alice: Owner) -> None:
    one = connections.connect(owner=alice, provider="jitsi")
    disconnect(one)
    assert not ProviderAccount.objects.exists()


# --- Shared ----------------------------------------------------------------------------------------------


def test_while_another_owner_uses_the_account_the_grant_stays(zoom: ZoomSimulator, alice: Owner, bob: Owner) -> None:
    hers, his = connect_zoom(zoom, alice), connect_zoom(zoom, bob)
    disconnect(hers)
    assert account().revoke_after is None
    work_on(account())
    assert access(his.pk).token in zoom.secrets()
    assert zoom.calls("revoke") == 0
    disconnect(his)
    work_on(account())
    assert zoom.calls("revoke") == 1
    assert not is_alive(zoom)


@pytest.mark.django_db(transaction=True)
def test_both_disconnect_at_once_and_zoom_is_asked_once(zoom: ZoomSimulator, alice: Owner, bob: Owner) -> None:
    for _ in range(2):
        both = [connect_zoom(zoom, alice), connect_zoom(zoom, bob)]
        zoom.reset_counters()
        together = Barrier(2)

        def end(one: Connection, together: Barrier = together) -> None:
            together.wait(10)
            try:
                disconnect(one)
            finally:
                database.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(end, both))
        assert account().revoke_after is not None

        def work(_number: int, together: Barrier = together) -> None:
            together.wait(10)
            try:
                upkeep.work(account().pk)
            finally:
                database.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, range(2)))
        assert zoom.calls("revoke") == 1
        assert account().tokens is None
        assert not is_alive(zoom)


@pytest.mark.django_db(transaction=True)
def test_one_who_ends_while_the_other_has_not_committed_sees_it_and_owes_the_revocation(
    zoom: ZoomSimulator, alice: Owner, bob: Owner
) -> None:
    """The same, with the order that lost it once forced: the second comes between the first's end and its look."""
    hers, his = connect_zoom(zoom, alice), connect_zoom(zoom, bob)
    assert all(meet(grants, "owe_revocation_if_unused", lambda: disconnect(hers), lambda: disconnect(his)))
    assert account().revoke_after is not None


# --- Zoom is down ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["status", "xml", "drop_before", "drop_after", "rate_limit_second"])
def test_the_revocation_is_tried_again(zoom: ZoomSimulator, alice: Owner, clock: Clock, kind: str) -> None:
    disconnect(connect_zoom(zoom, alice))
    zoom.fault("revoke", kind)
    owing = work_on(account())
    assert (owing.claim, owing.state) == (None, State.LIVE)
    assert owing.tokens is not None
    assert owing.due_at > clock.now()
    assert owing.last_error
    clock.until_due(owing)
    assert work_on(owing).tokens is None
    assert not is_alive(zoom)


def test_after_a_day_in_vain_the_tokens_are_destroyed(zoom: ZoomSimulator, alice: Owner, clock: Clock) -> None:
    disconnect(connect_zoom(zoom, alice))
    zoom.fault("*", "status", times=None)
    clock.shift(hours=23)
    owing = work_on(account())
    assert owing.tokens is not None
    clock.shift(hours=1, minutes=30)
    assert (work_on(owing).tokens, account().state, account().due_at) == (None, State.ENDED, None)


def test_a_lost_refresh_answer_before_the_revocation_is_asked_for_once_more(zoom: ZoomSimulator, alice: Owner) -> None:
    zoom.settings(refresh_grace=60)
    one = connect_zoom(zoom, alice)
    expire(zoom)
    disconnect(one)
    zoom.fault("refresh", "drop_after")
    assert work_on(account()).tokens is None
    assert zoom.calls("refresh") == 2
    assert not is_alive(zoom)


def test_a_wrong_client_secret_keeps_the_tokens_for_a_later_try(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, settings: Settings
) -> None:
    disconnect(connect_zoom(zoom, alice))
    right, settings.ZOOM_CLIENT_SECRET = settings.ZOOM_CLIENT_SECRET, "wrong"
    owing = work_on(account())
    assert owing.tokens is not None
    settings.ZOOM_CLIENT_SECRET = right
    clock.until_due(owing)
    work_on(owing)
    assert not is_alive(zoom)


def test_tokens_that_no_key_opens_are_destroyed(zoom: ZoomSimulator, alice: Owner, settings: Settings) -> None:
    disconnect(connect_zoom(zoom, alice))
    settings.OKEY_ENCRYPTION_KEYS = (bytes(range(50, 82)),)
    assert work_on(account()).tokens is None


# --- Reconnecting meanwhile ------------------------------------------------------------------------------


def test_a_reconnect_clears_a_revocation_that_is_owed(zoom: ZoomSimulator, alice: Owner, clock: Clock) -> None:
    disconnect(connect_zoom(zoom, alice))
    one = connect_zoom(zoom, alice)
    assert (account().revoke_after, account().state) == (None, State.LIVE)
    clock.shift(days=2)
    work_on(account())
    assert zoom.calls("revoke") == 0
    assert access(one.pk).token
    assert is_alive(zoom)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [False, True], ids=["before Zoom has done it", "after Zoom has done it"])
def test_a_reconnect_while_a_revocation_is_under_way_ends_connected_and_working(
    zoom: ZoomSimulator, alice: Owner, after: bool
) -> None:
    disconnect(connect_zoom(zoom, alice))
    old = account()
    zoom.fault("revoke", "hold", after=after)

    def revoke() -> None:
        try:
            upkeep.work(old.pk)
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        revoking = pool.submit(revoke)
        zoom.wait_until_held()
        attempt = authorize(zoom, alice)
        assert (attempt.status, attempt.tokens is None) == (Status.EXCHANGED, False)
        assert not active(alice)
        zoom.release()
        revoking.result(20)
    assert account().state == State.ENDED
    AuthorizationAttempt.objects.update(due_at=attempt.created_at)
    assert work_on(attempt).outcome == Results.CONNECTED
    [one] = active(alice)
    assert account().state == State.LIVE
    assert zoom.calls("revoke") == 1
    assert is_alive(zoom)
    assert access(one.pk).token in zoom.secrets()


def test_a_revocation_that_slept_past_its_claim_does_not_end_the_newer_grant(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect(connect_zoom(zoom, alice))
    ask = upkeep._ask_to_revoke

    def ask_and_sleep(claim: Claim[ProviderAccount], old: ProviderAccount) -> None:
        ask(claim, old)
        clock.shift(seconds=upkeep.LEASE_SECONDS + 1)
        connect_zoom(zoom, alice)

    monkeypatch.setattr(upkeep, "_ask_to_revoke", ask_and_sleep)
    work_on(account())
    assert (account().state, account().claim) == (State.LIVE, None)
    assert account().due_at is not None
    assert account().due_at > clock.now()
    assert is_alive(zoom)


def test_a_disconnect_between_the_look_and_the_write_still_owes_its_revocation(
    zoom: ZoomSimulator, alice: Owner, clock: Clock
) -> None:
    """Upkeep finds a revocation that is owed and a connection that is active; then the owner disconnects."""
    one = connect_zoom(zoom, alice)
    ProviderAccount.objects.update(revoke_after=clock.now(), due_at=clock.now())
    claim = claims.take(ProviderAccount, account().pk, seconds=45)
    assert claim is not None
    seen = claim.row()
    clock.shift(seconds=1)
    disconnect(one)
    upkeep._forget_revocation(claim, seen)
    assert (account().revoke_after, account().due_at, account().claim) == (clock.now(), clock.now(), None)


def test_a_revocation_that_is_owed_for_an_account_in_use_is_forgotten(
    zoom: ZoomSimulator, alice: Owner, clock: Clock
) -> None:
    connect_zoom(zoom, alice)
    ProviderAccount.objects.update(revoke_after=clock.now(), due_at=clock.now())
    kept = work_on(account())
    assert (kept.revoke_after, kept.claim, kept.state) == (None, None, State.LIVE)
    assert kept.due_at > clock.now()
    assert zoom.calls("revoke") == 0


def test_an_administrator_disconnects_in_the_owners_name(zoom: ZoomSimulator, alice: Owner) -> None:
    one = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=one.pk, why=Connection.Ended.REMOVED_BY_ADMIN)
    one.refresh_from_db()
    assert one.ended_why == "admin"
    work_on(account())
    assert not is_alive(zoom)


def test_a_second_owner_connects_while_the_firsts_revocation_is_owed(
    zoom: ZoomSimulator, alice: Owner, bob: Owner
) -> None:
    disconnect(connect_zoom(zoom, alice))
    his = connect_zoom(zoom, bob)
    work_on(account())
    assert zoom.calls("revoke") == 0
    assert access(his.pk).token
