"""The process that expands: the question on its first line of input, then the text, or texts of the lengths that it
names; the answer comes as JSON.

Whatever it reads, it ends in time, and takes no more memory than it may.
"""

import json
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import accumulate
from typing import Any

from integrations.calendars.expansion.events import (
    NoCalendar,
    Question,
    TooMuch,
    busy_times,
    busy_times_of_each,
)

#: Of CPU, for one entry and what changes it: on a busy machine an entry that waits its turn is not left out.
ENTRY_SECONDS = 2
CPU_SECONDS = 25
MEMORY_BYTES = 2 * 1024**3


@contextmanager
def in_time() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_PROF, ENTRY_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _too_long(*_args: object) -> None:
    raise TimeoutError


def answer(asked: dict[str, Any], text: bytes) -> dict[str, Any]:
    question = Question(
        zone=asked["zone"],
        since=datetime.fromisoformat(asked["since"]),
        until=datetime.fromisoformat(asked["until"]),
        addresses=frozenset(asked["addresses"]),
        all_day=asked["all_day"],
        tentative=asked["tentative"],
    )
    try:
        if asked["lengths"] is None:
            found = busy_times(text, question, in_time)
        else:
            found = busy_times_of_each(_cut(text, asked["lengths"]), question, in_time)
    except NoCalendar:
        return {"wrong": "no_calendar"}
    except TooMuch:
        return {"wrong": "too_much"}
    busy = [[one.starts_at.isoformat(), one.ends_at.isoformat(), one.kind, one.uid] for one in sorted(found.busy)]
    return {"busy": busy, "events": found.events, "skipped": found.skipped, "zoneless": found.zoneless}


def _cut(text: bytes, lengths: list[int]) -> list[bytes]:
    ends = list(accumulate(lengths))
    return [text[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def main() -> None:
    signal.signal(signal.SIGPROF, _too_long)
    for kind, most in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY_BYTES)):
        with suppress(ValueError, OSError):  # a system that has no such limit, or a lower one
            resource.setrlimit(kind, (most, most))
    asked = json.loads(sys.stdin.buffer.readline())
    try:
        said = json.dumps(answer(asked, sys.stdin.buffer.read()))
    except MemoryError:
        said = json.dumps({"wrong": "too_much"})
    sys.stdout.write(said)


if __name__ == "__main__":
    main()
