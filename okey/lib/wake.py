"""The one way to ask a worker for work."""

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

#: How often beat sweeps.
SWEEP_SECONDS = 3


def wake(task_name: str, *args: Any, expires: float = 60) -> bool:
    """Ask a worker to run the task now; `expires` seconds later nobody need care.

    One attempt, bounded by okey.celery's write timeouts: a broker that is down is no error for anyone,
    because the sweep finds whatever is due in the tables. Returns whether the broker took it.
    """
    try:
        current_app.send_task(task_name, args=args, retry=False, expires=expires)
    except (OperationalError, OSError) as error:
        logger.warning("The broker cannot be reached (%s); the sweep will do %s.", type(error).__name__, task_name)
        return False
    return True
