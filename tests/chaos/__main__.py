"""`make chaos`: both cases, with a seed that is printed first.

SEED=… repeats a run, MINUTES=… prolongs it, CROWD=… sets how many link jobs fall due at once.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from tests.chaos import mending
from tests.chaos.books import Books
from tests.chaos.elsewhere import NAMES
from tests.chaos.run import Run
from tests.chaos.table import table
from tests.chaos.world import ELSEWHERE, Case, World, world

MINUTES = 4.0
#: Of a case's time, what starting, mending and counting take.
AROUND_SECONDS = 50.0
MEETINGS_A_CASE = 320
ZOOM_USERS = 9
#: Link jobs that fall due at once, and whose they are: below what Zoom takes from a user in a day.
CROWD, CROWD_OWNERS = 2000, 30

CASES = (
    Case("only creating is allowed, old pairs die at once", manages=False, refresh_grace=0),
    Case("ZOOM_MANAGE_MEETINGS=1, old pairs live on for 60 s", manages=True, refresh_grace=60),
)


def main() -> int:
    signal.signal(signal.SIGTERM, _leave)
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    minutes = float(os.environ.get("MINUTES") or MINUTES)
    wanted = os.environ.get("CASE")
    print(f"seed {seed}: make chaos SEED={seed} MINUTES={minutes:g}", flush=True)
    print(f"{_crowd()} link jobs fall due at once in each case", flush=True)
    _stay_within_a_day(minutes)
    kept = [_show(case, seed, minutes * 60 / len(CASES)) for case in CASES if not wanted or wanted in case.name]
    print(f"chaos: {'every' if all(kept) else 'NOT every'} promise kept (seed {seed})")
    return 0 if all(kept) else 1


def _stay_within_a_day(minutes: float) -> None:
    """Zoom's daily limits begin anew at midnight UTC: no run goes over it."""
    left = 86400 - time.time() % 86400
    if left < (minutes + 6) * 60:
        print("It is nearly midnight, UTC: begins after it.", flush=True)
        time.sleep(left + 1)


def _crowd() -> int:
    return int(os.environ.get("CROWD") or CROWD)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that what was started is stopped, and its folders go


def _show(case: Case, seed: int, seconds: float) -> bool:
    print(f"\n### {case.name}\n", flush=True)
    began = time.monotonic()
    crowd = CROWD_OWNERS if _crowd() else 0
    with world(case, zoom_users=ZOOM_USERS, crowd=crowd, elsewhere=ELSEWHERE) as here:
        kept = _play(here, seed, max(20.0, seconds - AROUND_SECONDS))
        if not kept and (keep := os.environ.get("KEEP_LOGS")):
            Path(keep).write_text(here.stack.logs())
    print(f"\n{time.monotonic() - began:.0f} s in all")
    return kept


def _play(here: World, seed: int, seconds: float) -> bool:
    run = Run(here, seed, max(MEETINGS_A_CASE, int(MEETINGS_A_CASE * seconds / 70)))
    run.gather(_crowd())
    run.break_things(seconds)
    try:
        today = mending.settle_today(run)
        waiting = mending.limited(run)  # read once: one of them may be tried again meanwhile
        said = sum("daily limit" in _page(run, meeting).lower() for meeting in waiting)
        tomorrow = mending.settle_tomorrow(run)
    finally:
        run.close()
    books = Books(run)
    print(table(books), flush=True)
    print(
        f"\nbroken for {seconds:.0f} s; settled after {today:.0f} s, and the next day's after {tomorrow:.0f} s;",
        end=" ",
    )
    again = sum(owner.pressed_again for owner in here.owners)
    print(
        f"{run.book.reconnected} reconnects, {again} requests sent again, {len(books.there)} meetings at Zoom", end=""
    )
    print("".join(f", {len(ledger.there)} at {NAMES[ledger.vendor]}" for ledger in books.elsewhere) + "\n")
    lines = books.lines()
    for line in lines:
        print(line)
    says_so = said == len(waiting) and len(waiting) >= 1
    print(
        f"{'ok ' if says_so else 'NOT'}  meetings that waited for Zoom's next day and said so: {said} of {len(waiting)}"
    )
    return all(line.is_kept for line in lines) and says_so


def _page(run: Run, meeting: str) -> str:
    owner_id = run.world.questions.one("SELECT owner_id::text FROM meetings_meeting WHERE id = %(id)s", id=meeting)
    people = [*run.world.owners, *run.world.crowd]
    return next(owner for owner in people if owner.id == owner_id).page(f"/meetings/{meeting}/")


if __name__ == "__main__":
    sys.exit(main())
