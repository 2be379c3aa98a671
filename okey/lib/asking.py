"""Lanes, and the one way to ask a worker to look at one.

A lane is a class of due rows. A message in the broker carries no row, only a lane's name: whoever gets it takes what
is due from the tables itself (okey.lib.lanes). So a lost message loses nothing, and many say no more than one.
"""

import logging
from functools import cache, partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError

logger = logging.getLogger(__name__)

LOOK = "okey.lib.tasks.look"
#: The queue of what is no lane: signs of life.
PULSE = "pulse"
#: What beat does itself, in its own process: okey.lib.rounds.
ROUND = "okey.lib.rounds"
#: How a broker that is down shows itself.
AWAY = (OperationalError, OSError, RedisError)
#: The other lanes' seats; those of links are a setting.
OTHER_SEATS = {"tokens": 3, "mails": 4, "webhooks": 4, "calendars": 2, "looks": 2, "housekeeping": 2}
LANES = ("links", *OTHER_SEATS)


def seats(lane: str) -> int:
    """How many of a worker process's threads the lane may have at once."""
    return OTHER_SEATS.get(lane) or int(settings.LINK_SEATS)


def threads() -> int:
    """What a worker process needs: a seat each, and two threads that receive messages while all seats are taken."""
    return sum(map(seats, LANES)) + 2


def ask(lane: str) -> bool:
    """Ask for a look at the lane. Returns whether the broker knows that one is wanted.

    One attempt, within the time limits of okey.celery: a broker that is down is no error for anyone, because beat asks
    again for whatever is due in the tables. Where as many messages as there are seats wait in the queue nothing is
    added: those who get them look later than now. So the queue stays short, however much is due: as many as there are
    seats, and one more for each of those who ask at the very same moment.
    """
    try:
        with current_app.producer_or_acquire() as producer:
            if waiting(producer, lane) < seats(lane):
                current_app.send_task(LOOK, args=(lane,), queue=lane, producer=producer, retry=False)
    except AWAY as error:
        logger.warning("The broker cannot be reached (%s); beat will ask for %s again.", type(error).__name__, lane)
        return False
    return True


def ask_on_commit(lane: str) -> None:
    """Ask once this transaction has committed: once a lane, however often it is called."""
    connection, asked = transaction.get_connection(), asker(lane)
    if not any(call is asked and held <= set(connection.savepoint_ids) for held, call, _ in connection.run_on_commit):
        transaction.on_commit(asked)


@cache
def asker(lane: str) -> "partial[bool]":
    """What is called on commit: always the same object, by which a second call is known."""
    return partial(_ask, lane)


def _ask(lane: str) -> bool:
    return ask(lane)  # by its name in this module, so that tests can listen


def waiting(producer: object, queue: str) -> int:
    """How many messages wait in the queue."""
    length: int = producer.channel.client.llen(queue)  # type: ignore[attr-defined] # kombu has no types
    return length
