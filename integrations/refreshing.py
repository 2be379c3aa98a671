"""The one way to a new pair of tokens, whoever needs it and whatever becomes of the answers.

Where a refresh token works once (`Vendor.rotates`), what counts is which answers are missing. Zoom was seen to take an
old pair for a minute (`GRACE`), and a call that was given up may be carried out late (`LATE`): it then replaces a newer
pair, which dies a minute after. Therefore `lost_at` on the row says when a refresh was begun last whose answer has not
come. It is committed just before each call, and what becomes of it is decided in the very UPDATE that stores an answer.
While it is set, the row is due every `LOOK_EVERY`, until a refresh has worked that was begun `LATE` after it. A look,
the claim of a process that dies under it and two sweeps together are shorter than the grace: there is time for another.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from integrations import diary, registry
from integrations.models import PairHolder
from integrations.providers.base import (
    Challenged,
    Grant,
    Misconfigured,
    Outcome,
    ReconnectNeeded,
    Unavailable,
    Unknown,
)
from okey import figures
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.patience import insist

#: The claim for one call to the token endpoint. It begins anew with each.
LEASE_SECONDS = 15
#: For so long after the next pair was issued Zoom was seen to take an old one.
GRACE = timedelta(seconds=60)
#: A lost call is carried out within this of its begin, or never.
LATE = timedelta(seconds=40)
#: A call is sent so soon after the begin that was committed for it, or not at all: `LATE` counts from there.
SENT_WITHIN = timedelta(seconds=2)
#: How often the pair is refreshed while a lost call may still be carried out.
LOOK_EVERY = timedelta(seconds=20)
#: So many tries in a row, at most five seconds apart, are about the grace.
HASTY_TRIES = 12
#: A suspicion becomes a verdict only on a second refusal, this much later.
SECOND_LOOK = timedelta(seconds=60)


class Busy(Exception):
    """Not at this moment: somebody else refreshes this account, and wakes whoever comes back later."""

    retry_seconds: float = 2


class NotLive(Exception):
    """The connection cannot be used: ended, its owner not entitled, or its grant needs reconnecting."""


class Suspected(Unavailable):
    """The provider called the grant invalid for the first time. `retry_at` is the second look."""


@dataclass
class Asking:
    """What a refresh knows of answers that did not come."""

    row: PairHolder
    #: The last call without an answer, an earlier refresh's or this one's own.
    lost_at: datetime | None
    #: When the call was begun that is under way or was answered: it stands in the row as `lost_at`. Never where a
    #: refresh spends nothing: a lost answer is then no loss.
    asked_at: datetime | None = None

    def after_success(self, otherwise: datetime) -> dict[str, Any]:
        """The columns for the UPDATE that stores a pair: due soon while a lost call may still replace it."""
        is_settled = self.lost_at is None or (self.asked_at or timezone.now()) >= self.lost_at + LATE
        due_at = otherwise if is_settled else timezone.now() + LOOK_EVERY
        return self._columns(None if is_settled else self.lost_at, due_at)

    def after_failure(self, *, attempts: int, retry_at: datetime | None = None) -> dict[str, Any]:
        """The columns for the UPDATE that notes why there is no pair. Soon while the old one may still work."""
        now = timezone.now()
        # Who has failed for as long as the grace is in an outage, in which every call may be lost: no haste for each.
        is_urgent = self.lost_at is not None and self.lost_at + GRACE > now and attempts <= HASTY_TRIES
        backoff = claims.backoff(attempts, first=3, longest=5 if is_urgent else 3600)
        return self._columns(self.lost_at if is_urgent else None, retry_at or now + backoff)

    def _columns(self, lost_at: datetime | None, due_at: datetime) -> dict[str, Any]:
        # Somebody who has taken over has written the begin of a call of their own: that stays, and is looked after.
        is_ours = Q(lost_at=self.asked_at) if self.asked_at else Q(lost_at__isnull=True)
        return {
            "lost_at": Case(When(is_ours, then=_moment(lost_at)), default=F("lost_at")),
            "due_at": self.row.due(
                Case(When(is_ours, then=_moment(due_at)), default=_moment(timezone.now() + LOOK_EVERY))
            ),
        }


Holder = TypeVar("Holder", bound=PairHolder)
Holder_contra = TypeVar("Holder_contra", bound=PairHolder, contravariant=True)


class Book(Protocol[Holder_contra]):
    """Who writes what came of a refresh on the row that holds the pair: grants.py or kept_pairs.py."""

    def renew(self, row: Holder_contra, grant: Grant, asking: Asking) -> bool:
        """Store the pair. False: the row has moved on."""

    def suspect(self, row: Holder_contra, detail: str, asking: Asking, *, claims: str = "") -> bool:
        """The provider called the grant invalid, or demands a sign-in with `claims`. Whether this is the verdict."""

    def fail(self, row: Holder_contra, outcome: Outcome, asking: Asking) -> None:
        """No answer about the grant."""


def refresh(claim: Claim[Holder], book: Book[Holder]) -> None:
    """Ask for a new pair and write what comes, under the caller's claim, which has a call's time left afterwards.

    The caller gives the claim up, and leaves `due_at` alone. Raises NotLive, Busy, CannotOpen and the outcomes of a
    refresh: Suspected, Unavailable, ReconnectNeeded, Misconfigured.
    """
    row = claim.row()
    refresh_token = row.pair()[1]
    if not refresh_token:
        raise NotLive
    asking = Asking(row, row.lost_at)
    try:
        grant = ask(claim, row, refresh_token, asking)
    except ReconnectNeeded as outcome:
        demanded = outcome.claims if isinstance(outcome, Challenged) else ""
        is_verdict = book.suspect(row, outcome.detail, asking, claims=demanded)
        _note(row, "refused" if is_verdict else "suspected", logging.WARNING)
        if is_verdict:
            raise
        raise Suspected(outcome.detail, retry_at=(row.suspected_at or timezone.now()) + SECOND_LOOK) from None
    except Outcome as outcome:
        book.fail(row, outcome, asking)
        _note(row, type(outcome).__name__.lower(), logging.WARNING, tracking_id=getattr(outcome, "tracking_id", ""))
        if isinstance(outcome, Misconfigured):
            diary.tell_administrators(row.vendor, outcome.detail)
        raise
    if not grant.refresh_token:  # the present one stays
        grant = replace(grant, refresh_token=refresh_token)
    insist(lambda: book.renew(row, grant, asking))
    _note(row, "renewed", logging.INFO)


def _note(row: PairHolder, outcome: str, level: int, *, tracking_id: str = "") -> None:
    facts: dict[str, Any] = {row._meta.model_name or "": row.pk, "tracking_id": tracking_id}
    figures.note(figures.REFRESHES, level=level, vendor=row.vendor, outcome=outcome, **facts)


def ask(claim: Claim[Holder], row: Holder, refresh_token: str, asking: Asking) -> Grant:
    """Once more with the same token where the answer is lost, and with it perhaps a new pair."""
    vendor = registry.vendor(row.vendor)
    detail = ""
    for _try in range(2):
        announce(claim, row, asking)
        try:
            return vendor.refresh(refresh_token)
        except Unknown as outcome:
            asking.lost_at, detail = asking.asked_at, outcome.detail
    raise Unavailable(detail)


def announce(claim: Claim[Holder], row: Holder, asking: Asking) -> None:
    """Commit that a refresh begins: whoever comes after a process that dies here knows of it.

    Where the commit took long, the begin is too old to call on, and is committed anew. Raises Busy where somebody has
    taken over, or that is slow again and again.
    """
    for _try in range(3):
        now = timezone.now()
        until = now + timedelta(seconds=LEASE_SECONDS)
        begun_at = now if registry.vendor(row.vendor).rotates else None
        columns = {"lost_at": begun_at, "claimed_until": until, "due_at": row.due(until)}
        if not row.as_read().filter(claim=claim.token).update(**columns):
            break
        if timezone.now() <= now + SENT_WITHIN:
            asking.asked_at = begun_at
            return
    raise Busy


def _moment(when: datetime | None) -> Combinable:
    return Value(when, output_field=DateTimeField(null=True))
