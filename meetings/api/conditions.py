"""Conditional calls: `ETag`, `If-Match`, `If-None-Match`, and `Prefer: wait`, which asks to wait for the link."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from django.db import transaction
from django.utils.http import parse_etags
from ninja import Header

from meetings import reading
from meetings.api.answers import MeetingOut, meeting_out
from meetings.models import Meeting
from okey.api.problems import Code, Problem
from okey.owners.models import Owner

WAIT_MAX = 20
ETAG_EXAMPLE = '"1-5f0c1d2e3a4b5c6d"'

IfMatch = Annotated[
    str,
    Header(
        "",
        alias="If-Match",
        examples=[ETAG_EXAMPLE],
        description="An `ETag`: change the meeting only if it is as it was then; else 412.",
    ),
]
IfNoneMatch = Annotated[
    str,
    Header(
        "",
        alias="If-None-Match",
        examples=[ETAG_EXAMPLE],
        description="An `ETag`: 304, without a body, if the meeting is as it was then.",
    ),
]
Prefer = Annotated[
    str,
    Header(
        "",
        alias="Prefer",
        examples=["wait=10"],
        description="`wait=10`: answer when the link is ready or nothing more comes soon, at the latest after 10 "
        "seconds. 20 at most.",
    ),
]

_WAIT = re.compile(r"\s*wait\s*=\s*\"?([0-9]{1,9})\"?\s*", re.IGNORECASE)


def seconds_to_wait(prefer: str) -> int:
    """Of `wait=10` or `respond-async, wait=10; …`. What is not understood is not an error (RFC 7240)."""
    for preference in re.split(r"[,;]", prefer):
        if found := _WAIT.fullmatch(preference):
            return min(int(found[1]), WAIT_MAX)
    return 0


def etag_of(answer: MeetingOut) -> str:
    """Another one whenever the answer is: the revision, and a hash of all that is said, the link's state included."""
    said = hashlib.sha256(answer.model_dump_json().encode()).hexdigest()
    return f'"{answer.revision}-{said[:16]}"'


def matches(etag: str, named: str) -> bool:
    """Whether a header's list names this ETag. A proxy that compresses makes it a weak one; it is the same to us."""
    return any(one in {"*", etag} for one in (each.removeprefix("W/") for each in parse_etags(named)))


@contextmanager
def unchanged(owner: Owner, meeting_id: UUID, if_match: str) -> Iterator[Meeting]:
    """The meeting, which nobody else can change before the block ends. Opens a transaction.

    Raises Problem where it is not as `if_match` says, and Meeting.DoesNotExist for one that is not the owner's.
    """
    with transaction.atomic():
        Owner.objects.locked(owner.pk)
        # By itself: where PostgreSQL waits for a row, what is joined to it would be as it was before the wait.
        Meeting.objects.locked(meeting_id, owner=owner)
        meeting = reading.meetings_of(owner).get(pk=meeting_id)
        if if_match and not matches(etag_of(meeting_out(reading.rows([meeting], owner)[0])), if_match):
            raise Problem(Code.CHANGED_MEANWHILE)
        yield meeting
