"""Waiting for a link while somebody holds the line: an API's caller, an assistant. Pages look again instead.

Who waits holds one of the web process's threads, so only a few may. Everybody else is answered at once, and told when
to look again.
"""

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from meetings import reading
from meetings.links.state import Status
from meetings.reading import Row
from okey.owners.models import Owner

LOOK_AGAIN_SECONDS = 0.2
#: So many of a process's threads may wait at once, and so many of them for one owner: pages need threads too.
ALL_PLACES, PLACES_AN_OWNER = 3, 2
#: Whoever was not waited for looks again no sooner.
COME_AGAIN_SECONDS = 2


class Places:
    """Who waits in this process."""

    def __init__(self, *, at_most: int, an_owner: int) -> None:
        self._at_most = at_most
        self._an_owner = an_owner
        self._lock = threading.Lock()
        self._taken: Counter[UUID] = Counter()

    def take(self, owner_id: UUID) -> bool:
        """Whether there was room; then `give_back` is owed."""
        with self._lock:
            if self._taken.total() >= self._at_most or self._taken[owner_id] >= self._an_owner:
                return False
            self._taken[owner_id] += 1
            return True

    def give_back(self, owner_id: UUID) -> None:
        with self._lock:
            self._taken -= Counter([owner_id])


PLACES = Places(at_most=ALL_PLACES, an_owner=PLACES_AN_OWNER)


@dataclass(frozen=True)
class Waited:
    """The meeting with its link's state, at the end of the wait; or at once, where nobody waited."""

    row: Row
    has_waited: bool

    @property
    def come_again_seconds(self) -> int | None:
        """When it is worth looking again; None where nothing more comes by itself."""
        due_at = self.row.meeting.link_job.due_at
        if self.row.link.status is not Status.ON_ITS_WAY or due_at is None:
            return None
        return max(COME_AGAIN_SECONDS, math.ceil((due_at - timezone.now()).total_seconds()))


def wait_for_link(owner: Owner, meeting_id: Any, *, seconds: float) -> Waited:
    """Until the link is there or nothing more comes by itself soon, at the latest so many seconds.

    Call it without a transaction open. Raises Meeting.DoesNotExist for one that is not the owner's.
    """
    row = look(owner, meeting_id)
    if not _may_come(row, seconds) or not PLACES.take(owner.pk):
        return Waited(row, has_waited=False)
    try:
        return Waited(_watch(owner, row, time.monotonic() + seconds), has_waited=True)
    finally:
        PLACES.give_back(owner.pk)


def look(owner: Owner, meeting_id: Any) -> Row:
    """The meeting with its link's state now. Raises Meeting.DoesNotExist for one that is not the owner's."""
    return reading.rows([reading.meetings_of(owner).get(pk=meeting_id)], owner)[0]


def _watch(owner: Owner, row: Row, deadline: float) -> Row:
    while _may_come(row, deadline - time.monotonic()):
        time.sleep(LOOK_AGAIN_SECONDS)
        row = look(owner, row.meeting.pk)
    return row


def _may_come(row: Row, seconds: float) -> bool:
    """Whether the link is on its way, and the next try for it is not later than that."""
    due_at = row.meeting.link_job.due_at
    if row.link.status is not Status.ON_ITS_WAY or due_at is None or seconds <= 0:
        return False
    return bool(due_at <= timezone.now() + timedelta(seconds=seconds))
