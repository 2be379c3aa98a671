"""Waiting for a link while somebody holds the line: an API's caller, an assistant. Pages look again instead."""

import threading
import time
from datetime import timedelta
from typing import Any

from django.utils import timezone

from meetings import reading
from meetings.link_state import Status
from meetings.reading import Row
from okey.owners.models import Owner

LOOK_AGAIN_SECONDS = 0.2
#: So many of a process's threads may wait at once. Whoever comes then is answered at once: pages need threads too.
PLACES = threading.BoundedSemaphore(3)


def wait_for_link(owner: Owner, meeting_id: Any, *, seconds: float) -> Row:
    """The meeting with its link's state: when nothing more comes by itself soon, at the latest after so many seconds.

    Call it without a transaction open. Raises Meeting.DoesNotExist for one that is not the owner's.
    """
    row = _look(owner, meeting_id)
    if not _may_come(row, seconds) or not PLACES.acquire(blocking=False):
        return row
    try:
        return _watch(owner, row, time.monotonic() + seconds)
    finally:
        PLACES.release()


def _watch(owner: Owner, row: Row, deadline: float) -> Row:
    while _may_come(row, deadline - time.monotonic()):
        time.sleep(LOOK_AGAIN_SECONDS)
        row = _look(owner, row.meeting.pk)
    return row


def _look(owner: Owner, meeting_id: Any) -> Row:
    return reading.rows([reading.meetings_of(owner).get(pk=meeting_id)], owner)[0]


def _may_come(row: Row, seconds: float) -> bool:
    """Whether the link is on its way, and the next try for it is not later than that."""
    due_at = row.meeting.link_job.due_at
    if row.link.status is not Status.ON_ITS_WAY or due_at is None or seconds <= 0:
        return False
    return bool(due_at <= timezone.now() + timedelta(seconds=seconds))
