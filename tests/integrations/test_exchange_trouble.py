"""Zoom fails while somebody connects: no connection is shown that is none, and no exchanged pair is lost."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from integrations import authorization, grants
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from integrations.providers.base import Grant
from integrations.refreshing import SECOND_LOOK, Asking
from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.integrations.walking import (
    Clock,
    Results,
    State,
    Status,
    account,
    active,
    events,
    mails_to,
    to_the_end,
    work_on,
)
from tests.zoom_fixtures import authorize, connect_zoom, returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

AFTER_THE_EXCHANGE = [
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 401, "body": "<html>"},
    {"kind": "status", "status": 401, "body": {"code": 124, "message": "Invalid access token."}},
    {"kind": "xml"},
    {"kind": "bad_json"},
    {"kind": "empty"},
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "rate_limit_second"},
]


@pytest.fixture
def attempt(zoom: ZoomSimulator, alice: Owner) -> AuthorizationAttempt:
    """Back from Zoom, not exchanged yet."""
    return returned(zoom, alice, authorization.begin(alice, "zoom"))


def named(value: Any) -> str:
    return f"{value['kind']} {value.get('status', '')}" if isinstance(value, dict) else ""


# --- At the exchange -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 500},
        {"kind": "xml"},
        {"kind": "bad_json"},
        {"kind": "empty"},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "rate_limit_second"},
    ],
    ids=named,
)
def test_zoom_is_not_answering(zoom: ZoomSimulator, attempt: AuthorizationAttempt, fault: dict[str, Any]) -> None:
    zoom.fault("exchange", **fault)
    attempt = authorization.proceed(attempt.pk)
    assert (attempt.status, attempt.outcome) == (Status.FAILED, Results.UNAVAILABLE)
    assert (attempt.code, attempt.tokens, attempt.due_at) == (None, None, None)
    assert zoom.calls("exchange") == 1
    assert not Connection.objects.exists()


def test_trying_again_afterwards_connects(zoom: ZoomSimulator, alice: Owner, attempt: AuthorizationAttempt) -> None:
    zoom.fault("exchange", "drop_after")
    authorization.proceed(attempt.pk)
    assert authorize(zoom, alice).outcome == Results.CONNECTED


def test_a_process_that_died_with_the_code_leaves_none_for_another(
    zoom: ZoomSimulator, attempt: AuthorizationAttempt, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_args: Any, **_kwargs: Any) -> None:
        raise Killed

    monkeypatch.setattr("integrations.vendors.zoom.vendor.ZoomVendor.exchange", die)
    with pytest.raises(Killed):
        authorization.proceed(attempt.pk)
    monkeypatch.undo()
    assert authorization.proceed(attempt.pk).status == Status.RETURNED  # the dead one's claim
    clock.shift(seconds=authorization.LEASE_SECONDS)
    attempt = authorization.proceed(attempt.pk)
    assert (attempt.status, attempt.outcome) == (Status.FAILED, Results.UNAVAILABLE)
    assert zoom.calls("exchange") == 0


def test_whoever_lost_the_claim_exchanges_nothing(
    zoom: ZoomSimulator, attempt: AuthorizationAttempt, clock: Clock
) -> None:
    late = claims.take(AuthorizationAttempt, attempt.pk, seconds=1, due=False)
    assert late is not None
    clock.shift(seconds=2)
    assert claims.take(AuthorizationAttempt, attempt.pk, seconds=60, due=False)
    authorization._exchange(late)
    assert zoom.calls("exchange") == 0


# --- After the exchange ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", AFTER_THE_EXCHANGE, ids=named)
def test_zoom_cannot_say_whose_the_pair_is_and_the_connection_is_finished_a_moment_later(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, attempt: AuthorizationAttempt, fault: dict[str, Any]
) -> None:
    zoom.fault("users_me", **fault)
    attempt = authorization.proceed(attempt.pk)
    assert (attempt.status, attempt.outcome) == (Status.EXCHANGED, "")
    assert attempt.tokens is not None
    assert (attempt.code, attempt.claim) == (None, None)
    assert not Connection.objects.exists()
    clock.until_due(attempt)
    attempt = work_on(attempt)
    assert (attempt.status, attempt.outcome, attempt.tokens) == (Status.DONE, Results.CONNECTED, None)
    assert (zoom.calls("exchange"), zoom.calls("users_me")) == (1, 2)
    [connection] = active(alice)
    assert connection.is_default
    assert mails_to(alice, "jill@example.com was connected") == 1


def test_it_is_asked_again_and_again_each_time_later(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", "status", times=None)
    attempt = authorization.proceed(attempt.pk)
    waits = []
    for _ in range(8):
        assert attempt.due_at is not None
        waits.append((attempt.due_at - clock.now()).total_seconds())
        clock.until_due(attempt)
        attempt = work_on(attempt)
        assert attempt.status == Status.EXCHANGED
    assert waits[0] < 4
    assert waits[-1] > 100
    assert max(waits) <= 600 * 1.25


def test_a_call_in_vain_is_not_made_before_it_is_due(zoom: ZoomSimulator, attempt: AuthorizationAttempt) -> None:
    zoom.fault("users_me", "status", times=None)
    attempt = authorization.proceed(attempt.pk)
    work_on(attempt)
    assert zoom.calls("users_me") == 1


def test_a_pair_whose_access_token_ran_out_meanwhile_is_refreshed(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", "status")
    attempt = authorization.proceed(attempt.pk)
    clock.shift(hours=2)
    assert work_on(attempt).outcome == Results.CONNECTED
    assert (zoom.calls("refresh"), zoom.calls("users_me")) == (1, 2)
    assert account().expires_at is not None
    assert account().expires_at > clock.now() + timedelta(minutes=50)
    token, _refresh = grants.tokens_of(account())
    assert token in zoom.secrets()


def test_a_refreshed_pair_is_kept_even_if_the_next_call_fails(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", "status", times=2)
    attempt = authorization.proceed(attempt.pk)
    clock.shift(hours=2)
    attempt = work_on(attempt)
    assert attempt.status == Status.EXCHANGED
    clock.until_due(attempt)
    assert work_on(attempt).outcome == Results.CONNECTED
    assert zoom.calls("refresh") == 1


def test_a_lost_answer_to_that_refresh_is_asked_for_once_more(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.settings(refresh_grace=60)
    zoom.fault("users_me", "status")
    attempt = authorization.proceed(attempt.pk)
    clock.shift(hours=2)
    zoom.fault("refresh", "drop_after")
    assert work_on(attempt).outcome == Results.CONNECTED
    assert zoom.calls("refresh") == 2


def test_a_pair_that_died_meanwhile_is_over(zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt) -> None:
    zoom.fault("users_me", "status")
    attempt = authorization.proceed(attempt.pk)
    zoom.deauthorize("jill")
    for _refusal in ("of the access token", "of the refresh token"):
        clock.until_due(attempt)
        attempt = work_on(attempt)
        assert (attempt.status, attempt.outcome) == (Status.EXCHANGED, "")
    assert attempt.due_at == clock.now() + SECOND_LOOK
    attempt = to_the_end(attempt, clock)
    assert (attempt.status, attempt.outcome, attempt.tokens) == (Status.FAILED, Results.CODE_REFUSED, None)


def test_after_twelve_hours_the_pair_is_given_back_with_a_token_that_zoom_still_takes(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", "status", times=None)
    attempt = authorization.proceed(attempt.pk)
    clock.shift(hours=12, minutes=1)
    attempt = work_on(attempt)
    assert (attempt.status, attempt.outcome, attempt.tokens) == (Status.FAILED, Results.UNAVAILABLE, None)
    assert [grant["alive"] for grant in zoom.state("grants")["grants"]] == [False]
    assert zoom.state("counters")["counters"]["revoke"] == {"calls": 1, "ok": 1}


def test_giving_back_is_tried_for_a_day_with_the_newest_pair(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", "status", times=None)
    attempt = authorization.proceed(attempt.pk)
    clock.shift(hours=12, minutes=1)
    zoom.fault("revoke", "status", times=3)
    for _ in range(3):
        attempt = work_on(attempt)
        assert attempt.status == Status.EXCHANGED
        assert attempt.tokens is not None
        clock.until_due(attempt)
    assert work_on(attempt).status == Status.FAILED
    assert [grant["alive"] for grant in zoom.state("grants")["grants"]] == [False]
    assert zoom.calls("refresh") == 1


def test_what_cannot_be_given_back_is_destroyed_after_a_day(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", "status", times=None)
    attempt = authorization.proceed(attempt.pk)
    zoom.fault("revoke", "status", times=None)
    zoom.fault("refresh", "status", times=None)
    clock.shift(hours=23)
    attempt = work_on(attempt)
    assert attempt.tokens is not None
    clock.shift(hours=2)
    attempt = work_on(attempt)
    assert (attempt.status, attempt.tokens, attempt.due_at) == (Status.FAILED, None, None)


def test_a_pair_that_no_key_opens_any_more_ends_the_attempt(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt, settings: Settings
) -> None:
    zoom.fault("users_me", "status")
    attempt = authorization.proceed(attempt.pk)
    settings.OKEY_ENCRYPTION_KEYS = (bytes(range(50, 82)),)
    clock.until_due(attempt)
    attempt = work_on(attempt)
    assert (attempt.status, attempt.outcome, attempt.due_at) == (Status.FAILED, Results.UNAVAILABLE, None)


INVALID_TOKEN = {"kind": "status", "status": 401, "body": {"code": 124, "message": "Invalid access token."}}


def test_an_access_token_that_zoom_does_not_take_is_refreshed_once_and_the_pair_kept(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", **INVALID_TOKEN, times=3)
    attempt = authorization.proceed(attempt.pk)
    for refreshes in (0, 1, 1):
        assert (attempt.status, zoom.calls("refresh")) == (Status.EXCHANGED, refreshes)
        clock.until_due(attempt)
        attempt = work_on(attempt)
    assert (attempt.outcome, zoom.calls("refresh")) == (Results.CONNECTED, 1)
    assert grants.tokens_of(account())[0] in zoom.secrets()


def test_a_pair_that_zoom_never_takes_is_given_back(
    zoom: ZoomSimulator, clock: Clock, attempt: AuthorizationAttempt
) -> None:
    zoom.fault("users_me", **INVALID_TOKEN, times=None)
    attempt = to_the_end(authorization.proceed(attempt.pk), clock)
    assert (attempt.status, attempt.outcome, attempt.tokens) == (Status.FAILED, Results.UNAVAILABLE, None)
    assert [grant["alive"] for grant in zoom.state("grants")["grants"]] == [False]


# --- And those who were connected before -------------------------------------------------------------------


def test_a_pair_of_a_zoom_user_in_use_replaces_the_grant_that_its_exchange_has_killed(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, clock: Clock
) -> None:
    connect_zoom(zoom, bob)
    zoom.fault("users_me", "status")
    attempt = authorize(zoom, alice)
    assert account().grant_no == 1
    clock.until_due(attempt)
    assert work_on(attempt).outcome == Results.CONNECTED
    assert (account().grant_no, account().state) == (2, State.LIVE)
    assert [len(active(owner)) for owner in (alice, bob)] == [1, 1]
    assert ProviderAccount.objects.count() == 1


@pytest.mark.parametrize("fault", ["drop_after", "status"])
def test_an_exchange_that_may_have_killed_the_grant_has_it_looked_at_at_once(
    zoom: ZoomSimulator, alice: Owner, clock: Clock, fault: str
) -> None:
    connect_zoom(zoom, alice)
    clock.shift(minutes=10)
    zoom.fault("exchange", fault)
    assert authorize(zoom, alice).outcome == Results.UNAVAILABLE
    assert account().due_at == clock.now()
    work_on(account())
    if fault == "status":
        assert (account().pair_no, account().suspected_at) == (1, None)
    else:
        assert account().suspected_at == clock.now()
        clock.until_due(account())
        assert work_on(account()).state == State.NEEDS_RECONNECT


def test_one_that_was_refused_has_killed_nothing(zoom: ZoomSimulator, alice: Owner, clock: Clock) -> None:
    connect_zoom(zoom, alice)
    before = account().due_at
    body = {"reason": "Invalid code", "error": "invalid_grant"}
    zoom.fault("exchange", "status", status=400, body=body)
    assert authorize(zoom, alice).outcome == Results.CODE_REFUSED
    assert account().due_at == before


def test_fewer_permissions_are_told_to_the_other_owner_once_and_not_to_who_gave_them(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, clock: Clock
) -> None:
    connect_zoom(zoom, alice)
    connect_zoom(zoom, bob)
    for _ in range(2):
        assert authorize(zoom, bob, scopes=["user:read:user"]).outcome == Results.SCOPE_MISSING
    [mail] = Mail.objects.filter(subject="Zoom took a permission away that O-Key needs")
    assert mail.to == alice.email
    assert "meeting:write:meeting" in mail.text
    assert "jill@example.com" in mail.text
    assert bob.email not in mail.text
    assert events(alice)[-1] == "narrowed"
    assert "narrowed" not in events(bob)
    connect_zoom(zoom, bob)
    assert authorize(zoom, bob, scopes=["user:read:user"]).outcome == Results.SCOPE_MISSING
    assert mails_to(alice, "took a permission away") == 2


def test_a_refresh_that_brings_fewer_is_told_to_everybody(zoom: ZoomSimulator, alice: Owner, bob: Owner) -> None:
    connect_zoom(zoom, alice)
    connect_zoom(zoom, bob)
    narrow = Grant("a", "r", 3600, frozenset({"user:read:user"}))
    assert grants.renew(account(), narrow, Asking(account(), None))
    assert [mails_to(owner, "took a permission away") for owner in (alice, bob)] == [1, 1]
