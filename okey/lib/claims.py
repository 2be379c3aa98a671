"""Claims: how work that must not be lost is shared out between processes.

A row that may owe something has `due_at`: set exactly while it does. Whoever works on it *takes* it first, by
one conditional UPDATE, for a limited time; a process that dies holding a claim merely lets it run out. Every
write that ends the work is conditional on the claim, so that a process that slept past its time cannot undo
what its successor did. Tasks are wake-up calls only: a sweep finds whatever is due.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from okey.lib.wake import SWEEP_SECONDS, wake

#: At most this many wake-up calls a table and sweep; the next sweep goes on.
SWEEP_LIMIT = 200


class Claimable(models.Model):
    """A row that can be due and be claimed. Subclasses name the task that works on one, by its primary key."""

    due_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)

    work_task: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def workable(cls) -> "models.QuerySet[Self]":
        """The rows that are worth waking, in the order in which to wake them. By default: longest due first."""
        return cls._default_manager.order_by("due_at")

    def wake(self) -> None:
        """Ask a worker for this row now. Call it on commit."""
        wake(self.work_task, str(self.pk))


Row = TypeVar("Row", bound=Claimable)


@dataclass(frozen=True)
class Claim(Generic[Row]):
    """The right to work on one row until `until`."""

    model: type[Row]
    pk: Any
    token: uuid.UUID
    until: datetime

    def row(self) -> Row:
        """The row as it is now."""
        return self.model._default_manager.get(pk=self.pk)

    def is_mine(self) -> bool:
        """Whether nobody has taken over, which may change at any moment once the time has run out."""
        return self._mine().exists()

    def update(self, **changes: Any) -> bool:
        """Write while the claim is still mine, and keep it. False: somebody else has taken over."""
        return self._mine().update(**changes) == 1

    def release(self, **changes: Any) -> bool:
        """Write, and give the claim up, in one UPDATE. False: somebody else has taken over; nothing was written."""
        return self._mine().update(claim=None, claimed_until=None, **changes) == 1

    def put_back(self, *, seconds: float) -> bool:
        """Give the row back undone, due again in `seconds`; this was not an attempt."""
        due = timezone.now() + timedelta(seconds=seconds)
        # Whoever asked for a fresh start meanwhile has set `attempts` to 0 already.
        return self.release(due_at=due, attempts=Greatest(F("attempts") - 1, 0))

    def _mine(self) -> "models.QuerySet[Row]":
        return self.model._default_manager.filter(pk=self.pk, claim=self.token)


def unclaimed(now: datetime) -> Q:
    """Rows that nobody holds, or whose holder's time has run out."""
    return Q(claim=None) | Q(claimed_until__lte=now)


def take(model: type[Row], pk: Any, *, seconds: float, due: bool = True, where: Q | None = None) -> Claim[Row] | None:
    """Claim the row for `seconds`, which must be longer than the work's own total deadline.

    Takes a row that is due, or with `due=False` any; only where `where` holds. None: there is nothing to do, or
    somebody else is doing it.
    """
    now = timezone.now()
    claim = Claim(model, pk, uuid.uuid4(), now + timedelta(seconds=seconds))
    rows = model._default_manager.filter(unclaimed(now), pk=pk)
    if due:
        rows = rows.filter(due_at__lte=now)
    if where is not None:
        rows = rows.filter(where)
    taken = rows.update(claim=claim.token, claimed_until=claim.until, attempts=F("attempts") + 1)
    return claim if taken else None


def backoff(attempts: int, *, first: float = 2, longest: float = 900) -> timedelta:
    """How long to wait after the so-many-th failed attempt: doubling from `first` to `longest` seconds, jittered."""
    seconds = min(longest, first * 2 ** min(max(attempts, 1) - 1, 20))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 -- spreads load, hides nothing


def jittered(when: datetime, *, within: timedelta) -> datetime:
    """Some time from `when` on, at most `within` later: what waited for the same moment does not come all at once."""
    return when + within * random.random()  # noqa: S311 -- spreads load, hides nothing


def sweep() -> int:
    """Wake whatever is due and free, in every table of claims. Returns how many calls the broker took."""
    woken = 0
    now = timezone.now()
    for model in apps.get_models():
        if not issubclass(model, Claimable):
            continue
        due = model.workable().filter(unclaimed(now), due_at__lte=now)
        for pk in due.values_list("pk", flat=True)[:SWEEP_LIMIT]:
            # The next sweep repeats what is still due, so calls that wait longer than that are thrown away.
            if not wake(model.work_task, str(pk), expires=SWEEP_SECONDS * 2):
                return woken
            woken += 1
    return woken
