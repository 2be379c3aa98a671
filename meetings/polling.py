"""How an open page looks again: soon at first, then ever more rarely, and only while something may come by itself."""

import hashlib
import time
from dataclasses import dataclass

#: After so many seconds of watching, at most every so many.
SLOWER = ((600, 30), (60, 5))


@dataclass(frozen=True)
class Watch:
    """`seconds` until the next look, 0 for none; `since` when it began; `mark` of what is shown."""

    seconds: int
    since: int
    mark: str


def watch(shown: object, poll_seconds: int, since: str = "") -> Watch:
    """`shown`: all that the page would show differently; `since` comes back from the page that watches."""
    now = int(time.time())
    began = int(since) if since.isascii() and since.isdigit() and len(since) < 15 else now
    seconds = _pace(poll_seconds, now - began)
    mark = hashlib.sha256(repr((shown, seconds)).encode()).hexdigest()[:16]
    return Watch(seconds, began, mark)


def _pace(at_first: int, elapsed: int) -> int:
    if not at_first:
        return 0
    return max([at_first, *(seconds for after, seconds in SLOWER if elapsed >= after)])
