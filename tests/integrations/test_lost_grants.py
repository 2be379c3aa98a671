"""An `invalid_grant` is a suspicion; the second one, a minute later, is the verdict. O-Key asks twice more before it
tells owners to act, and tells them once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase

from integrations import access, connections, refreshing
from integrations.access import NotLive
from integrations.models import Connection
from integrations.providers.base import ReconnectNeeded, Unavailable
from integrations.signals import connection_changed, grant_lost
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.integrations.walking import Clock, State, account, events, mails_to, refuse, work_on
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
    """The verdict: the grant is not used any more."""
    suspect(one)
    clock.shift(seconds=61)
    with pytest.raises(ReconnectNeeded):
        access.access(one.pk)


def ask_again(clock: Clock, times: int = 2) -> None:
    """O-Key does so by itself."""
    for _ in range(times):
        assert account().is_doubted
        clock.until_due(account())
        work_on(account())


def lose(one: Connection, clock: Clock) -> None:
    """Its owners are told to act."""
    condemn(one, clock)
    ask_again(clock)


def test_the_first_refusal_is_a_suspicion_and_the_grant_stays(
    dead: Connection, alice: Owner, clock: Clock, lost: list[Any]
) -> None:
    outcome = suspect(dead)
    now = account()
    assert (now.state, now.suspected_at, now.claim) == (State.LIVE, clock.now(), None)
    assert now.due_at == outcome.retry_at == clock.now() + refreshing.SECOND_LOOK
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
    assert (now.state, now.lost_why, now.claim) == (State.NEEDS_RECONNECT, "doubted", None)
    assert connections.entry(alice, "zoom").status == connections.NEEDS_RECONNECTING
    assert events(alice) == ["connected", "doubted"]
    with pytest.raises(NotLive):
        access.access(dead.pk)


def test_nobody_is_told_to_act_until_two_more_tries_ten_minutes_and_two_hours_later_were_in_vain(
    zoom: ZoomSimulator, dead: Connection, alice: Owner, clock: Clock, lost: list[Any]
) -> None:
    suspected_at = clock.now()
    condemn(dead, clock)
    for minutes in (10, 120):
        zoom.reset_counters()
        assert (lost, list(connections.lost()), mails_to(alice, "reconnect")) == ([], [], 0)
        assert not Event.objects.filter(type="connection.needs_reconnect").exists()
        due_at = account().due_at
        assert due_at is not None
        assert timedelta(minutes=minutes * 0.8) <= due_at - suspected_at <= timedelta(minutes=minutes * 1.2)
        clock.until_due(account())
        work_on(account())
        assert zoom.calls("refresh") == 1
    now = account()
    assert (now.state, now.lost_why, now.due_at, now.claim) == (State.NEEDS_RECONNECT, "refused", None, None)
    assert (lost, [one.pk for one in connections.lost()]) == ([dead.pk], [dead.pk])
    assert mails_to(alice, "reconnect") == 1
    assert events(alice) == ["connected", "doubted", "needs_reconnect"]
    assert Event.objects.filter(type="connection.needs_reconnect").count() == 1


@pytest.mark.parametrize("tries", [0, 1])
def test_an_incident_at_zoom_is_over_before_anybody_is_told_and_what_waited_goes_on(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, lost: list[Any], tries: int
) -> None:
    one = connect_zoom(zoom, alice)
    clock.shift(hours=1, minutes=1)
    body = {"reason": "Invalid Token!", "error": "invalid_grant"}
    zoom.fault("refresh", "status", status=400, body=body, times=None)
    condemn(one, clock)
    ask_again(clock, tries)
    zoom.clear_faults()
    changed: list[Any] = []

    def hear(owner_id: Any, **_more: Any) -> None:
        changed.append(owner_id)

    connection_changed.connect(hear)
    try:
        with TestCase.captureOnCommitCallbacks(execute=True):
            ask_again(clock, 1)
    finally:
        connection_changed.disconnect(hear)
    assert access.access(one.pk).token in zoom.secrets()
    assert (account().state, account().lost_why, account().suspected_at) == (State.LIVE, "", None)
    assert changed == [alice.pk]
    assert (lost, mails_to(alice, "reconnect")) == ([], 0)
    assert events(alice) == ["connected", "doubted", "restored"]
    assert not Event.objects.filter(type="connection.needs_reconnect").exists()


def test_a_zoom_that_does_not_answer_is_no_try(
    zoom: ZoomSimulator, dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    condemn(dead, clock)
    zoom.fault("refresh", "status", times=None)
    clock.until_due(account())
    for _ in range(12):
        work_on(account())
        clock.until_due(account())
    assert (account().is_doubted, lost) == (True, [])
    zoom.clear_faults()
    work_on(account())
    assert (account().lost_why, lost) == ("refused", [dead.pk])


def test_the_second_look_comes_by_itself(zoom: ZoomSimulator, dead: Connection, clock: Clock, lost: list[Any]) -> None:
    suspect(dead)
    clock.until_due(account())
    assert work_on(account()).state == State.NEEDS_RECONNECT
    assert zoom.calls("refresh") == 2
    ask_again(clock)
    assert zoom.calls("refresh") == 4
    assert lost == [dead.pk]


def test_the_daily_refresh_finds_a_dead_grant_before_a_client_does(
    dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    clock.until_due(account())
    suspected = work_on(account())
    assert (suspected.state, suspected.claim) == (State.LIVE, None)
    clock.until_due(suspected)
    assert work_on(suspected).state == State.NEEDS_RECONNECT
    ask_again(clock)
    assert lost == [dead.pk]


def test_once_they_are_told_nobody_asks_zoom_any_more(zoom: ZoomSimulator, dead: Connection, clock: Clock) -> None:
    lose(dead, clock)
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
    lose(hers, clock)
    assert sorted(lost) == sorted([hers.pk, his.pk])
    assert [events(owner)[-1] for owner in (alice, bob, charlie)] == [
        "needs_reconnect",
        "needs_reconnect",
        "disconnected",
    ]


def test_one_verdict_by_two_processes_is_told_once(dead: Connection, clock: Clock, lost: list[Any]) -> None:
    condemn(dead, clock)
    ask_again(clock, 1)
    clock.until_due(account())
    read = account()
    assert refuse(read)
    assert refuse(read)
    assert lost == [dead.pk]


def test_a_suspicion_from_older_numbers_counts_for_nothing(
    zoom: ZoomSimulator, alice: Owner, dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    suspect(dead)
    old = account()
    clock.shift(seconds=61)
    authorize(zoom, alice)
    refuse(old)
    assert (account().state, account().suspected_at, lost) == (State.LIVE, None, [])


def test_reconnecting_heals_and_the_next_loss_is_told_anew(
    zoom: ZoomSimulator, alice: Owner, dead: Connection, clock: Clock, lost: list[Any]
) -> None:
    lose(dead, clock)
    assert authorize(zoom, alice).connection == dead
    assert access.access(dead.pk).token
    clock.shift(hours=2)
    zoom.kill_refresh("jill")
    lose(dead, clock)
    assert lost == [dead.pk, dead.pk]


def test_a_grant_that_another_app_install_killed_is_lost_the_same_way(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, lost: list[Any]
) -> None:
    """4741: a newer authorization of the same person somewhere else, with our client id."""
    made = connect_zoom(zoom, alice)
    clock.shift(hours=2)
    zoom.kill_refresh("jill")
    lose(made, clock)
    assert lost == [made.pk]


@pytest.mark.parametrize("tries", [0, 2])
def test_disconnecting_a_lost_grant_leaves_nothing_behind(
    zoom: ZoomSimulator, alice: Owner, dead: Connection, clock: Clock, tries: int
) -> None:
    condemn(dead, clock)
    ask_again(clock, tries)
    connections.disconnect(owner=alice, connection_id=dead.pk)
    ended = work_on(account())
    assert (ended.state, ended.tokens, ended.due_at) == (State.ENDED, None, None)
