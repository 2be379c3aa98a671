"""Redis while it answers, this process's own memory while it does not.

A Redis that is away, or hangs, costs one request the time-out below and the next ones nothing: it rests for some
seconds, then one request tries it again. Counts that were made in memory meanwhile are not carried over.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.retry import Retry

#: Seconds for connecting, and again for each answer.
PATIENCE = 0.2
#: Seconds in which nobody asks a Redis that did not answer.
REST = 5.0

logger = logging.getLogger(__name__)

T = TypeVar("T")


def client_options() -> dict[str, Any]:
    """For whoever connects. Once more only where a kept connection turned out to be closed, never after a time-out."""
    retry = Retry(NoBackoff(), 1, supported_errors=(NotConnected,))
    return {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "retry": retry}


class Health:
    """Whether Redis is worth asking, for all of a process's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0  # of the monotonic clock; 0: it answers
        self.clock = time.monotonic

    def ask(self, redis: Callable[[], T], memory: Callable[[], T]) -> T:
        """What Redis says; or, while it does not answer, what this process remembers."""
        if not self._may_ask():
            return memory()
        try:
            answer = redis()
        except (RedisError, OSError, ValueError) as error:  # ValueError: an address that no Redis can have
            self._note_failure(error)
            return memory()
        self._note_success()
        return answer

    def _may_ask(self) -> bool:
        with self._lock:
            now = self.clock()
            if now < self._rests_until:
                return False
            if self._rests_until:  # this one tries; the others wait for what comes of it
                self._rests_until = now + REST
            return True

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            was_well, self._rests_until = not self._rests_until, self.clock() + REST
        if was_well:
            logger.warning(
                "Redis does not answer (%s): limits are counted in this process meanwhile", type(error).__name__
            )

    def _note_success(self) -> None:
        with self._lock:
            was_away, self._rests_until = bool(self._rests_until), 0.0
        if was_away:
            logger.info("Redis answers again")


#: Of this process: the limits and the cache speak with one Redis.
health = Health()
