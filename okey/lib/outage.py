"""A database that is away: told from a mistake of ours, and one line in the log rather than thousands."""

import logging
import time

from django.db import InterfaceError, OperationalError

#: Seconds after which whoever got a 503 may try again.
RETRY_SECONDS = 10
#: PostgreSQL's classes and codes: connection, shutdown and start, too many connections.
AWAY = ("08", "57P01", "57P02", "57P03", "53300")
#: SQLite's busy, locked, unreadable, full, cannot open.
SQLITE_AWAY = frozenset({5, 6, 10, 13, 14})


def is_outage(error: BaseException | None) -> bool:
    """Whether the database did not answer; a statement that it refuses, or that takes too long, is none."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in SQLITE_AWAY
    state = getattr(cause, "sqlstate", None)
    return state is None or state.startswith(AWAY)


class OneLine(logging.Filter):
    """Of all requests that an outage fails: a line every ten seconds, without a traceback."""

    SECONDS = 10.0

    def __init__(self) -> None:
        super().__init__()
        self._quiet_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not is_outage(error):
            return True
        if time.monotonic() < self._quiet_until:
            return False
        self._quiet_until = time.monotonic() + self.SECONDS
        reason = " ".join(str(error).split())[:300]
        record.msg, record.args = "The database does not answer, pages are answered with 503: %s", (reason,)
        record.exc_info = record.exc_text = None
        return True


class WithoutTraceback(logging.Filter):
    """For what strangers cause and nobody can mend: what happened, as a warning."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
