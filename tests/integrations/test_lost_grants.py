"""An `invalid_grant` is a suspicion; the second one, a minute later, is the verdict, and owners hear of it once."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations import access, connections, grants
from integrations.access import NotLive
from integrations.models import Connection
from integrations.providers.base import ReconnectNeeded, Unavailable
from integrations.signals import grant_lost
from okey.owners.models import Owner
from tests.integrations.walking import Clock, State, account, events, work_on
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(zoom: ZoomSimulator, alice: Owner, clock: Clock) -> Connection:
    """Connected an hour ago; Jill has removed O-Key at Zoom since, and no webhook told us."""
    made = connect_zoom(zoom, alice)
    clock.shift(hours=1, minutes=1)
    zoom.deauthorize("jill")
    zoom.reset_counters()
    return made


@pytest.fixture
def lost() -> Iterator[list[Any]]:
    """The connections whose loss was told."""
    told: list[Any] = []

    def hear(connection_id: Any, **_more: Any) -> None:
        told.append(connection_id)

    grant_lost.connect(hear)
    yield told
    grant_lost.disconnect(hear)


def suspect(one: Connection) -> Unavailable:
    with pytest.raises(Unavailable) as outcome:
        access.access(one.pk)
    return outcome.value


def condemn(one: Connection, clock: Clock) -> None:
    suspect(one)
    clock.shift(seconds=61)
    with pytest.raises(ReconnectNeeded):
        access.access(one.pk)


def test_the_first_refusal_is_a_suspicion_and_the_grant_stays(
    dead: Connection, alice: Owner, clock: Clock, lost: list[Any]
) -> None:
    outcome = suspect(dead)
    now = account()
    assert (now.state, now.suspected_at, now.claim) == (State.LIVE, clock.now(), None)
    assert now.due_at == outcome.retry_at == clock.now() + grants.SECOND_LOOK
    assert "invalid_grant" in now.last_error
    assert (lost, events(alice)) == ([], ["connected"])
    assert connections.entry(alice, "zoom").status == connections.CONNECTED


def test_a_second_one_within_the_minute_is_no_verdict_and_does_not_put_it_off(dead: Connection, clock: Clock) -> None:
    suspect(dead)
    first = account().suspected_at
    clock.shift(seconds=59)
    suspect(dead)
    assert (account().state, account().suspected_at) == (State.LIVE, first)
    clock.shift(seconds=1)
    with pytest.raises(ReconnectNeeded):
        access.access(dead.pk)


def test_a_second_one_a_minute_later_is_the_verdict(
    dead: Connection, alice: Owner, clock: Clock, lost: list[Any]
) -> None:
    condemn(dead, clock)
    now = account()
    assert (now.state, now.lost_why, now.due_at, now.claim) == (State.NEEDS_RECONNECT, "refused", None, None)
    assert connections.entry(alice, "zoom").status == connections.NEEDS_RECONNECTING
    assert lost == [dead.pk]
    assert events(alice) == ["connected", "needs_reconnect"]
    assert [one.pk for one in connections.lost()] == [dead.pk]


def test_the_second_look_comes_by_itself(zoom: ZoomSimulator, dead: Connection, clock: Clock, lost: list[Any]) -> None:
    suspect(dead)
    clock.until_due(account())
    assert work_on(account()).state == State.NEEDS_RECONNECT
    assert zoom.calls("refresh") == 2
    assert lost == [dead.pk]


def test_the_daily_refresh_finds_a_dead_grant_before_a_client_does(
    dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    clock.until_due(account())
    suspected = work_on(account())
    assert (suspected.state, suspected.claim) == (State.LIVE, None)
    clock.until_due(suspected)
    assert work_on(suspected).state == State.NEEDS_RECONNECT
    assert lost == [dead.pk]


def test_after_the_verdict_nobody_asks_zoom_any_more(zoom: ZoomSimulator, dead: Connection, clock: Clock) -> None:
    condemn(dead, clock)
    zoom.reset_counters()
    with pytest.raises(NotLive):
        access.access(dead.pk)
    work_on(account())
    assert zoom.calls("refresh") == 0


def test_every_owner_of_the_account_is_told_once(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, charlie: Owner, clock: Clock, lost: list[Any]
) -> None:
    hers, his, gone = (connect_zoom(zoom, owner) for owner in (alice, bob, charlie))
    connections.disconnect(owner=charlie, connection_id=gone.pk)
    clock.shift(hours=1, minutes=1)
    zoom.kill_refresh("jill")
    condemn(hers, clock)
    assert sorted(lost) == sorted([hers.pk, his.pk])
    assert [events(owner)[-1] for owner in (alice, bob, charlie)] == [
        "needs_reconnect",
        "needs_reconnect",
        "disconnected",
    ]


def test_one_verdict_by_two_processes_is_told_once(dead: Connection, clock: Clock, lost: list[Any]) -> None:
    suspect(dead)
    clock.shift(seconds=61)
    read = account()
    assert grants.suspect(read, "refused")
    assert grants.suspect(read, "refused")
    assert lost == [dead.pk]


def test_a_suspicion_from_older_numbers_counts_for_nothing(
    zoom: ZoomSimulator, alice: Owner, dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    suspect(dead)
    old = account()
    clock.shift(seconds=61)
    authorize(zoom, alice)
    grants.suspect(old, "refused")
    assert (account().state, account().suspected_at, lost) == (State.LIVE, None, [])


def test_reconnecting_heals_and_the_next_loss_is_told_anew(
    zoom: ZoomSimulator, alice: Owner, dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    condemn(dead, clock)
    assert authorize(zoom, alice).connection == dead
    assert access.access(dead.pk).token
    clock.shift(hours=2)
    zoom.kill_refresh("jill")
    condemn(dead, clock)
    assert lost == [dead.pk, dead.pk]


def test_a_grant_that_another_app_install_killed_is_lost_the_same_way(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, lost: list[Any]
) -> None:
    """4741: a newer authorization of the same person somewhere else, with our client id."""
    made = connect_zoom(zoom, alice)
    clock.shift(hours=2)
    zoom.kill_refresh("jill")
    condemn(made, clock)
    assert lost == [made.pk]


def test_disconnecting_a_lost_grant_leaves_nothing_behind(
    zoom: ZoomSimulator, alice: Owner, dead: Connection, clock: Clock
) -> None:
    condemn(dead, clock)
    connections.disconnect(owner=alice, connection_id=dead.pk)
    ended = work_on(account())
    assert (ended.state, ended.tokens, ended.due_at) == (State.ENDED, None, None)
