"""Retention: what O-Key forgets by itself, in small batches, so that no table grows for ever and no lock lasts long.

An app registers what it forgets when it is ready; `okey.lib.tasks.forget` goes through all of it once an hour.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

#: Given a number, at most so many rows that may go now. An index has to find them.
Old = Callable[[int], "QuerySet[Any]"]

#: Rows that are deleted in one transaction.
BATCH = 500
#: A run ends after so long; the next one goes on.
RUN_SECONDS = 60

_registered: dict[str, Old] = {}


def register(name: str, old: Old) -> None:
    """`name` is a plain plural, for the log: "mails"."""
    _registered[name] = old


def forget(*, batch: int = BATCH, seconds: float = RUN_SECONDS) -> dict[str, int]:
    """Delete what may go, a batch of each kind in turn. Returns how many rows of each went, if any did."""
    ends = time.monotonic() + seconds
    left, gone = dict(_registered), dict.fromkeys(_registered, 0)
    while left and time.monotonic() < ends:
        for name, old in list(left.items()):
            deleted = _delete(old(batch))
            gone[name] += deleted
            if deleted < batch:
                del left[name]
    return {name: count for name, count in gone.items() if count}


@transaction.atomic
def _delete(rows: "QuerySet[Any]") -> int:
    # Of two runs at once the second takes other rows, rather than wait for the first.
    keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if keys:
        rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
