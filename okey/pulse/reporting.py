"""Each worker, and beat, says every few seconds that it runs and which settings it has (okey.pulse.models.Process).

From a thread of its own: its work may all be taken, or be of other lanes than the sign of life's.
"""

import logging
import os
import socket
import threading
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from okey.pulse.models import Process
from okey.pulse.settings_seen import marks

logger = logging.getLogger(__name__)

EVERY_SECONDS = 20.0
#: How the name of a beat begins; a worker's is Celery's own.
BEAT = "beat@"
#: Rows of processes that ended without a farewell.
KEPT_FOR = timedelta(days=1)


def report(name: str) -> None:
    """One sign of life, and the old rows of others go."""
    now = timezone.now()
    Process.objects.update_or_create(name=name, defaults={"settings": marks(), "at": now})
    Process.objects.filter(at__lt=now - KEPT_FOR).delete()


class Reporter:
    """Reports from the beginning of a process to its end."""

    def __init__(self) -> None:
        self._is_over = threading.Event()

    def begin(self, name: str) -> None:
        threading.Thread(target=self._report, args=(name,), name="sign-of-life", daemon=True).start()

    def end(self) -> None:
        self._is_over.set()

    def _report(self, name: str) -> None:
        while True:
            try:
                report(name)
            except DatabaseError as error:
                logger.warning("No sign of life could be left (%s).", type(error).__name__)
            finally:
                connection.close()
            if self._is_over.wait(EVERY_SECONDS):
                return


def name_of(sender: Any) -> str:
    """Celery's own name of a worker, and the process's number: two may go by one name."""
    name = getattr(sender, "hostname", None) or f"{BEAT}{socket.gethostname()}"
    return f"{name} {os.getpid()}"[:200]
