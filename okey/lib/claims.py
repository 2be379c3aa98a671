"""Claims: how work that must not be lost is shared out between processes.

A row that may owe something has `due_at`: set exactly while it does. Whoever works on it *takes* it first, by
one conditional UPDATE, for a limited time; a process that dies holding a claim merely lets it run out. Every
write that ends the work is conditional on the claim, so that a process that slept past its time cannot undo
what its successor did. The table is the queue: `take_next` takes whatever is due longest, `take` one certain row;
who looks, and when, is the business of okey.lib.lanes.
"""

import random
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest, NullIf
from django.utils import timezone

from okey.lib import asking
from okey.lib.prepared import Returned

#: Stands for now where a question is put into words; no row ever has it.
SOME_MOMENT = datetime(1901, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


class Claimable(models.Model):
    """A row that can be due and be claimed. Subclasses name the lane in which such rows are worked on."""

    due_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)

    #: One of okey.lib.asking.SEATS.
    lane: ClassVar[str]
    #: Whether there were any `troubles` when it was taken as the next one. Where it was not, nobody has looked.
    is_troubled = True

    class Meta:
        abstract = True

    @classmethod
    def may_go(cls, now: datetime) -> Q:  # noqa: ARG003 -- for those who have one
        """Which due rows may be worked on now: what does not, waits and stays due. By default all.

        Nothing but `now` may differ from one call to the next: the question is put into SQL once a process.
        """
        return Q()

    @classmethod
    def troubles(cls) -> "QuerySet[Any] | None":
        """Rows of which a row that is taken as the next one says, as `is_troubled`, whether there are any."""
        return None

    @classmethod
    def wake_on_commit(cls) -> None:
        """Ask a worker to look at such rows once this transaction has committed, however many of them it made due."""
        asking.ask_on_commit(cls.lane)

    def wake(self) -> None:
        """Ask a worker to look at such rows now. Call it on commit."""
        asking.ask(self.lane)


class TakesTurns(Claimable):
    """A row that goes one at a time with others: of all that have the same `turn`, one is worked on at any moment."""

    #: An account's key, a receiver's, a mail domain. "": it minds nobody.
    turn = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    #: The turn that the row's claim holds: whatever `turn` says later, this is given back.
    held_turn = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 -- unique, so absent is NULL

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["held_turn"],
                condition=Q(held_turn__isnull=False, claim__isnull=False),
                name="%(app_label)s_%(class)s_one_a_turn",
            )
        ]
        indexes = [
            models.Index(fields=["turn", "due_at"], condition=Q(due_at__isnull=False), name="%(class)s_due_in_a_turn")
        ]


Row = TypeVar("Row", bound=Claimable)


@dataclass(frozen=True)
class Claim(Generic[Row]):
    """The right to work on one row until `until`."""

    model: type[Row]
    pk: Any
    token: uuid.UUID
    until: datetime
    #: The row as it was when it was taken as the next one.
    taken: Row | None = field(default=None, compare=False, repr=False)

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
        return self._mine().update(**given_up(self.model), **changes) == 1

    def give_back(self) -> bool:
        """Give the row back as due as it was; this was not an attempt."""
        return self.release(attempts=Greatest(F("attempts") - 1, 0))

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


def take(
    model: type[Row], pk: Any, *, seconds: float, due: bool = True, in_turn: bool = False, where: Q | None = None
) -> Claim[Row] | None:
    """Claim this very row for `seconds`, which must be longer than the work's own total deadline.

    Takes a row that is due, or with `due=False` any; only where `where` holds, and with `in_turn` only where no other
    row of its turn is worked on. None: there is nothing to do, or somebody else is doing it.
    """
    now = timezone.now()
    claim = Claim(model, pk, uuid.uuid4(), now + timedelta(seconds=seconds))
    rows = model._default_manager.filter(unclaimed(now), pk=pk)
    if due:
        rows = rows.filter(due_at__lte=now)
    if where is not None:
        rows = rows.filter(where)
    changes: dict[str, Any] = {"claim": claim.token, "claimed_until": claim.until, "attempts": F("attempts") + 1}
    if in_turn:
        rows = rows.exclude(turn__in=_held(model, now))
        changes["held_turn"] = NullIf("turn", Value(""))
    try:
        with _alone():
            return claim if rows.update(**changes) else None
    except IntegrityError:  # another row of this turn was taken in the same moment
        return None


def take_next(model: type[Row], *, seconds: float) -> Claim[Row] | None:
    """Claim the row that is due longest, among those that may go and whose turn is free; the claim has it as `taken`.

    None: nothing is to be done now.
    """
    try:
        return _taken(model, seconds)
    except IntegrityError:
        # Of this turn another row was taken in the same moment, or by somebody who died of it.
        now = timezone.now()
        model._default_manager.filter(claim__isnull=False, claimed_until__lte=now).update(**given_up(model))
    try:
        return _taken(model, seconds)
    except IntegrityError:
        return None  # whoever took it looks again when it is done


def ready(model: type[Row], now: datetime) -> QuerySet[Row]:
    """What is due, free and may go, and is the first of its turn."""
    rows = _free(model, now)
    return rows.filter(Q(turn="") | Q(pk=_first_of_turn(model))) if issubclass(model, TakesTurns) else rows


def _free(model: type[Row], now: datetime) -> QuerySet[Row]:
    """What is due, unclaimed and may go, and of whose turn no other row is being worked on."""
    rows = model._default_manager.filter(unclaimed(now), model.may_go(now), due_at__lte=now)
    if issubclass(model, TakesTurns):
        rows = rows.exclude(turn__in=_held(model, now))
    return rows


def _held(model: type[Row], now: datetime) -> QuerySet[Row, Any]:
    """The turns of which a row is being worked on, as many as there are seats at most."""
    # In the words of the index, which holds only these.
    held = model._default_manager.filter(held_turn__isnull=False, claim__isnull=False, claimed_until__gt=now)
    return held.values("held_turn")


def _first_of_turn(model: type[Row]) -> Subquery:
    """So all who look for a turn's next row want, and lock, the same one."""
    of_the_turn = model._default_manager.filter(turn=OuterRef("turn"), due_at__isnull=False)
    return Subquery(of_the_turn.order_by("due_at", "pk").values("pk")[:1])


def _taken(model: type[Row], seconds: float) -> Claim[Row] | None:
    """One UPDATE. On PostgreSQL whoever finds a row locked goes on to the next; SQLite lets in one writer at a time."""
    now, token = timezone.now(), uuid.uuid4()
    until = now + timedelta(seconds=seconds)
    own = connections[DEFAULT_DB_ALIAS]
    sql, moment, params, told = _next_row(model, own.vendor)
    this_moment = own.ops.adapt_datetimefield_value(now)
    claim = (models.UUIDField().get_db_prep_value(token, own), own.ops.adapt_datetimefield_value(until))
    values = (*claim, *(this_moment if value == moment else value for value in params))
    with _alone():
        rows = told.all(sql, values)
    return Claim(model, rows[0].pk, token, until, rows[0]) if rows else None


@cache
def _next_row(model: type[Row], _vendor: str) -> tuple[str, Any, tuple[Any, ...], Returned[Any]]:
    """The UPDATE that claims the next row, what stands in its parameters for now, and these, but for the first two:
    the claim and until when; and what reads the row. To put it into words took a fifth of a link's CPU, so that is
    done once.
    """
    table, pk = (connection.ops.quote_name(name) for name in (model._meta.db_table, str(model._meta.pk.column)))
    sets = ["claim = %s", "claimed_until = %s", "attempts = attempts + 1"]
    rows = _free(model, SOME_MOMENT).order_by("due_at", "pk")
    skip = " FOR NO KEY UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    if issubclass(model, TakesTurns):
        sets.append("held_turn = NULLIF(turn, '')")
        # Whether a row is the first of its turn is asked of one after the other, in their order, until one is: LockRows
        # hands on what it locks as it goes. Beside the other conditions, or sorted again, it would be asked of all that
        # is due: 0.1 s a claim where that is 5,000. Others that were locked for a moment could not go anyway.
        free, params = rows.values("turn", "pk").query.sql_with_params()
        first = (
            f"SELECT one.{pk} FROM {table} one WHERE one.turn = free.turn AND one.due_at IS NOT NULL"  # noqa: S608
            f" ORDER BY one.due_at, one.{pk} LIMIT 1"
        )
        found = (
            f"SELECT free.pk FROM ({free}{skip}) free WHERE free.turn = '' OR free.pk = ({first})"  # noqa: S608
            " LIMIT 1"
        )
    else:
        free, params = rows.values("pk")[:1].query.sql_with_params()
        found = free + skip
    every, troubles = model._default_manager.order_by(), model.troubles()
    told = Returned(every if troubles is None else every.annotate(is_troubled=Exists(troubles)))
    claiming = f"UPDATE {table} SET {', '.join(sets)} WHERE {pk} = ({found})"  # noqa: S608 -- our own names
    moment = connection.ops.adapt_datetimefield_value(SOME_MOMENT)
    return f"{claiming} RETURNING {told.columns}", moment, (*params, *told.params), told


def _alone() -> AbstractContextManager[object]:
    """Around a statement that may break a constraint: within a transaction, that must not break the whole."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def given_up(model: type[Claimable]) -> dict[str, None]:
    """What a claim leaves on the row when it is over."""
    free: dict[str, None] = {"claim": None, "claimed_until": None}
    return free | {"held_turn": None} if issubclass(model, TakesTurns) else free


def backoff(attempts: int, *, first: float = 2, longest: float = 900) -> timedelta:
    """How long to wait after the so-many-th failed attempt: doubling from `first` to `longest` seconds, jittered."""
    seconds = min(longest, first * 2 ** min(max(attempts, 1) - 1, 20))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 -- spreads load, hides nothing


def jittered(when: datetime, *, within: timedelta) -> datetime:
    """Some time from `when` on, at most `within` later: what waited for the same moment does not come all at once."""
    return when + within * random.random()  # noqa: S311 -- spreads load, hides nothing
