"""Asks the process that expands, and ends it where it takes too long."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from integrations.calendars.expansion.events import Busy, Found, NoCalendar, Question, TooMuch

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "integrations.calendars.expansion.child")


class Failed(Exception):
    """The process came to an end that is none of the text's. Says the kind of error, and nothing of the text."""


def expanded(text: bytes, question: Question, *, seconds: float) -> Found:
    """What the text takes. Raises NoCalendar, TooMuch, Failed, and TimeoutError after so many seconds."""
    return _asked(text, None, question, seconds)


def expanded_each(texts: Sequence[bytes], question: Question, *, seconds: float) -> Found:
    """What entries take that come in a text each. Raises TooMuch, Failed, and TimeoutError after so many seconds."""
    return _asked(b"".join(texts), [len(one) for one in texts], question, seconds)


def _asked(text: bytes, lengths: list[int] | None, question: Question, seconds: float) -> Found:
    asked = {
        "lengths": lengths,
        "zone": question.zone,
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "addresses": sorted(question.addresses),
        "all_day": question.all_day,
        "tentative": question.tentative,
    }
    try:
        # Without this process's environment, which holds the keys.
        done = subprocess.run(  # noqa: S603 -- our own module; what others wrote is its input
            COMMAND,
            input=json.dumps(asked).encode() + b"\n" + text,
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={},
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if done.returncode < 0:
        raise TooMuch  # a signal ended it: the limit of CPU, or the system's of memory
    if done.returncode:
        raise Failed(_kind_of_error(done.stderr))
    said = json.loads(done.stdout)
    if wrong := said.get("wrong"):
        raise NoCalendar if wrong == "no_calendar" else TooMuch
    busy = {
        Busy(datetime.fromisoformat(starts), datetime.fromisoformat(ends), kind, uid)
        for starts, ends, kind, uid in said["busy"]
    }
    return Found(busy, said["events"], said["skipped"], said["zoneless"])


def _kind_of_error(said: bytes) -> str:
    """A traceback's last line up to its words, which may quote what was read."""
    last = said.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
    return last if last.replace(".", "_").isidentifier() else "unknown"
