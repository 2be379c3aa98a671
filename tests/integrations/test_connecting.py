"""From Connect over Zoom's consent page to a connection."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import authorization, completion, connections, grants, resting
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount, Rest
from integrations.signals import connection_changed
from okey.owners.models import Owner
from tests.integrations.walking import (
    Clock,
    Results,
    State,
    Status,
    account,
    active,
    come_back,
    events,
    mails_to,
    to_the_end,
)
from tests.zoom_fixtures import authorize, connect_zoom, returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


def test_allowing_at_zoom_ends_in_a_connection(zoom: ZoomSimulator, alice: Owner) -> None:
    attempt = authorization.begin(alice, "zoom")
    assert attempt.status == Status.PENDING
    back = zoom.approve(authorization.url_of(attempt))
    attempt = come_back(back, alice)
    assert (attempt.status, zoom.calls("exchange")) == (Status.RETURNED, 0)
    attempt = authorization.proceed(attempt.pk)
    assert (attempt.status, attempt.outcome, attempt.became_default) == (Status.DONE, Results.CONNECTED, True)
    [connection] = active(alice)
    assert attempt.connection == connection
    assert connection.account == account("jill")
    assert (connection.account.external_id, connection.account.state) == ("jillLicensed0000000000", State.LIVE)
    assert (connection.account.grant_no, connection.account.pair_no) == (1, 0)
    assert "meeting:write:meeting" in connection.account.scope_set
    assert zoom.state("grants")["grants"][0]["alive"]


def test_afterwards_the_attempt_keeps_no_secret_and_owes_nothing(zoom: ZoomSimulator, alice: Owner) -> None:
    attempt = authorize(zoom, alice)
    assert (attempt.code, attempt.tokens, attempt.secrets) == (None, None, None)
    assert (attempt.claim, attempt.due_at) == (None, None)


def test_it_takes_one_exchange_and_one_question_who_this_is(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    calls = {name: counted["calls"] for name, counted in zoom.state("counters")["counters"].items()}
    assert calls == dict.fromkeys(calls, 0) | {"authorize": 1, "consent": 1, "exchange": 1, "users_me": 1}


def test_going_on_twice_is_going_on_once(zoom: ZoomSimulator, alice: Owner) -> None:
    attempt = authorize(zoom, alice)
    assert authorization.proceed(attempt.pk).outcome == Results.CONNECTED
    assert zoom.calls("exchange") == 1
    assert mails_to(alice) == 1


def test_many_attempts_may_be_pending_and_each_is_its_own(zoom: ZoomSimulator, alice: Owner) -> None:
    first, second = authorization.begin(alice, "zoom"), authorization.begin(alice, "zoom")
    assert authorization.url_of(first) != authorization.url_of(second)
    assert authorization.proceed(returned(zoom, alice, second).pk).outcome == Results.CONNECTED
    assert authorization.proceed(returned(zoom, alice, first).pk).outcome == Results.RECONNECTED
    assert len(active(alice)) == 1


def test_the_first_connection_becomes_the_default_and_a_later_one_does_not(zoom: ZoomSimulator, alice: Owner) -> None:
    jitsi = connections.connect(owner=alice, provider="jitsi")
    attempt = authorize(zoom, alice)
    assert not attempt.became_default
    assert connections.default_of(alice) == jitsi
    assert [one.is_default for one in active(alice) if one.provider == "zoom"] == [False]


def test_where_the_default_is_gone_the_next_connection_becomes_it(zoom: ZoomSimulator, alice: Owner) -> None:
    jitsi = connections.connect(owner=alice, provider="jitsi")
    connections.disconnect(owner=alice, connection_id=jitsi.pk)
    assert authorize(zoom, alice).became_default


def test_a_zoom_user_new_to_the_owner_is_announced_by_mail_and_in_the_diary(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    assert mails_to(alice, "jill@example.com was connected") == 1
    assert events(alice) == ["connected"]


def test_whoever_waits_for_a_connection_is_told_after_the_commit(
    zoom: ZoomSimulator, alice: Owner, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[tuple[Any, str]] = []

    def hear(owner_id: Any, provider: str, **_more: Any) -> None:
        assert active(alice)
        told.append((owner_id, provider))

    connection_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            connect_zoom(zoom, alice)
    finally:
        connection_changed.disconnect(hear)
    assert set(told) == {(alice.pk, "zoom")}


# --- Again -----------------------------------------------------------------------------------------------


def test_reconnecting_renews_the_grant_and_keeps_the_rest(zoom: ZoomSimulator, alice: Owner) -> None:
    connection = connect_zoom(zoom, alice)
    old_tokens = grants.tokens_of(account())
    attempt = authorize(zoom, alice)
    assert attempt.outcome == Results.RECONNECTED
    assert attempt.connection == connection
    assert (account().grant_no, account().pair_no) == (2, 0)
    assert grants.tokens_of(account()) != old_tokens
    assert mails_to(alice) == 1
    assert events(alice) == ["connected", "reconnected"]


@pytest.mark.parametrize("is_default", [True, False])
def test_reconnecting_leaves_the_default_as_it_is(zoom: ZoomSimulator, alice: Owner, is_default: bool) -> None:
    connection = connect_zoom(zoom, alice)
    jitsi = connections.connect(owner=alice, provider="jitsi")
    connections.make_default(owner=alice, connection_id=connection.pk if is_default else jitsi.pk)
    authorize(zoom, alice)
    default = connections.default_of(alice)
    assert default == (connection if is_default else jitsi)


def test_reconnecting_lifts_whatever_was_held_against_the_grant(zoom: ZoomSimulator, alice: Owner) -> None:
    connection = connect_zoom(zoom, alice)
    ProviderAccount.objects.update(state=State.NEEDS_RECONNECT, last_error="HTTP 400", lost_why="refused", due_at=None)
    assert connections.entry(alice, "zoom").status == connections.NEEDS_RECONNECTING
    assert authorize(zoom, alice).outcome == Results.RECONNECTED
    now = account()
    assert (now.state, now.last_error, now.lost_why, now.suspected_at) == (State.LIVE, "", "", None)
    assert now.due_at is not None
    assert connections.entry(alice, "zoom").status == connections.CONNECTED
    assert active(alice) == [connection]


def test_connecting_after_a_disconnect_is_a_new_connection_and_no_news(zoom: ZoomSimulator, alice: Owner) -> None:
    first = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=first.pk)
    second = connect_zoom(zoom, alice)
    assert second != first
    assert second.is_default
    assert mails_to(alice) == 1
    assert account().revoke_after is None


def test_a_new_address_at_zoom_is_taken_over(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    zoom.change_user("jill", email="jill.new@example.com", last_name="New")
    authorize(zoom, alice, user="jill.new")
    [one] = ProviderAccount.objects.all()
    assert (one.email, one.display_name) == ("jill.new@example.com", "Jill New")


# --- Two owners, one Zoom user ---------------------------------------------------------------------------


def test_two_owners_share_one_grant_and_the_second_ones_renews_it(
    zoom: ZoomSimulator, alice: Owner, bob: Owner
) -> None:
    hers = connect_zoom(zoom, alice)
    his = connect_zoom(zoom, bob)
    assert hers.account_id == his.account_id
    assert account().grant_no == 2
    assert [connections.entry(owner, "zoom").status for owner in (alice, bob)] == [connections.CONNECTED] * 2
    assert all(connections.entry(owner, "zoom").is_shared for owner in (alice, bob))


def test_owners_of_different_zoom_users_share_nothing(zoom: ZoomSimulator, alice: Owner, bob: Owner) -> None:
    connect_zoom(zoom, alice, "jill")
    connect_zoom(zoom, bob, "ben")
    assert not connections.entry(alice, "zoom").is_shared
    assert (account("jill").grant_no, account("ben").grant_no) == (1, 1)


# --- Two authorizations at once --------------------------------------------------------------------------


def test_a_pair_that_a_newer_authorization_has_killed_does_not_replace_it(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice's answer to "who is this?" is on its way while Bob authorizes the same person, from start to end."""
    attempt = returned(zoom, alice, authorization.begin(alice, "zoom"))
    adopt = completion.adopt

    def late(*args: Any, **kwargs: Any) -> None:
        monkeypatch.undo()
        clock.shift(seconds=1)
        connect_zoom(zoom, bob)
        clock.shift(seconds=1)
        adopt(*args, **kwargs)

    monkeypatch.setattr(completion, "adopt", late)
    attempt = authorization.proceed(attempt.pk)
    assert attempt.status == Status.EXCHANGED
    assert zoom.state("grants")["grants"][0]["alive"] is False
    attempt = to_the_end(attempt, clock)
    assert attempt.outcome == Results.CODE_REFUSED
    assert not Connection.objects.filter(owner=alice).exists()
    assert account().grant_no == 1
    zoom.reset_counters()
    assert connections.entry(bob, "zoom").status == connections.CONNECTED


def test_the_living_one_of_two_pairs_replaces_the_other(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, clock: Clock
) -> None:
    """Bob's grant is stored while Alice's newer one waits to be identified."""
    zoom.fault("users_me", "status", times=1)
    attempt = authorize(zoom, alice)
    assert attempt.status == Status.EXCHANGED
    clock.until_due(attempt)
    authorization.work(attempt.pk)
    bobs = connect_zoom(zoom, bob)
    clock.shift(seconds=5)
    alices = connect_zoom(zoom, alice)
    assert alices.account_id == bobs.account_id
    assert AuthorizationAttempt.objects.filter(status__in=[Status.EXCHANGED, Status.RETURNED]).count() == 0
    assert zoom.state("grants")["grants"][-1]["alive"]


def test_a_new_grant_ends_what_was_held_against_the_account(zoom: ZoomSimulator, alice: Owner) -> None:
    connection = connect_zoom(zoom, alice)
    key = resting.key("zoom", connection.account_id)
    Rest.objects.create(key=key, failures=3, rest_until=timezone.now() + timedelta(minutes=3))
    connect_zoom(zoom, alice)
    assert not Rest.objects.filter(key=key).exists()
