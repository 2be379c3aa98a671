"""Brings an owner's calendar in line with a meeting, as meetings.links does a provider.

Level-triggered: each step compares the meeting with what is known to stand in the calendar. What is about to be told
is committed before the call (`told`), so that whoever comes after a crash knows O-Key's own words from the owner's.
That an entry is there once is the source's doing, by its UID (integrations.calendars.base.WritableSource).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from integrations.calendars import entering
from integrations.calendars.base import CannotRead, Entry, Outcome, Standing, Why, Written
from meetings.entries import deciding, standing
from meetings.models import CalendarEntry
from okey.lib import claims
from okey.lib.claims import Claim

#: Longer than a call, which is not always made within the lease's first moment.
CALL_MARGIN_SECONDS = 15
LEASE_SECONDS = entering.SECONDS + CALL_MARGIN_SECONDS
#: Steps under one claim: what was found may be written over, and once more.
STEPS_MAX = 4
FIRST_SECONDS, LONGEST_SECONDS = 30, 1800
#: What was refused will be refused again: how often that is tried by itself, once in twice this.
PARKED = timedelta(days=1)
#: A cancelled meeting's entry is not taken out any more so long after its end.
STALE = timedelta(days=7)

#: Nothing stands there that O-Key knows of, and nothing is on its way.
OUT: dict[str, Any] = {"known": None, "told": [], "written": "", "sent_at": None, "found": None, "problem": ""}


class Do(Enum):
    NOTHING = "nothing"
    LOOK = "look"
    WRITE = "write"
    REMOVE = "remove"


@dataclass(frozen=True)
class Work:
    """A claimed row with its meeting, as read before the step, and what shall stand there."""

    claim: Claim[CalendarEntry]
    row: CalendarEntry
    entry: Entry

    @classmethod
    def read(cls, claim: Claim[CalendarEntry]) -> "Work | None":
        """None where somebody else has taken over, or the calendar was removed."""
        rows = CalendarEntry.objects.filter(pk=claim.pk, claim=claim.token)
        rows = rows.select_related("calendar__account", "meeting__owner")
        row = rows.prefetch_related("meeting__invitations__contact").first()
        if row is None:
            return None
        return cls(claim, row, replace(standing.entry_of(row.meeting), nonce=f"{row.pk}.{row.owed}"))

    @property
    def known(self) -> Standing | None:
        """How it stands there; after what the owner did to it, as they left it."""
        return standing.standing(self.row.known if self.row.found is None else self.row.found["there"])

    def unchanged(self) -> "QuerySet[CalendarEntry]":
        """The row, while the claim is still mine and nothing else is owed than was read."""
        return CalendarEntry.objects.filter(pk=self.row.pk, claim=self.claim.token, owed=self.row.owed)


def work_on(claim: Claim[CalendarEntry]) -> None:
    """Take the steps that are owed, until there is nothing more to do now. No transaction is open meanwhile."""
    for _number in range(STEPS_MAX):
        work = Work.read(claim)
        if work is None:
            return
        step = next_step(work)
        if step is Do.NOTHING:
            # What an outage was said of may have stood there all the while, without a call of its own to say so.
            done: dict[str, Any] = {"due_at": None, "attempts": 0, "to_look": False, "problem": ""}
            if not work.unchanged().update(**done, **claims.given_up(CalendarEntry)):
                claim.release(due_at=timezone.now())
            return
        if not _take(work, step):
            return
    claim.put_back(seconds=FIRST_SECONDS)


def next_step(work: Work) -> Do:
    """What the difference between the meeting and the calendar asks for."""
    row, meeting = work.row, work.row.meeting
    if meeting.is_cancelled or not row.calendar.takes_meetings:
        is_past = meeting.ends_at < timezone.now() - STALE if meeting.is_cancelled else meeting.is_over
        may_stand = row.known is not None or bool(row.told)
        return Do.REMOVE if may_stand and not is_past else Do.NOTHING
    if meeting.is_over or not meeting.owner.is_active:
        return Do.NOTHING
    is_written = row.written == standing.digest(work.entry)
    if row.to_look and (is_written or row.found is not None):
        return Do.LOOK
    if row.found is not None and row.found["instead_of"] == standing.pair(work.entry):
        return Do.NOTHING  # it is the owner's to decide; another time of the meeting is newer than what they did
    return Do.NOTHING if is_written and row.found is None else Do.WRITE


def _take(work: Work, step: Do) -> bool:
    """Take one step. Returns whether to look for another under the same claim."""
    if _is_too_early(work, step):
        return False
    if not _announce(work, step):
        return work.claim.is_mine()
    if step is Do.LOOK:
        return _look(work)
    if step is Do.REMOVE:
        return _removed(work, entering.remove(work.row.calendar, work.entry.uid, work.known))
    return _written(work, entering.write(work.row.calendar, work.entry, work.known))


def _is_too_early(work: Work, step: Do) -> bool:
    """A write whose answer was lost may be on its way at this moment.

    It would come after the removal; or make an entry beside the one that is made now, where only its own repetition
    is known for that.
    """
    if work.row.sent_at is None or not (step is Do.REMOVE or (step is Do.WRITE and work.known is None)):
        return False
    left = (work.row.sent_at + timedelta(seconds=entering.SECONDS) - timezone.now()).total_seconds()
    if left > 0:
        work.claim.put_back(seconds=left)
    return left > 0


def _announce(work: Work, step: Do) -> bool:
    """Commit that a call is about to be made, and with which times. False: it is another one by now, or not mine."""
    now = timezone.now()
    changes: dict[str, Any] = {"claimed_until": now + timedelta(seconds=LEASE_SECONDS)}
    if step is not Do.LOOK:
        telling = standing.pair(work.entry) if step is Do.WRITE else None
        told = work.row.told
        changes |= {"sent_at": now, "written": "", "told": told if telling in told else [*told, telling]}
    return work.unchanged().update(**changes) == 1


def _written(work: Work, written: Written) -> bool:
    row, there = work.row, written.there
    if written.outcome is Outcome.DONE:
        knows = {"known": standing.kept(there), "written": standing.digest(work.entry), "to_look": False}
        return work.claim.update(**{**OUT, **knows, "told": [standing.pair(work.entry)]})
    if written.outcome is not Outcome.CHANGED:
        return _not_done(work, written)
    if there is None:
        if work.known is None or None in row.told:  # O-Key has taken it out itself: it is entered anew
            return work.claim.update(known=None, found=None, written="", sent_at=None)
        return deciding.note_found(work.claim, row, None, standing.pair(work.entry))
    # A row that has told nothing finds what O-Key wrote there once, by mail or before the calendar was removed here.
    is_own = standing.pair(there) in row.told or not row.told
    if is_own or standing.pair(there) == standing.pair(work.entry):
        return work.claim.update(known=standing.kept(there), found=None)
    return deciding.note_found(work.claim, row, there, standing.pair(work.entry))


def _removed(work: Work, written: Written) -> bool:
    if written.outcome is Outcome.DONE or (written.outcome is Outcome.CHANGED and written.there is None):
        return work.claim.update(**OUT)
    if written.outcome is Outcome.CHANGED:  # whatever the owner did to it: the meeting is not there any more
        return work.claim.update(known=standing.kept(written.there), found=None, sent_at=None)
    return _not_done(work, written)


def _look(work: Work) -> bool:
    row, wanted = work.row, standing.pair(work.entry)
    try:
        there = entering.look(row.calendar, work.entry.uid, work.known)
    except CannotRead:  # the next reading that finds it odd asks again
        return work.claim.update(to_look=False)
    if there is not None and standing.pair(there) in [wanted, *row.told]:
        return work.claim.update(known=standing.kept(there), found=None, to_look=False)
    return deciding.note_found(work.claim, row, there, wanted)


def _not_done(work: Work, written: Written) -> bool:
    """Later again; the calendar's other entries wait with it, since they would meet the same."""
    now, why = timezone.now(), written.why or Why.UNREACHABLE
    attempts = work.row.attempts
    if written.outcome is Outcome.REFUSED:
        due_at = claims.jittered(now + PARKED, within=PARKED)
    else:
        due_at = now + claims.backoff(attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
        due_at = max(due_at, min(written.retry_at or due_at, now + PARKED))
    later: dict[str, Any] = {**claims.given_up(CalendarEntry), "due_at": due_at, "problem": why.value}
    if written.outcome is Outcome.REFUSED:
        later["sent_at"] = None
    if not work.unchanged().update(**later):
        work.claim.release(due_at=now + timedelta(seconds=FIRST_SECONDS))
    if why is not Why.NOT_ALLOWED:  # which may be about this one entry
        others = CalendarEntry.objects.filter(calendar=work.row.calendar_id, claim=None, due_at__lt=due_at)
        others.update(due_at=due_at, problem=why.value, attempts=attempts)
    return False
