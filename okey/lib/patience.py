"""Writing again where the database did not let us."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

Result = TypeVar("Result")

#: Seconds between the tries: a database that restarts on a busy machine is back by then.
PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


def insist(write: Callable[[], Result]) -> Result:
    """Do the write, again where the database went away under it. It must be one that may be done twice.

    Only for what would be lost for good, such as a new pair of tokens whose old one is dead already, and outside of
    transactions.
    """
    for pause in PAUSES:
        try:
            return write()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(pause)
    return write()


def persist(transact: Callable[[], Result]) -> Result:
    """Do a whole transaction, again where the database ended it for somebody else's sake (a deadlock, a lock).

    For what a person waits for: three times at once. Raises OperationalError after that, and where the database is
    away.
    """
    for _try in range(2):
        try:
            return transact()
        except OperationalError:
            if connection.in_atomic_block:  # the outer transaction is broken, too
                raise
    return transact()
