"""What becomes of a grant when Zoom says that the person removed O-Key: a reconnect beats every late message."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from integrations import access, connections, deauthorization, grants, upkeep
from integrations.deauthorization import Verdict
from integrations.models import Connection, ConnectionEvent, ProviderAccount, WebhookDelivery
from integrations.refreshing import Asking
from okey.lib import claims
from okey.lib.claims import Claim
from okey.mails.models import Mail
from okey.owners.models import Owner
from tests.dump import everything
from tests.integrations.walking import condemn
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

pytestmark = pytest.mark.django_db

State = ProviderAccount.State
LONG_AGO = timedelta(hours=3)
Tell = Callable[..., WebhookDelivery]


@pytest.fixture
def tell() -> Tell:
    """A message about the only account arrives and is worked on."""
    numbers = count()

    def arrive(*, at: datetime | None, is_late: bool = False, **more: Any) -> WebhookDelivery:
        account = ProviderAccount.objects.get()
        message = {"external_id": account.external_id, "external_account_id": account.external_account_id, **more}
        signature = f"v0={next(numbers)}"
        deauthorization.receive(provider="zoom", at=at, signature=signature, is_late=is_late, **message)
        delivery = WebhookDelivery.objects.latest("pk")
        deauthorization.work(delivery.pk)
        delivery.refresh_from_db()
        return delivery

    return arrive


def granted(ago: timedelta) -> ProviderAccount:
    ProviderAccount.objects.update(granted_at=timezone.now() - ago)
    return ProviderAccount.objects.get()


def account() -> ProviderAccount:
    return ProviderAccount.objects.get()


def mails() -> list[str]:
    return list(Mail.objects.filter(subject__contains="needs reconnecting").order_by("to").values_list("to", flat=True))


# --- the person is forgotten ------------------------------------------------------------------------------


def test_what_zoom_told_of_the_person_goes(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    before = granted(LONG_AGO)
    Mail.objects.update(due_at=None)
    values = [before.email, before.display_name, before.external_account_id]
    assert all(value in everything() for value in map(str.casefold, values))
    tell(at=timezone.now())
    WebhookDelivery.objects.update(due_at=timezone.now())
    deauthorization.work(WebhookDelivery.objects.get().pk)  # when no replay can come any more
    assert [value for value in values if value.casefold() in everything()] == []
    assert [event.text for event in ConnectionEvent.objects.filter(kind="connected")] == ["Connected as …."]


def test_mails_of_other_owners_stay_as_they_are(zoom: ZoomSimulator, alice: Owner, bob: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    address = granted(LONG_AGO).email
    Mail.objects.create(to=bob.email, subject="Booked", text=f"{address} and b{address} booked")
    tell(at=timezone.now())
    assert Mail.objects.get(subject="Booked").text == f"{address} and b{address} booked"


def test_also_where_o_key_had_ended_the_grant_itself(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=connection.pk)
    grants.end(account())
    assert account().email
    tell(at=timezone.now())
    assert account().email == ""


def test_a_reconnect_brings_the_name_back(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    before = granted(LONG_AGO)
    tell(at=timezone.now())
    connect_zoom(zoom, alice)
    assert (account().pk, account().email) == (before.pk, before.email)


def test_a_message_that_ends_nothing_forgets_nothing(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    granted(timedelta(0))
    tell(at=timezone.now() - LONG_AGO)
    assert account().email


# --- the grant ends --------------------------------------------------------------------------------------


def test_a_removal_well_after_the_grant_ends_it_without_asking(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    before = granted(LONG_AGO)
    zoom.reset_counters()
    delivery = tell(at=timezone.now())
    after = account()
    assert delivery.verdict == Verdict.ENDED
    assert (after.state, after.tokens, after.lost_why) == (State.NEEDS_RECONNECT, None, "removed")
    assert after.grant_no == before.grant_no + 1
    assert after.due_at is None
    assert (zoom.calls("users_me"), zoom.calls("refresh"), zoom.calls("revoke")) == (0, 0, 0)
    connection.refresh_from_db()
    assert (connection.ended_at, connection.is_default) == (None, True)


def test_every_owner_of_the_account_is_told_once(zoom: ZoomSimulator, alice: Owner, bob: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    connect_zoom(zoom, bob)
    granted(LONG_AGO)
    tell(at=timezone.now())
    tell(at=timezone.now())
    assert mails() == ["alice@example.com", "bob@example.com"]
    assert ConnectionEvent.objects.filter(kind="removed", text__contains="removed in Zoom").count() == 2


def test_the_mail_of_a_grant_that_was_refused_before_is_not_repeated(
    zoom: ZoomSimulator, alice: Owner, tell: Tell
) -> None:
    connect_zoom(zoom, alice)
    granted(LONG_AGO)
    condemn(account())
    tell(at=timezone.now())
    assert account().tokens is None
    assert mails() == ["alice@example.com"]


def test_nothing_of_the_dead_grant_can_be_used_or_renewed(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    stale = granted(LONG_AGO)
    tell(at=timezone.now())
    with pytest.raises(access.NotLive):
        access.access(connection.pk)
    late_pair = grants.Grant("a", "r", 3600, frozenset())
    assert not grants.renew(stale, late_pair, Asking(stale, None))
    upkeep.work(stale.pk)
    assert not connections.can_make_links(Connection.objects.get())
    assert account().tokens is None


def test_disconnecting_afterwards_owes_no_revocation(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    granted(LONG_AGO)
    tell(at=timezone.now())
    connections.disconnect(owner=alice, connection_id=connection.pk)
    after = account()
    assert (after.state, after.revoke_after, after.due_at) == (State.ENDED, None, None)


def test_reconnecting_afterwards_makes_everything_good(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    granted(LONG_AGO)
    tell(at=timezone.now())
    connection = connect_zoom(zoom, alice)
    assert access.access(connection.pk).token
    assert (account().state, account().lost_why) == (State.LIVE, "")


def test_an_account_that_nobody_uses_is_ended_without_a_mail(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=connection.pk)
    granted(LONG_AGO)
    tell(at=timezone.now())
    assert (account().state, account().tokens, account().revoke_after) == (State.ENDED, None, None)
    assert mails() == []


# --- a reconnect beats late messages ---------------------------------------------------------------------


def test_a_removal_well_before_the_grant_is_ignored(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    zoom.reset_counters()
    for is_late in (False, True):
        assert tell(at=timezone.now() - LONG_AGO, is_late=is_late).verdict == Verdict.OLDER
    assert account().state == State.LIVE
    assert zoom.calls("users_me") == 0


def test_our_own_revocations_echo_does_not_undo_a_reconnect(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=connection.pk)
    upkeep.work(account().pk)
    revoked_at = timezone.now()
    connect_zoom(zoom, alice)
    assert tell(at=revoked_at).verdict == Verdict.STILL_GOOD
    assert account().state == State.LIVE
    assert mails() == []


def test_the_echo_of_a_grant_that_was_ended_here_changes_nothing(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connection = connect_zoom(zoom, alice)
    connections.disconnect(owner=alice, connection_id=connection.pk)
    upkeep.work(account().pk)
    before = account()
    assert tell(at=timezone.now()).verdict == Verdict.NOTHING_HELD
    assert (account().state, account().grant_no) == (State.ENDED, before.grant_no)


@pytest.mark.parametrize("minutes", [-4, 0, 4])
def test_within_minutes_of_the_grant_zoom_is_asked(zoom: ZoomSimulator, alice: Owner, tell: Tell, minutes: int) -> None:
    connect_zoom(zoom, alice)
    at = timezone.now() + timedelta(minutes=minutes)
    assert tell(at=at).verdict == Verdict.STILL_GOOD
    zoom.deauthorize("jill")
    assert tell(at=at).verdict == Verdict.ENDED
    assert (account().state, account().tokens) == (State.NEEDS_RECONNECT, None)


@pytest.mark.parametrize(
    "doubt",
    [{"is_late": True}, {"at": None}, {"external_account_id": "another"}],
    ids=["late", "without a time", "another Zoom account"],
)
def test_in_doubt_zoom_is_asked(zoom: ZoomSimulator, alice: Owner, tell: Tell, doubt: dict[str, Any]) -> None:
    connect_zoom(zoom, alice)
    granted(LONG_AGO)
    message = {"at": timezone.now(), **doubt}
    assert tell(**message).verdict == Verdict.STILL_GOOD
    zoom.deauthorize("jill")
    assert tell(**message).verdict == Verdict.ENDED


@pytest.mark.parametrize("by_the_clock", [True, False], ids=["by the clock", "unexpectedly"])
def test_an_access_token_that_ran_out_is_no_proof(
    zoom: ZoomSimulator, alice: Owner, tell: Tell, by_the_clock: bool
) -> None:
    connect_zoom(zoom, alice)
    zoom.expire("jill")
    if by_the_clock:
        ProviderAccount.objects.update(expires_at=timezone.now())
    assert tell(at=timezone.now()).verdict == Verdict.STILL_GOOD
    assert (account().state, account().pair_no) == (State.LIVE, 1)


@pytest.mark.usefixtures("clock_stands")
@pytest.mark.parametrize("kind", ["status", "xml", "drop_before", "drop_after"])
def test_while_zoom_cannot_be_asked_the_question_stays(
    zoom: ZoomSimulator, alice: Owner, tell: Tell, kind: str
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("users_me", kind)
    delivery = tell(at=timezone.now())
    assert (delivery.settled_at, delivery.verdict, delivery.claim) == (None, "", None)
    assert delivery.due_at is not None
    assert timezone.now() < delivery.due_at < timezone.now() + timedelta(seconds=5)
    assert account().state == State.LIVE
    zoom.deauthorize("jill")
    WebhookDelivery.objects.update(due_at=timezone.now())
    deauthorization.work(delivery.pk)
    assert account().state == State.NEEDS_RECONNECT


def test_after_a_day_without_an_answer_the_daily_refresh_is_left_to_find_out(
    zoom: ZoomSimulator, alice: Owner, tell: Tell
) -> None:
    connect_zoom(zoom, alice)
    zoom.fault("users_me", "status", times=None)
    delivery = tell(at=timezone.now())
    long_ago = timezone.now() - timedelta(hours=25)
    WebhookDelivery.objects.update(due_at=timezone.now(), received_at=long_ago, happened_at=timezone.now())
    deauthorization.work(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.verdict == Verdict.NO_ANSWER
    assert account().state == State.LIVE


def test_while_somebody_refreshes_the_question_waits(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    held = claims.take(ProviderAccount, account().pk, seconds=30, due=False)
    assert held is not None
    zoom.reset_counters()
    delivery = tell(at=timezone.now())
    assert delivery.settled_at is None
    assert zoom.calls("users_me") == 0


def test_a_reconnect_while_zoom_is_asked_wins(
    zoom: ZoomSimulator, alice: Owner, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_zoom(zoom, alice)
    zoom.deauthorize("jill")
    really = deauthorization._is_gone

    def reconnected_meanwhile(held: Claim[ProviderAccount], one: ProviderAccount) -> bool:
        gone = really(held, one)
        connect_zoom(zoom, alice)
        return gone

    monkeypatch.setattr(deauthorization, "_is_gone", reconnected_meanwhile)
    delivery = tell(at=timezone.now())
    assert delivery.settled_at is None
    assert account().state == State.LIVE
    monkeypatch.setattr(deauthorization, "_is_gone", really)
    WebhookDelivery.objects.update(due_at=timezone.now())
    deauthorization.work(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.verdict == Verdict.STILL_GOOD
    assert account().state == State.LIVE


def test_a_grant_that_came_between_the_look_and_the_end_is_kept(zoom: ZoomSimulator, alice: Owner) -> None:
    connect_zoom(zoom, alice)
    read = account()
    connect_zoom(zoom, alice)
    assert not grants.remove(read)
    assert account().state == State.LIVE
    assert mails() == []


# --- the receipt -----------------------------------------------------------------------------------------


def test_a_receipt_is_deleted_when_no_replay_can_come_any_more(zoom: ZoomSimulator, alice: Owner, tell: Tell) -> None:
    connect_zoom(zoom, alice)
    delivery = tell(at=timezone.now() - LONG_AGO)
    assert delivery.due_at == delivery.received_at + WebhookDelivery.KEPT_FOR
    deauthorization.work(delivery.pk)
    assert WebhookDelivery.objects.exists()
    WebhookDelivery.objects.update(due_at=timezone.now())
    deauthorization.work(delivery.pk)
    assert not WebhookDelivery.objects.exists()


def test_somebody_unknown_is_settled_at_once(db: None) -> None:
    deauthorization.receive(
        provider="zoom", external_id="nobody", external_account_id="", at=None, signature="v0=1", is_late=False
    )
    deauthorization.work(WebhookDelivery.objects.get().pk)
    assert WebhookDelivery.objects.get().verdict == Verdict.NOTHING_HELD
