"""An owner who is connected authorizes a different Zoom user: asked first, then replaced or kept."""

from typing import Any

import pytest

from integrations import authorization, connections
from integrations.models import AuthorizationAttempt, Connection, ProviderAccount
from okey.owners.models import Owner
from tests.integrations.walking import Clock, Results, State, Status, account, active, events, mails_to, work_on
from tests.zoom_fixtures import authorize, connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(zoom: ZoomSimulator, alice: Owner) -> Connection:
    return connect_zoom(zoom, alice, "jill")


@pytest.fixture
def asking(zoom: ZoomSimulator, alice: Owner, hers: Connection, clock: Clock) -> AuthorizationAttempt:
    """Alice, connected as Jill, has just allowed as Ben."""
    return authorize(zoom, alice, "ben")


def alive(zoom: ZoomSimulator) -> set[str]:
    return {grant["email"] for grant in zoom.state("grants")["grants"] if grant["alive"]}


def test_it_is_asked_before_anything_is_replaced(
    alice: Owner, hers: Connection, asking: AuthorizationAttempt, clock: Clock
) -> None:
    assert (asking.status, asking.outcome, asking.tokens) == (Status.ASKING, "", None)
    assert asking.account == account("ben")
    assert active(alice) == [hers]
    # The pair is safe on its account, and given back if nobody answers.
    assert account("ben").state == State.LIVE
    assert account("ben").revoke_after == asking.due_at
    assert mails_to(alice, "ben@example.com") == 0


def test_replacing_moves_the_default_over_and_gives_the_old_grant_back(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt
) -> None:
    attempt = authorization.answer(asking.pk, replace=True)
    assert (attempt.status, attempt.outcome, attempt.became_default) == (Status.DONE, Results.CONNECTED, False)
    [connection] = active(alice)
    assert (connection.account, connection.is_default) == (account("ben"), True)
    hers.refresh_from_db()
    assert (hers.ended_why, hers.is_default) == (Connection.Ended.REPLACED, False)
    assert account("ben").revoke_after is None
    work_on(account("jill"))
    assert account("jill").state == State.ENDED
    assert alive(zoom) == {"ben@example.com"}
    assert mails_to(alice, "ben@example.com was connected") == 1
    assert events(alice) == ["connected", "connected"]


def test_replacing_what_is_not_the_default_does_not_make_it_one(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt
) -> None:
    jitsi = connections.connect(owner=alice, provider="jitsi")
    connections.make_default(owner=alice, connection_id=jitsi.pk)
    authorization.answer(asking.pk, replace=True)
    assert connections.default_of(alice) == jitsi


def test_keeping_gives_the_new_grant_back(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt
) -> None:
    attempt = authorization.answer(asking.pk, replace=False)
    assert (attempt.status, attempt.outcome) == (Status.DONE, Results.KEPT)
    assert active(alice) == [hers]
    work_on(account("ben"))
    assert alive(zoom) == {"jill@example.com"}


def test_an_answer_counts_once(alice: Owner, hers: Connection, asking: AuthorizationAttempt) -> None:
    authorization.answer(asking.pk, replace=False)
    assert authorization.answer(asking.pk, replace=True).outcome == Results.KEPT
    assert active(alice) == [hers]


def test_unanswered_it_stays_as_it_was(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt, clock: Clock
) -> None:
    clock.until_due(asking)
    attempt = work_on(asking)
    assert attempt.outcome == Results.KEPT
    work_on(account("ben"))
    assert active(alice) == [hers]
    assert alive(zoom) == {"jill@example.com"}
    assert account("ben").tokens is None


def test_an_answer_that_comes_after_the_pair_was_given_back_is_too_late(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt, clock: Clock
) -> None:
    clock.until_due(asking)
    work_on(account("ben"))
    attempt = authorization.answer(asking.pk, replace=True)
    assert (attempt.status, attempt.outcome) == (Status.FAILED, Results.EXPIRED)
    assert active(alice) == [hers]


def test_the_question_does_not_touch_others_who_use_the_new_account(
    zoom: ZoomSimulator, alice: Owner, bob: Owner, clock: Clock
) -> None:
    his = connect_zoom(zoom, bob, "ben")
    connect_zoom(zoom, alice, "jill")
    clock.shift(seconds=1)
    asking = authorize(zoom, alice, "ben")
    assert asking.status == Status.ASKING
    assert account("ben").revoke_after is None
    authorization.answer(asking.pk, replace=False)
    assert active(bob) == [his]
    assert account("ben").state == State.LIVE
    assert "ben@example.com" in alive(zoom)


def test_the_connected_account_was_disconnected_before_the_answer(
    alice: Owner, hers: Connection, asking: AuthorizationAttempt
) -> None:
    connections.disconnect(owner=alice, connection_id=hers.pk)
    attempt = authorization.answer(asking.pk, replace=True)
    assert (attempt.outcome, attempt.became_default) == (Results.CONNECTED, True)
    [connection] = active(alice)
    assert connection.account == account("ben")


def test_the_entitlement_was_withdrawn_before_the_answer(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt
) -> None:
    Owner.objects.update(meeting_providers_enabled=False)
    assert authorization.answer(asking.pk, replace=True).outcome == Results.NOT_ENTITLED
    work_on(account("ben"))
    assert alive(zoom) == {"jill@example.com"}


def test_two_questions_about_the_same_account(
    zoom: ZoomSimulator, alice: Owner, hers: Connection, asking: AuthorizationAttempt, clock: Clock
) -> None:
    clock.shift(seconds=1)
    second = authorize(zoom, alice, "ben")
    assert second.status == Status.ASKING
    assert authorization.answer(second.pk, replace=True).outcome == Results.CONNECTED
    assert authorization.answer(asking.pk, replace=False).outcome == Results.KEPT
    assert [one.account for one in active(alice)] == [account("ben")]
    assert account("ben").revoke_after is None
    assert ProviderAccount.objects.filter(state=State.LIVE).count() == 2


def test_the_same_zoom_user_is_not_asked_about(zoom: ZoomSimulator, alice: Owner, hers: Connection) -> None:
    assert authorize(zoom, alice, "jill").outcome == Results.RECONNECTED


def test_an_expired_account_is_asked_about_too(zoom: ZoomSimulator, alice: Owner, hers: Connection) -> None:
    ProviderAccount.objects.update(state=State.NEEDS_RECONNECT)
    attempt: Any = authorize(zoom, alice, "ben")
    assert attempt.status == Status.ASKING
