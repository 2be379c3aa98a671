"""Deliveries come at least once, are tried for three days, and a receiver that is down harms nobody else."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from okey.lib import claims
from okey.mails.models import Mail
from okey.owners.models import Owner
from okey.webhooks import deliveries, endpoints, events, posting
from okey.webhooks.models import Delivery, Endpoint, Event, EventType
from okey.webhooks.posting import Answer
from tests.okey.webhooks.receivers import Receiver, answer, deliver, endpoint_at, failing_for, scheduled, time_passes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("receivers_here")]

State, Trouble = Delivery.State, Delivery.Trouble


class Killed(BaseException):
    """The worker dies here."""


def again(delivery: Delivery) -> Delivery:
    time_passes(delivery)
    return deliver(delivery)


# --- What is noted ----------------------------------------------------------------------------------------


def test_only_endpoints_that_asked_for_it_are_told(alice: Owner, bob: Owner) -> None:
    wanted = endpoint_at(alice, "http://127.0.0.1:1/", "meeting.scheduled", "meeting.cancelled")
    endpoint_at(alice, "http://127.0.0.1:2/", "meeting.cancelled")
    endpoint_at(bob, "http://127.0.0.1:3/")
    assert [delivery.endpoint for delivery in scheduled(alice)] == [wanted]


def test_an_endpoint_that_is_switched_off_is_told_nothing(alice: Owner) -> None:
    endpoint = endpoint_at(alice, "http://127.0.0.1:1/")
    endpoints.switch_off(owner=alice, endpoint_id=endpoint.pk)
    assert scheduled(alice) == []


def test_what_is_rolled_back_is_told_to_nobody(alice: Owner) -> None:
    endpoint_at(alice, "http://127.0.0.1:1/")
    with transaction.atomic():
        events.note(alice.pk, EventType.MEETING_SCHEDULED, {})
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_noting_costs_the_same_whether_one_endpoint_listens_or_many(
    alice: Owner, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    endpoint_at(alice, "http://127.0.0.1:1/")
    with django_assert_max_num_queries(20) as first:
        scheduled(alice)
    for port in range(2, 9):
        endpoint_at(alice, f"http://127.0.0.1:{port}/")
    with django_assert_num_queries(len(first)):
        assert len(scheduled(alice)) == 8


# --- At least once ----------------------------------------------------------------------------------------


def test_a_worker_killed_between_sending_and_recording_leads_to_the_same_message_again(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any) -> None:
        raise Killed

    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        with monkeypatch.context() as patch:
            patch.setattr(deliveries, "_record", die)
            with pytest.raises(Killed):
                deliver(delivery)
        assert deliver(delivery).state == State.PENDING  # the dead worker's claim still holds
        assert len(receiver.ids) == 1
        Delivery.objects.update(claimed_until=timezone.now())
        assert deliver(delivery).state == State.DELIVERED
        assert len(receiver.verified(endpoint.opened("secret"))) == 2
    assert receiver.ids == [delivery.event.message_id] * 2
    assert receiver.requests[0][1] == receiver.requests[1][1]


def test_a_worker_that_slept_past_its_claim_does_not_undo_what_its_successor_did(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_at(alice, "http://127.0.0.1:1/")
    [delivery] = scheduled(alice)

    def slow(*_args: Any) -> Answer:
        Delivery.objects.update(claimed_until=timezone.now())
        monkeypatch.setattr(posting, "post", lambda *_args: Answer("", ms=1, status=200))
        deliveries.work(delivery.pk)
        return Answer(Trouble.REFUSED, ms=9, status=500)

    monkeypatch.setattr(posting, "post", slow)
    delivery = deliver(delivery)
    assert (delivery.state, delivery.status_code) == (State.DELIVERED, 200)
    assert Endpoint.objects.get().failures == 0


def test_a_delivery_that_is_done_or_not_due_is_not_sent(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        deliver(delivery)
        deliver(delivery)
        assert len(receiver.requests) == 1


def test_no_transaction_is_open_while_it_is_sent(
    alice: Owner, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    endpoint_at(alice, "http://127.0.0.1:1/")
    [delivery] = scheduled(alice)
    seen = []

    def post(*_args: Any) -> Answer:
        seen.append(connection.in_atomic_block)
        return Answer("", ms=1, status=200)

    monkeypatch.setattr(posting, "post", post)
    assert deliver(delivery).state == State.DELIVERED
    assert seen == [False]


# --- One receiver does not harm the others ----------------------------------------------------------------


def test_an_endpoint_is_called_by_one_worker_at_a_time_and_the_next_follows(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_at(alice, "http://127.0.0.1:1/")
    other_endpoint = endpoint_at(alice, "http://127.0.0.1:2/")
    first, other = scheduled(alice)
    second = scheduled(alice)[0]
    if first.endpoint == other_endpoint:
        first, other = other, first
    second = first.endpoint.deliveries.exclude(pk=first.pk).get()
    during: list[str] = []

    def post(url: str, *_args: Any) -> Answer:
        if url.endswith(":1/") and not during:
            during.append("in")
            during.append(deliver(second).state)
            during.append(deliver(other).state)
        return Answer("", ms=1, status=200)

    monkeypatch.setattr(posting, "post", post)
    assert deliver(first).state == State.DELIVERED
    assert during == ["in", State.PENDING, State.DELIVERED]
    assert deliver(second).state == State.DELIVERED


def test_two_workers_that_want_one_delivery_send_it_once(
    transactional_db: None, alice: Owner, receivers_here: None
) -> None:
    gate = threading.Barrier(4)

    def run() -> None:
        gate.wait(10)
        deliveries.work(delivery.pk)
        connection.close()

    with Receiver() as receiver:
        endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        workers = [threading.Thread(target=run) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert len(receiver.requests) == 1
    assert Delivery.objects.get().attempts == 1


def test_one_delivery_of_each_endpoint_is_taken_and_none_of_one_that_rests(alice: Owner) -> None:
    awake = endpoint_at(alice, "http://127.0.0.1:1/")
    resting = endpoint_at(alice, "http://127.0.0.1:2/")
    for _ in range(3):
        scheduled(alice)
    Endpoint.objects.filter(pk=resting.pk).update(rest_until=timezone.now() + timedelta(minutes=1))
    first, second = awake.deliveries.order_by("due_at", "pk")[:2]
    taken = claims.take_next(Delivery, seconds=30)
    assert taken is not None
    assert taken.pk == first.pk
    assert claims.take_next(Delivery, seconds=30) is None
    taken.release(due_at=None)
    following = claims.take_next(Delivery, seconds=30)
    assert following is not None
    assert following.pk == second.pk


def test_of_one_owners_receivers_two_are_called_at_once_and_anothers_do_not_wait_for_them(
    alice: Owner, bob: Owner
) -> None:
    mine = [endpoint_at(alice, f"http://127.0.0.1:{port}/") for port in range(1, 11)]
    theirs = endpoint_at(bob, "http://127.0.0.1:99/")
    for owner in (alice, bob):
        scheduled(owner)
    taken = [claim for _ in range(12) if (claim := claims.take_next(Delivery, seconds=30))]
    called = [claim.row().endpoint for claim in taken]
    assert len(called) == 3
    assert theirs in called
    assert len({endpoint.pk for endpoint in called} & {endpoint.pk for endpoint in mine}) == 2


def test_an_endpoint_that_fails_rests_between_any_two_calls(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint_at(alice, receiver.url)
        [first], [second] = scheduled(alice), scheduled(alice)
        deliver(first)
        assert deliver(second).attempts == 0
        assert len(receiver.requests) == 1


def test_when_a_receiver_is_back_what_waits_is_sent_at_once(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint_at(alice, receiver.url)
        waiting = [scheduled(alice)[0] for _ in range(4)]
        for delivery in waiting:
            again(delivery)
        Delivery.objects.update(due_at=timezone.now() + timedelta(hours=5))
        receiver.says = answer("200 OK")
        assert again(waiting[0]).state == State.DELIVERED
        assert [deliver(delivery).state for delivery in waiting[1:]] == [State.DELIVERED] * 3
    endpoint = Endpoint.objects.get()
    assert (endpoint.failures, endpoint.failing_since, endpoint.state) == (0, None, Endpoint.State.ACTIVE)


def test_one_message_that_a_receiver_does_not_take_does_not_hold_up_the_others(alice: Owner) -> None:
    with Receiver(answer("400 Bad")) as receiver:
        endpoint_at(alice, receiver.url)
        [poison], [good] = scheduled(alice), scheduled(alice)
        deliver(poison)
        receiver.says = answer("200 OK")
        assert again(good).state == State.DELIVERED
        assert Delivery.objects.get(pk=poison.pk).due_at > timezone.now()  # type: ignore[operator]


# --- Three days -------------------------------------------------------------------------------------------


def test_the_pauses_grow_to_six_hours_and_the_last_try_comes_at_the_very_end(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        pauses = []
        for attempts in (0, 5, 30):
            Delivery.objects.update(attempts=attempts)
            tried = again(delivery)
            assert tried.due_at is not None
            assert tried.tried_at is not None
            pauses.append((tried.due_at - tried.tried_at).total_seconds())
        assert pauses[0] < 8 < 100 < pauses[1] < 300 < 4 * 3600 < pauses[2] < 8 * 3600
        Delivery.objects.update(give_up_at=timezone.now() + timedelta(hours=1))
        tried = again(delivery)
        assert tried.due_at == tried.give_up_at


def test_after_three_days_a_delivery_is_given_up(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        Delivery.objects.update(give_up_at=timezone.now())
        delivery = again(delivery)
    assert (delivery.state, delivery.due_at, delivery.trouble) == (State.FAILED, None, Trouble.REFUSED)
    assert Endpoint.objects.get().is_enabled


def test_an_endpoint_that_has_failed_for_three_days_is_switched_off_and_its_owner_told_once(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        [first], [second] = scheduled(alice), scheduled(alice)
        failing_for(endpoint, days=2.9)
        again(first)
        assert Endpoint.objects.get().is_enabled
        failing_for(endpoint, days=3.01)
        again(first)
        assert deliver(second).attempts == 0
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.disabled_why) == (Endpoint.State.DISABLED, Endpoint.Disabled.FAILING)
    assert {delivery.state for delivery in Delivery.objects.all()} == {State.FAILED}
    assert Delivery.objects.get(pk=second.pk).trouble == Trouble.SWITCHED_OFF
    mail = Mail.objects.get(to=alice.email)
    assert receiver.url in mail.text
    assert f"/settings/webhooks/{endpoint.pk}/" in mail.text
    assert "three days" in mail.text


def test_an_endpoint_that_is_gone_is_switched_off_at_once_and_its_owner_told(alice: Owner) -> None:
    with Receiver(answer("410 Gone")) as receiver:
        endpoint_at(alice, receiver.url)
        deliver(*scheduled(alice))
    assert Endpoint.objects.get().disabled_why == Endpoint.Disabled.GONE
    with translation.override("en"):
        assert "410" in Mail.objects.get(to=alice.email).text


def test_switched_on_again_it_starts_with_a_clean_slate(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        failing_for(endpoint, days=4)
        deliver(*scheduled(alice))
        assert not Endpoint.objects.get().is_enabled
        endpoints.switch_on(owner=alice, endpoint_id=endpoint.pk)
        deliver(*scheduled(alice))
        assert Endpoint.objects.get().is_enabled
        assert Endpoint.objects.get().failures == 1


def test_an_endpoint_switched_off_while_a_message_is_on_its_way_stays_so(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = endpoint_at(alice, "http://127.0.0.1:1/")
    [delivery] = scheduled(alice)

    def post(*_args: Any) -> Answer:
        endpoints.switch_off(owner=alice, endpoint_id=endpoint.pk)
        return Answer(Trouble.REFUSED, ms=1, status=500)

    monkeypatch.setattr(posting, "post", post)
    delivery = deliver(delivery)
    assert (delivery.state, delivery.due_at) == (State.FAILED, None)
    assert not Mail.objects.filter(to=alice.email).exists()


def test_an_endpoint_removed_while_a_message_is_on_its_way_leaves_nothing(
    alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = endpoint_at(alice, "http://127.0.0.1:1/")
    [delivery] = scheduled(alice)

    def post(*_args: Any) -> Answer:
        endpoints.remove(owner=alice, endpoint_id=endpoint.pk)
        return Answer("", ms=1, status=200)

    monkeypatch.setattr(posting, "post", post)
    deliveries.work(delivery.pk)
    assert not Delivery.objects.exists()


# --- Again, and for ever ----------------------------------------------------------------------------------


def test_a_replay_sends_the_same_message_again_also_where_it_had_been_given_up(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        Delivery.objects.update(give_up_at=timezone.now())
        delivery = again(delivery)
        receiver.says = answer("200 OK")
        for _ in range(2):
            deliveries.replay(endpoint, delivery)
            delivery = deliver(delivery)
            assert (delivery.state, delivery.attempts, delivery.trouble) == (State.DELIVERED, 1, "")
    assert receiver.ids == [delivery.event.message_id] * 3


def test_after_thirty_days_an_event_and_its_deliveries_are_forgotten(alice: Owner) -> None:
    endpoint_at(alice, "http://127.0.0.1:1/")
    [old], [young] = scheduled(alice), scheduled(alice)
    assert old.event.due_at == old.event.at + timedelta(days=30)
    events.forget(str(old.event_id))
    assert Event.objects.count() == 2
    Event.objects.filter(pk=old.event_id).update(due_at=timezone.now())
    events.forget(str(old.event_id))
    assert list(Delivery.objects.all()) == [young]
