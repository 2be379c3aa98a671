from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kombu import pools

from okey.celery import app


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What was asked of a broker that takes everything: task names and arguments."""
    calls: list[tuple[str, tuple[Any, ...]]] = []

    def send_task(name: str, args: tuple[Any, ...] = (), **options: Any) -> None:
        calls.append((name, tuple(args)))

    monkeypatch.setattr(app, "send_task", send_task)
    return calls


@pytest.fixture
def use_broker() -> Iterator[Callable[[str], None]]:
    """Publish to another address from now on."""
    before = app.conf.broker_url

    def use(url: str) -> None:
        app.conf.broker_url = url
        pools.reset()
        app._pool = None
        app.amqp._producer_pool = None

    yield use
    use(before)
