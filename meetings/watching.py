"""How an open page looks again: soon at first, then ever more rarely, and only while something may come by itself."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from meetings.link_state import LinkState
from meetings.models import MeetingEvent

#: After so many seconds of watching, at most every so many.
SLOWER = ((600, 30), (60, 5))


@dataclass(frozen=True)
class Watch:
    """`seconds` until the next look, 0 for none; `since` when it began; `mark` of what is shown."""

    seconds: int
    since: int
    mark: str


def watch(state: LinkState, events: Sequence[MeetingEvent], since: str = "") -> Watch:
    """`since` comes back from the page that watches."""
    now = int(time.time())
    began = int(since) if since.isascii() and since.isdigit() and len(since) < 15 else now
    seconds = _pace(state.poll_seconds, now - began)
    shown = repr((state, seconds, [event.pk for event in events[:1]]))
    return Watch(seconds, began, hashlib.sha256(shown.encode()).hexdigest()[:16])


def _pace(at_first: int, elapsed: int) -> int:
    if not at_first:
        return 0
    return max([at_first, *(seconds for after, seconds in SLOWER if elapsed >= after)])
