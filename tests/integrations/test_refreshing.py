"""What a refresh does to the grant, whatever Zoom answers and however late."""

from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from integrations import access, connections, grants, refreshing, upkeep
from integrations.access import NotLive, renew_refused
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Grant, Misconfigured, Unavailable
from integrations.refreshing import Asking
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.walking import Clock, State, account, refuse, work_on
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(zoom: ZoomSimulator, alice: Owner, clock: Clock) -> Connection:
    """Connected an hour ago; the access token has run out."""
    made = connect_zoom(zoom, alice)
    clock.shift(hours=1, minutes=1)
    zoom.reset_counters()
    return made


def pair(number: int = 9) -> Grant:
    return Grant(f"access-{number}", f"refresh-{number}", 3600, frozenset({"meeting:write:meeting", "user:read:user"}))


# --- Not the grant's fault -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        # Asked once more at once, because the pair may be spent already: so twice.
        {"kind": "status", "status": 500, "times": 2},
        {"kind": "status", "status": 503, "times": 2},
        {"kind": "xml", "times": 2},
        {"kind": "xml", "status": 400},
        {"kind": "rate_limit_second"},
        {"kind": "status", "status": 403, "body": "<html>Forbidden</html>"},
    ],
    ids=str,
)
def test_a_zoom_that_is_down_costs_the_grant_nothing(
    zoom: ZoomSimulator, hers: Connection, fault: dict[str, Any]
) -> None:
    before = account()
    zoom.fault("refresh", **fault)
    with pytest.raises(Unavailable):
        access.access(hers.pk)
    after = account()
    assert (after.state, after.suspected_at, after.claim) == (State.LIVE, None, None)
    assert after.tokens == before.tokens
    assert after.last_error
    assert access.access(hers.pk).pair_no == 1
    assert account().last_error == ""
    assert not Mail.objects.filter(subject__contains="reconnect").exists()


def test_a_wrong_client_secret_costs_the_grant_nothing_and_administrators_hear_of_it(
    zoom: ZoomSimulator, hers: Connection, settings: Settings
) -> None:
    right, settings.ZOOM_CLIENT_SECRET = settings.ZOOM_CLIENT_SECRET, "wrong"
    for _ in range(3):
        with pytest.raises(Misconfigured):
            access.access(hers.pk)
    assert (account().state, account().suspected_at) == (State.LIVE, None)
    [mail] = Mail.objects.filter(to="admin@example.com")
    assert "invalid_client" in mail.text
    settings.ZOOM_CLIENT_SECRET = right
    assert access.access(hers.pk).pair_no == 1


# --- A lost answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "bad_json", "empty"])
def test_where_zoom_bears_with_an_old_pair_a_lost_answer_is_asked_for_once_more(
    zoom: ZoomSimulator, hers: Connection, kind: str
) -> None:
    zoom.settings(refresh_grace=60)
    zoom.fault("refresh", kind, **({"after": True} if kind in {"bad_json", "empty"} else {}))
    got = access.access(hers.pk)
    assert got.token in zoom.secrets()
    assert zoom.calls("refresh") == 2
    assert (account().state, account().suspected_at, account().pair_no) == (State.LIVE, None, 1)


def test_where_it_does_not_the_grant_is_suspected_and_a_minute_later_condemned(
    zoom: ZoomSimulator, hers: Connection, clock: Clock
) -> None:
    zoom.fault("refresh", "drop_after")
    with pytest.raises(Unavailable) as outcome:
        access.access(hers.pk)
    assert zoom.calls("refresh") == 2
    assert (account().state, account().suspected_at) == (State.LIVE, clock.now())
    assert outcome.value.retry_at == clock.now() + grants.SECOND_LOOK
    clock.until_due(account())
    assert work_on(account()).state == State.NEEDS_RECONNECT


def test_two_lost_answers_say_nothing_about_the_grant(zoom: ZoomSimulator, hers: Connection) -> None:
    zoom.fault("refresh", "drop_before", times=2)
    with pytest.raises(Unavailable):
        access.access(hers.pk)
    assert account().suspected_at is None
    assert zoom.calls("refresh") == 2
    assert access.access(hers.pk).pair_no == 1


# --- Late and dropped pairs ------------------------------------------------------------------------------


def test_a_pair_that_arrives_after_the_claim_ran_out_is_written_while_the_numbers_stand(
    zoom: ZoomSimulator, hers: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a SIGSTOP: the claim is somebody else's by now, who has not written anything yet."""
    ask = refreshing.ask

    def ask_and_sleep(*args: Any) -> Grant:
        got = ask(*args)
        clock.shift(seconds=access.LEASE_SECONDS + 1)
        assert claims.take(ProviderAccount, account().pk, seconds=30, due=False)
        return got

    monkeypatch.setattr(refreshing, "ask", ask_and_sleep)
    got = access.access(hers.pk)
    assert got.pair_no == 1
    assert got.token in zoom.secrets()
    assert account().claim is not None  # the other's, and not given up for it


@pytest.mark.parametrize("moved", ["pair_no", "grant_no"])
def test_a_pair_that_comes_from_older_numbers_is_dropped(hers: Connection, moved: str) -> None:
    read = account()
    ProviderAccount.objects.update(**{moved: F(moved) + 1})
    assert not grants.renew(read, pair(), Asking(read, None))
    assert account().tokens == read.tokens


def test_a_late_pair_does_not_overwrite_a_reconnect(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = refreshing.ask

    def ask_and_sleep(*args: Any) -> Grant:
        got = ask(*args)
        monkeypatch.undo()
        clock.shift(seconds=5)
        authorize(zoom, alice)
        return got

    monkeypatch.setattr(refreshing, "ask", ask_and_sleep)
    got = access.access(hers.pk)
    assert (got.grant_no, got.pair_no) == (2, 0)
    zoom.reset_counters()
    assert got.token == grants.tokens_of(account())[0]
    assert account().last_error == ""


def test_a_late_pair_does_not_bring_back_a_grant_that_was_ended(
    zoom: ZoomSimulator, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = refreshing.ask

    def ask_and_end(*args: Any) -> Grant:
        got = ask(*args)
        grants.end(account())
        return got

    monkeypatch.setattr(refreshing, "ask", ask_and_end)
    with pytest.raises(NotLive):
        access.access(hers.pk)
    assert (account().state, account().tokens) == (State.ENDED, None)


def test_a_late_valid_pair_lifts_a_suspicion_and_a_verdict(hers: Connection, clock: Clock) -> None:
    read = account()
    assert not refuse(read)
    clock.shift(seconds=61)
    assert refuse(account())
    assert account().state == State.NEEDS_RECONNECT
    assert grants.renew(read, pair(), Asking(read, None))
    now = account()
    assert (now.state, now.suspected_at, now.lost_why, now.last_error) == (State.LIVE, None, "", "")
    assert now.due_at is not None


def test_one_owners_disconnect_does_not_disturb_the_others_refresh_in_flight(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, hers: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    his = connect_zoom(zoom, bob)
    clock.shift(hours=2)
    ask = refreshing.ask

    def ask_while_alice_leaves(*args: Any) -> Grant:
        connections.disconnect(owner=alice, connection_id=hers.pk)
        return ask(*args)

    monkeypatch.setattr(refreshing, "ask", ask_while_alice_leaves)
    assert access.access(his.pk).pair_no == 1
    assert (account().revoke_after, account().state) == (None, State.LIVE)


def test_a_disconnect_while_a_refresh_is_in_flight_still_owes_its_revocation(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = refreshing.ask

    def ask_while_alice_leaves(*args: Any) -> Grant:
        connections.disconnect(owner=alice, connection_id=hers.pk)
        return ask(*args)

    monkeypatch.setattr(refreshing, "ask", ask_while_alice_leaves)
    with pytest.raises(NotLive):
        access.access(hers.pk)
    monkeypatch.undo()
    assert account().due_at == account().revoke_after
    work_on(account())
    assert account().tokens is None
    assert not zoom.state("grants")["grants"][0]["alive"]


# --- A token that looks fresh ----------------------------------------------------------------------------


@pytest.fixture
def refused(zoom: ZoomSimulator, hers: Connection, clock: Clock) -> access.Access:
    """A token with most of its hour left, which Zoom does not take any more."""
    access.access(hers.pk)
    clock.shift(minutes=10)
    zoom.expire("jill")
    zoom.reset_counters()
    return access.access(hers.pk)


def test_a_refused_token_that_looks_fresh_is_refreshed_once(
    zoom: ZoomSimulator, hers: Connection, refused: access.Access
) -> None:
    renew_refused(refused)
    assert zoom.calls("refresh") == 1
    got = access.access(hers.pk)
    assert got.pair_no == refused.pair_no + 1
    assert got.token != refused.token


def test_where_the_numbers_moved_on_meanwhile_it_is_not(zoom: ZoomSimulator, refused: access.Access) -> None:
    renew_refused(refused)
    renew_refused(refused)
    assert zoom.calls("refresh") == 1


def test_where_even_the_new_one_is_refused_it_is_zooms_fault_and_not_the_grants(
    zoom: ZoomSimulator, hers: Connection, refused: access.Access, clock: Clock
) -> None:
    renew_refused(refused)
    clock.shift(seconds=5)
    with pytest.raises(Unavailable):
        renew_refused(access.access(hers.pk))
    assert zoom.calls("refresh") == 1
    assert account().state == State.LIVE


def test_a_minute_later_it_may_be_refreshed_again(
    zoom: ZoomSimulator, hers: Connection, refused: access.Access, clock: Clock
) -> None:
    renew_refused(refused)
    clock.shift(minutes=2)
    renew_refused(access.access(hers.pk))
    assert zoom.calls("refresh") == 2


# --- By itself -------------------------------------------------------------------------------------------


def test_each_grant_is_refreshed_once_a_day_jittered(zoom: ZoomSimulator, hers: Connection, clock: Clock) -> None:
    before = account()
    assert before.due_at is not None
    assert before.granted_at is not None
    assert 20 <= (before.due_at - before.granted_at).total_seconds() / 3600 <= 28
    work_on(before)
    assert zoom.calls("refresh") == 0
    clock.until_due(before)
    after = work_on(before)
    assert (after.pair_no, after.claim, after.attempts) == (1, None, 0)
    assert 20 <= (after.due_at - clock.now()).total_seconds() / 3600 <= 28
    work_on(after)
    assert zoom.calls("refresh") == 1


def test_an_idle_grant_lives_through_a_month(zoom: ZoomSimulator, hers: Connection, clock: Clock) -> None:
    for _ in range(30):
        clock.until_due(account())
        work_on(account())
    assert account().pair_no == zoom.calls("refresh") == 30
    assert access.access(hers.pk).token


def test_while_zoom_is_down_the_daily_refresh_comes_again_later_and_later(
    zoom: ZoomSimulator, hers: Connection, clock: Clock
) -> None:
    zoom.fault("refresh", "status", times=None)
    waits = []
    clock.until_due(account())
    for _ in range(14):
        due = work_on(account()).due_at
        waits.append((due - clock.now()).total_seconds())
        clock.until_due(account())
    assert waits[0] < 5
    assert 30 * 60 < waits[-1] <= 3600 * 1.25
    assert account().state == State.LIVE
    zoom.clear_faults()
    assert work_on(account()).pair_no == 1


def test_a_grant_that_needs_reconnecting_is_left_alone(zoom: ZoomSimulator, hers: Connection, clock: Clock) -> None:
    ProviderAccount.objects.update(state=State.NEEDS_RECONNECT, due_at=clock.now())
    assert work_on(account()).due_at is None
    assert zoom.calls("refresh") == 0


def test_a_reconnect_between_the_look_and_the_rest_keeps_its_own_time(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, clock: Clock
) -> None:
    ProviderAccount.objects.update(state=State.NEEDS_RECONNECT, due_at=clock.now())
    claim = claims.take(ProviderAccount, account().pk, seconds=45)
    assert claim is not None
    seen = claim.row()
    clock.shift(seconds=1)
    authorize(zoom, alice)
    upkeep._rest(claim, seen)
    assert account().due_at is not None
    assert account().claim is None


def test_tokens_that_no_key_opens_are_not_the_grants_fault(
    zoom: ZoomSimulator, hers: Connection, clock: Clock, settings: Settings
) -> None:
    right, settings.OKEY_ENCRYPTION_KEYS = settings.OKEY_ENCRYPTION_KEYS, (bytes(range(50, 82)),)
    clock.until_due(account())
    later = work_on(account())
    assert (later.state, later.claim) == (State.LIVE, None)
    assert later.due_at > clock.now()
    settings.OKEY_ENCRYPTION_KEYS = right
    clock.until_due(later)
    assert work_on(later).pair_no == 1
