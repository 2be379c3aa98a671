from collections.abc import Callable, Iterator

import pytest
from kombu import pools

from okey.celery import app
from okey.lib import asking


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lanes that a broker, which takes everything, was asked to have looked at."""
    lanes: list[str] = []

    def ask(lane: str) -> bool:
        lanes.append(lane)
        return True

    monkeypatch.setattr(asking, "ask", ask)
    return lanes


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
