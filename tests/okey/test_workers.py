"""The worker's connection to its broker, with Celery's own worker and an in-memory broker."""

import pytest
from celery.exceptions import WorkerShutdown

from okey.celery import Application, configuration

#: Of kinds that no list of broker errors names; each was seen in a library between a worker and a broker.
SURPRISES = (RuntimeError("Set changed size during iteration"), AttributeError("'NoneType' object"), AssertionError())


def broken() -> None:
    """As kombu's, where messages had not been handed on when the broker went away."""
    raise AttributeError("'NoneType' object has no attribute 'hostname'")


@pytest.mark.filterwarnings("ignore::celery.exceptions.CPendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore::celery.exceptions.SecurityWarning")
@pytest.mark.parametrize("closing_breaks", [False, True])
def test_no_surprise_in_the_connection_to_the_broker_ends_a_worker(closing_breaks: bool) -> None:
    app = Application("test", broker="memory://")
    app.conf.worker_consumer = configuration()["worker_consumer"]
    worker = app.Worker(
        pool="solo", concurrency=1, without_gossip=True, without_mingle=True, without_heartbeat=True, quiet=True
    )
    surprises = list(SURPRISES)

    def loop(*_: object) -> None:
        if not surprises:
            raise WorkerShutdown(0)
        if closing_breaks:
            worker.consumer.connection.close = broken
        raise surprises.pop(0)

    worker.consumer.loop = loop
    worker.start()

    assert (surprises, worker.exitcode) == ([], 0)
