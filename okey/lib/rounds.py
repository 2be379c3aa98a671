"""Beat: every few seconds it asks for a look at the lanes in which something is due, and sends a sign of life."""

import logging
from typing import Any

from celery.beat import Scheduler as InMemory
from django.db import DatabaseError, close_old_connections

from okey.lib import asking, heartbeat, lanes

logger = logging.getLogger(__name__)


class Scheduler(InMemory):  # type: ignore[misc] # Celery has no types
    """Celery's, which makes the rounds itself, and adds no second sign of life to one that waits for a worker.

    It keeps no file: its entries are fixed, and neither a missing folder nor a full disk is to end it.
    """

    def setup_schedule(self) -> None:
        super().setup_schedule()
        logger.info("Beat is ready.")

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **options: Any) -> Any:
        """Called for each entry that is due; whatever it raises, Celery logs, and goes on."""
        if entry.task == asking.ROUND:
            return self._make_round()
        if entry.options.get("queue") is None and asking.waiting(producer, asking.PULSE):
            return heartbeat.beat_lives()  # the broker answers; it is the worker that is away
        return super().apply_async(entry, producer, advance, **options)

    def _make_round(self) -> None:
        close_old_connections()
        try:
            lanes.ask_where_due()
        except DatabaseError as error:
            logger.warning("What is due cannot be read (%s).", type(error).__name__)
            close_old_connections()
