"""What a crowd does: backlogs, a provider that hangs, an owner whose account hangs, receivers that are slow."""

import json
import threading
import time

from tests.bench.rows import Row
from tests.bench.stage import CEILING, LATENCY, Stage, p95, stage

OWNERS = 60
MAILS = 30
#: One page in so many seconds while something else goes on.
PAGE_PAUSE = 0.5


def backlog(jobs: int) -> list[Row]:
    """Link jobs due at once, Zoom well, and mails that come while they are worked off."""
    with stage(OWNERS) as one:
        one.stack.kill("worker")
        one.fill("jobs", jobs, OWNERS)
        one.stack.start("worker")
        one.wait(lambda: len(one.zoom.creates()) >= 8, 30)
        one.fill("mails", MAILS)
        mails = one.wait(lambda: one.mails_told() >= MAILS, 60)
        one.wait(lambda: one.owed_links() == 0, jobs / CEILING * 3 + 30)
        links, calls = one.links(), one.zoom.creates()
        speed = (len(calls) - 1) / (max(call[3] for call in calls) - min(call[2] for call in calls))
        seen = f"{links} links, {len(calls)} creates, {speed:.1f} links a second, told {one.mails_told()}/{MAILS}"
        return [
            Row(f"{jobs} due: links a second over {CEILING:.1f}", speed / CEILING, "≥ 0.85", seen),
            Row(f"{jobs} due: seconds to {MAILS} mails meanwhile", mails, "≤ 5"),
        ]


def outage(jobs: int = 3000) -> list[Row]:
    """Zoom hangs for everybody: what else goes on, how often Zoom is asked, and what happens when it is back."""
    with stage(OWNERS) as one:
        pages = pages_p95(one, 15)
        one.fill("mails", MAILS, "told")  # as pages do: what beat's next round adds is chance
        calm = one.wait(lambda: one.mails_told() >= MAILS, 60)
        one.stack.kill("worker")
        one.fill("jobs", jobs, OWNERS)
        one.zoom.control(hung=["*"], forget=True)
        one.stack.start("worker")
        one.wait(lambda: len(one.zoom.creates()) >= 8, 30)
        one.fill("mails", MAILS, "told")
        meanwhile = one.wait(lambda: one.mails_told() >= 2 * MAILS, 60)
        pages_meanwhile = pages_p95(one, 45)  # by now it has failed often enough to rest
        one.zoom.control(forget=True)
        time.sleep(60)
        calls = len(one.zoom.creates())
        one.zoom.control(hung=[], forget=True)
        took = one.wait(lambda: one.owed_links() == 0, jobs / CEILING * 4)
        first = min((call[2] for call in one.zoom.creates()), default=0.0)
        last = max((call[3] for call in one.zoom.creates()), default=0.0)
        return [
            Row(
                "Zoom hangs: mails, seconds over without",
                meanwhile / max(calm, 1),
                "≤ 2",
                f"{meanwhile:.1f} s over {calm:.1f} s",
            ),
            Row("Zoom hangs: pages, p95 over without", pages_meanwhile / pages, "≤ 1.5", f"{pages_meanwhile:.3f} s"),
            Row("Zoom hangs: calls in a minute while it rests", calls, "≤ 30"),
            Row(
                f"Zoom back: {jobs} links over what the ceiling allows",
                (last - first) / (jobs / CEILING),
                "≤ 1.3",
                f"{one.links()} links, {took:.0f} s since it was well",
            ),
        ]


def one_sick_owner(count: int = 80, pause: float = 0.5) -> list[Row]:
    """One owner's account hangs with 30 jobs due, while others schedule: against the same without."""
    with stage(OWNERS) as one:
        without = scheduled(one, 39, 1, count, pause)
        one.zoom.control(hung=["u0"])
        one.fill("jobs", 30, 1, 0)
        one.wait(lambda: any(call[1] == "u0" for call in one.zoom.creates()), 30)
        with_it = scheduled(one, 39, 1, count, pause)
        return [
            Row("light load: schedule to link over the provider's time, p95", p95(without) / LATENCY, "≤ 1.15",
                f"p50 {sorted(without)[len(without) // 2] / LATENCY:.2f}, p95 {p95(without):.3f} s"),
            Row("one owner's Zoom hangs: others' p95 over without", p95(with_it) / p95(without), "≤ 1.3",
                f"{p95(with_it):.3f} s over {p95(without):.3f} s"),
        ]  # fmt: skip


def slow_receivers(count: int = 80, pause: float = 0.5) -> list[Row]:
    """Ten receivers of one owner answer after nine seconds, while others schedule: against the same without."""
    with stage(OWNERS) as one:
        without = scheduled(one, 39, 1, count, pause)
        one.fill("hooks", 10, one.zoom.url)
        one.wait(lambda: one.questions.one("SELECT count(*) FROM webhooks_delivery WHERE claim IS NOT NULL") > 0, 30)
        with_them = scheduled(one, 39, 1, count, pause)
        return [
            Row("ten slow receivers: others' time to link, p95 over without", p95(with_them) / p95(without), "≤ 1.2",
                f"{p95(with_them):.3f} s over {p95(without):.3f} s"),
        ]  # fmt: skip


def scheduled(one: Stage, owners: int, first: int, count: int, pause: float) -> list[float]:
    """Seconds from scheduled to ready for meetings that owners schedule one after the other."""
    process = one.fill_beside("steadily", owners, first, count, pause)
    made, _ = process.communicate()
    ids = json.loads(made.splitlines()[-1])
    one.wait(lambda: float("inf") not in one.link_seconds(ids), 60)
    return one.link_seconds(ids)


def pages_p95(one: Stage, rounds: int) -> float:
    """Seconds of a page that asks the database."""
    seconds = []
    for _round in range(rounds):
        began = time.monotonic()
        assert one.stack.get("/health/").ok
        assert one.stack.get("/accounts/login/").ok
        seconds.append(time.monotonic() - began)
        threading.Event().wait(PAGE_PAUSE)
    return p95(seconds)
