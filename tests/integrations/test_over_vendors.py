"""What the core promises of connections, over two vendors that have little in common: Zoom and a made-up one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from integrations import access, authorization, connections, grants, registry, upkeep
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from integrations.providers.base import Refused, Unavailable, Unknown
from integrations.vendors.base import Revoking
from okey.owners.models import Owner
from tests.integrations.steady import AtSteady
from tests.zoom_fixtures import returned
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db
Results = AuthorizationAttempt.Outcome
State = ProviderAccount.State


class Side(Protocol):
    """What a test does at the vendor."""

    provider: str
    needed: str

    def authorize(self, owner: Owner, user: str = "jill", *, without: str = "") -> AuthorizationAttempt:
        """From Connect to the end of the attempt, all permissions granted but one."""

    def remove(self) -> None:
        """The person takes the permission back."""

    def revocations(self) -> int: ...


@dataclass
class AtZoom:
    zoom: ZoomSimulator
    provider: str = "zoom"
    needed: str = "meeting:write:meeting"

    def authorize(self, owner: Owner, user: str = "jill", *, without: str = "") -> AuthorizationAttempt:
        attempt = authorization.begin(owner, "zoom")
        scopes = ["user:read:user"] if without else None
        return authorization.proceed(returned(self.zoom, owner, attempt, user, scopes).pk)

    def remove(self) -> None:
        self.zoom.deauthorize("jill")

    def revocations(self) -> int:
        return self.zoom.calls("revoke")


@pytest.fixture(params=["zoom", "steady"])
def side(request: pytest.FixtureRequest) -> Side:
    return AtZoom(request.getfixturevalue("zoom")) if request.param == "zoom" else request.getfixturevalue("steady")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now().replace(microsecond=0), tick=False) as traveller:
        yield traveller


def account() -> ProviderAccount:
    return ProviderAccount.objects.get()


def run_out() -> None:
    """The access token has, by our clock."""
    ProviderAccount.objects.update(expires_at=timezone.now() - timedelta(minutes=1))


def until_nothing_is_due(clock: time_machine.Traveller, *, within: timedelta) -> None:
    """As the sweep would."""
    over = timezone.now() + within
    while (due := ProviderAccount.objects.filter(due_at__lte=over).order_by("due_at").first()) is not None:
        clock.move_to(max(due.due_at or over, timezone.now()), tick=False)
        upkeep.work(due.pk)


# --- Over both -------------------------------------------------------------------------------------------


def test_connecting_stores_one_grant_with_its_vendor(side: Side, alice: Owner) -> None:
    attempt = side.authorize(alice)
    assert attempt.outcome == Results.CONNECTED
    assert account().vendor == registry.oauth_provider(side.provider).vendor
    assert (account().state, account().grant_no) == (State.LIVE, 1)
    assert connections.default_provider(alice) == side.provider


def test_two_owners_of_one_account_go_on_with_its_newest_grant(side: Side, alice: Owner, bob: Owner) -> None:
    assert side.authorize(alice).outcome == side.authorize(bob).outcome == Results.CONNECTED
    assert account().grant_no == 2
    for connection in Connection.objects.all():
        assert registry.vendor_of(side.provider).identify(access.access(connection.pk).token)


def test_a_refresh_leaves_a_pair_that_can_be_refreshed_again(side: Side, alice: Owner) -> None:
    connection = side.authorize(alice).connection
    assert connection
    before = grants.tokens_of(account())
    for number in (1, 2):
        run_out()
        access.access(connection.pk)
        assert account().pair_no == number
    rotates = registry.vendor_of(side.provider).rotates
    after = grants.tokens_of(account())
    assert after[0] != before[0]
    assert (after[1] != before[1]) is rotates
    assert account().lost_at is None


def test_the_day_long_refresh_keeps_the_grant_for_weeks(
    side: Side, alice: Owner, clock: time_machine.Traveller
) -> None:
    side.authorize(alice)
    for _day in range(3):
        due_at = account().due_at
        assert due_at
        clock.move_to(due_at, tick=False)
        upkeep.work(account().pk)
    assert (account().state, account().pair_no) == (State.LIVE, 3)


def test_a_removed_permission_needs_reconnecting_and_a_new_one_heals(
    side: Side, alice: Owner, clock: time_machine.Traveller
) -> None:
    side.authorize(alice)
    side.remove()
    ProviderAccount.objects.update(due_at=timezone.now())
    until_nothing_is_due(clock, within=timedelta(hours=6))
    assert (account().state, account().lost_why) == (State.NEEDS_RECONNECT, "refused")
    assert side.authorize(alice).outcome == Results.RECONNECTED
    assert account().state == State.LIVE


def test_disconnecting_gives_the_permission_back_once(side: Side, alice: Owner) -> None:
    connection = side.authorize(alice).connection
    assert connection
    connections.disconnect(owner=alice, connection_id=connection.pk)
    upkeep.work(account().pk)
    assert (account().state, account().tokens, side.revocations()) == (State.ENDED, None, 1)


def test_a_shared_account_is_given_back_by_the_last_who_uses_it(side: Side, alice: Owner, bob: Owner) -> None:
    hers, his = side.authorize(alice).connection, side.authorize(bob).connection
    assert hers
    assert his
    connections.disconnect(owner=alice, connection_id=hers.pk)
    upkeep.work(account().pk)
    assert (account().state, side.revocations()) == (State.LIVE, 0)
    connections.disconnect(owner=bob, connection_id=his.pk)
    upkeep.work(account().pk)
    assert (account().state, side.revocations()) == (State.ENDED, 1)


def test_a_missing_permission_is_named_and_the_pair_is_not_kept(side: Side, alice: Owner) -> None:
    attempt = side.authorize(alice, without=side.needed)
    assert (attempt.outcome, attempt.detail) == (Results.SCOPE_MISSING, side.needed)
    upkeep.work(account().pk)
    assert (account().state, side.revocations()) == (State.ENDED, 1)


# --- Where refresh tokens stay and older grants live on ---------------------------------------------------


def test_a_lost_refresh_is_no_loss(steady: AtSteady, alice: Owner, clock: time_machine.Traveller) -> None:
    connection = steady.authorize(alice).connection
    assert connection
    run_out()
    steady.steady.faults = [("refresh", Unknown("no answer"))] * 2
    with pytest.raises(Unavailable):
        access.access(connection.pk)
    assert account().lost_at is None
    assert access.access(connection.pk).token
    due_at = account().due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(hours=19)  # the daily refresh, not a look after what was lost


def test_a_refused_sign_in_leaves_a_living_grant_alone(steady: AtSteady, alice: Owner, bob: Owner) -> None:
    connection = steady.authorize(alice).connection
    assert connection
    before = grants.tokens_of(account())
    assert steady.authorize(bob, without="rooms").outcome == Results.SCOPE_MISSING
    assert (grants.tokens_of(account()), account().grant_no) == (before, 1)
    assert connections.can_make_links(Connection.objects.select_related("account").get(pk=connection.pk))
    assert steady.revocations() == 0


def test_an_exchange_without_an_answer_leaves_nothing_to_look_at(steady: AtSteady, alice: Owner) -> None:
    steady.authorize(alice)
    before = account().due_at
    _attempt, state, _scopes = steady.begin(alice)
    steady.steady.faults = [("exchange", Unknown("no answer"))]
    assert steady.come_back(alice, state, steady.steady.consent()).outcome == Results.UNAVAILABLE
    assert account().due_at == before


def test_a_pair_that_is_nobodys_is_dropped_and_takes_nobody_with_it(steady: AtSteady, alice: Owner) -> None:
    steady.authorize(alice)
    _attempt, state, _scopes = steady.begin(alice)
    steady.steady.faults = [("identify", Refused("403", reason="scope_missing"))]
    attempt = steady.come_back(alice, state, steady.steady.consent())
    assert (attempt.outcome, attempt.detail, attempt.tokens) == (Results.SCOPE_MISSING, "who", None)
    assert steady.revocations() == 0
    assert account().state == State.LIVE


def test_what_is_owed_waits_while_a_new_pair_is_not_known_yet(steady: AtSteady, alice: Owner) -> None:
    connection = steady.authorize(alice).connection
    assert connection
    _attempt, state, _scopes = steady.begin(alice)
    steady.steady.faults = [("identify", Unavailable("503"))]
    attempt = steady.come_back(alice, state, steady.steady.consent())
    assert attempt.outcome == ""
    connections.disconnect(owner=alice, connection_id=connection.pk)
    upkeep.work(account().pk)
    assert steady.revocations() == 0
    AuthorizationAttempt.objects.filter(pk=attempt.pk).update(due_at=timezone.now())
    authorization.work(attempt.pk)
    assert AuthorizationAttempt.objects.get(pk=attempt.pk).outcome == Results.CONNECTED
    ProviderAccount.objects.update(due_at=timezone.now())
    upkeep.work(account().pk)
    assert (account().state, steady.revocations()) == (State.LIVE, 0)


# --- One account, several providers -----------------------------------------------------------------------


def test_the_second_service_asks_for_both_and_shares_the_grant(steady: AtSteady, alice: Owner) -> None:
    assert steady.begin(alice)[2] == ["who", "rooms"]
    steady.authorize(alice)
    assert steady.begin(alice, "steady_conferences")[2] == ["who", "rooms", "conferences"]
    assert steady.authorize(alice, provider="steady_conferences").outcome == Results.CONNECTED
    assert account().scope_set == {"who", "rooms", "conferences"}
    assert Connection.objects.active().filter(account=account()).count() == 2


def test_switching_one_on_does_not_take_the_others_permission_away(steady: AtSteady, alice: Owner) -> None:
    rooms = steady.authorize(alice).connection
    assert rooms
    attempt = steady.authorize(alice, without="rooms", provider="steady_conferences")
    assert (attempt.outcome, attempt.detail) == (Results.SCOPE_MISSING, "rooms")
    assert connections.can_make_links(Connection.objects.select_related("account").get(pk=rooms.pk))


def test_the_permission_is_given_back_when_nothing_uses_it_any_more(steady: AtSteady, alice: Owner) -> None:
    rooms = steady.authorize(alice).connection
    conferences = steady.authorize(alice, provider="steady_conferences").connection
    assert rooms
    assert conferences
    connections.disconnect(owner=alice, connection_id=rooms.pk)
    upkeep.work(account().pk)
    assert (account().state, steady.revocations()) == (State.LIVE, 0)
    connections.disconnect(owner=alice, connection_id=conferences.pk)
    upkeep.work(account().pk)
    assert (account().state, steady.revocations()) == (State.ENDED, 1)


def test_the_loss_is_in_the_diary_of_each_service(
    steady: AtSteady, alice: Owner, clock: time_machine.Traveller
) -> None:
    steady.authorize(alice)
    steady.authorize(alice, provider="steady_conferences")
    steady.remove()
    ProviderAccount.objects.update(due_at=timezone.now())
    until_nothing_is_due(clock, within=timedelta(hours=6))
    told: Any = alice.connection_events.filter(kind="needs_reconnect").values_list("provider", flat=True)
    assert set(told) == {"steady_rooms", "steady_conferences"}


# --- What disconnecting says -----------------------------------------------------------------------------


def test_the_other_services_of_the_account_are_named(steady: AtSteady, alice: Owner, alice_client: Client) -> None:
    rooms = steady.authorize(alice).connection
    steady.authorize(alice, provider="steady_conferences")
    assert rooms
    text = alice_client.get(f"/integrations/connections/{rooms.pk}/disconnect/").content.decode()
    assert "You use this Steady account for Steady Conferences too, so O-Key stays authorized in Steady" in text
    assert "gives its permission back" not in text


def test_where_nothing_can_be_revoked_the_tokens_are_destroyed_and_the_person_reads_what_is_left_to_do(
    steady: AtSteady, alice: Owner, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady.steady, "revokes", Revoking.NOTHING)
    rooms = steady.authorize(alice).connection
    assert rooms
    page = f"/integrations/connections/{rooms.pk}/disconnect/"
    assert "remove O-Key from the authorized apps in your Steady account" in alice_client.get(page).content.decode()
    assert "gives its permission back" not in alice_client.get(page).content.decode()
    alice_client.post(page)
    upkeep.work(account().pk)
    assert (account().state, account().tokens, steady.revocations()) == (State.ENDED, None, 0)
