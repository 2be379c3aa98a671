"""The owner, then accounts, then connections: whoever meets whom, nobody is the database's victim.

On PostgreSQL this is what it says; on SQLite one writer waits for the other from the start.
"""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import authorization, completion, connections, diary, grants, registry
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from integrations.refreshing import Asking
from okey.owners.models import Owner
from okey.webhooks.models import Event
from tests.integrations.walking import Results, State, account, active, condemn, refuse
from tests.okey.api.caller import Caller, problem
from tests.row_locks import meet
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

together = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hers(zoom: ZoomSimulator, alice: Owner) -> Connection:
    return connect_zoom(zoom, alice)


def disconnect(one: Connection) -> Connection | None:
    return connections.disconnect(owner=one.owner, connection_id=one.pk)


def doubted() -> ProviderAccount:
    """One more refusal, and its owners are told."""
    long_ago = timezone.now() - 2 * grants.ASK_AGAIN_AFTER[-1]
    ProviderAccount.objects.update(state=State.NEEDS_RECONNECT, lost_why="doubted", suspected_at=long_ago)
    return account()


@together
def test_a_disconnect_meets_the_loss_of_the_grant(hers: Connection) -> None:
    read = doubted()
    assert meet(grants, "owe_revocation_if_unused", lambda: disconnect(hers), lambda: refuse(read)) == [hers, True]
    assert (account().lost_why, active(hers.owner)) == ("refused", [])


@together
def test_the_loss_of_the_grant_meets_a_disconnect(hers: Connection) -> None:
    read = doubted()
    assert meet(diary, "note_all", lambda: refuse(read), lambda: disconnect(hers)) == [True, hers]
    assert Event.objects.filter(type="connection.needs_reconnect").count() == 1


@together
def test_a_disconnect_meets_a_pair_that_lifts_the_verdict(zoom: ZoomSimulator, hers: Connection) -> None:
    pair = registry.vendor("zoom").refresh(grants.tokens_of(account())[1])
    condemn(account())
    read = account()
    met = meet(
        grants,
        "owe_revocation_if_unused",
        lambda: disconnect(hers),
        lambda: grants.renew(read, pair, Asking(read, None)),
    )
    assert met == [hers, True]
    assert account().due_at == account().revoke_after


@together
def test_a_disconnect_meets_a_removal_at_the_provider(hers: Connection) -> None:
    read = account()
    assert meet(grants, "owe_revocation_if_unused", lambda: disconnect(hers), lambda: grants.remove(read))[0] == hers
    assert account().tokens is None


@together
def test_a_disconnect_meets_the_other_owners_reconnect(zoom: ZoomSimulator, bob: Owner, hers: Connection) -> None:
    connect_zoom(zoom, bob)
    condemn(account())
    met = meet(grants, "owe_revocation_if_unused", lambda: disconnect(hers), lambda: authorize(zoom, bob).outcome)
    assert met == [hers, Results.RECONNECTED]


@together
def test_a_reconnect_meets_the_other_owners_disconnect(zoom: ZoomSimulator, bob: Owner, hers: Connection) -> None:
    connect_zoom(zoom, bob)
    condemn(account())
    met = meet(completion, "_settle", lambda: authorize(zoom, bob).outcome, lambda: disconnect(hers))
    assert met == [Results.RECONNECTED, hers]


@together
def test_two_owners_swap_their_accounts(zoom: ZoomSimulator, alice: Owner, bob: Owner, hers: Connection) -> None:
    connect_zoom(zoom, bob, user="ben")
    wanted = [authorize(zoom, alice, "ben").pk, authorize(zoom, bob, "jill").pk]

    def answer(number: int) -> str:
        attempt: AuthorizationAttempt = authorization.answer(wanted[number], replace=True)
        return attempt.outcome

    assert meet(completion, "_replace", lambda: answer(0), lambda: answer(1)) == [Results.CONNECTED] * 2
    assert [str(one.account) for owner in (alice, bob) for one in active(owner)] == [
        "ben@example.com",
        "jill@example.com",
    ]


# --- Where the database ends a transaction all the same --------------------------------------------------


@pytest.fixture
def victim(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is in the list the database says to those who disconnect or answer, one after the other."""
    said: list[str] = []
    lock = grants.lock

    def locked(*account_ids: Any) -> None:
        if said:
            raise OperationalError(said.pop())
        lock(*account_ids)

    monkeypatch.setattr(grants, "lock", locked)
    return said


@together
def test_a_deadlock_costs_whoever_disconnects_another_try(hers: Connection, victim: list[str]) -> None:
    victim += ["deadlock detected"] * 2
    assert disconnect(hers) == hers


@together
def test_a_database_that_will_not_have_it_is_no_error_page(
    hers: Connection, alice_client: Client, victim: list[str]
) -> None:
    victim += ["database is locked"] * 3
    page = alice_client.post(reverse("integrations:disconnect", args=[hers.pk]), follow=True)
    assert page.status_code == 200
    assert "nothing was changed. Please try again." in page.content.decode()
    assert active(hers.owner) == [hers]


@together
def test_programs_read_that_they_may_try_again(hers: Connection, victim: list[str]) -> None:
    victim += ["database is locked"] * 3
    problem(Caller(hers.owner).delete(f"/connections/{hers.pk}"), 503, "unavailable")


@together
def test_a_question_that_could_not_be_answered_stays_open(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, victim: list[str]
) -> None:
    attempt = authorize(zoom, alice, "ben")
    victim += ["deadlock detected"] * 3
    attempt = authorization.answer(attempt.pk, replace=True)
    assert (attempt.status, attempt.claim) == (AuthorizationAttempt.Status.ASKING, None)
    assert authorization.answer(attempt.pk, replace=True).outcome == Results.CONNECTED
