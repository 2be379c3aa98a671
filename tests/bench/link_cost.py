"""What one link costs: transactions, connections and CPU of the worker, against a bare POST and INSERT."""

import time

import psycopg
import requests

from tests.bench.rows import Row
from tests.bench.stage import CEILING, LATENCY, THREADS, Stage, stage

LINKS = 400
OWNERS = 40
BARE = 300


def cost(links: int = LINKS) -> list[Row]:
    with stage(OWNERS) as one:
        one.stack.kill("worker")
        warm_up = 50
        one.fill("jobs", warm_up + links, OWNERS)
        one.stack.start("worker")
        one.wait(lambda: one.links() >= warm_up, 60)
        begun, cpu, (transactions, sessions) = one.links(), one.worker_cpu(), one.statistics()
        one.wait(lambda: one.owed_links() == 0, 60 + links / 5)
        done = one.links() - begun
        cpu = (one.worker_cpu() - cpu) / done
        after_transactions, after_sessions = one.statistics()
        calls = sorted(one.zoom.creates(), key=lambda call: call[2])[warm_up:]
        speed = (len(calls) - 1) / (max(call[3] for call in calls) - min(call[2] for call in calls))
        # Ours asked too, each question a transaction; that much is not the worker's.
        each = (after_transactions - transactions) / done
        bare_cpu, bare_wall = bare(one)
        return [
            Row(f"{links} due: links a second over {CEILING:.1f}", speed / CEILING, "≥ 0.93", f"{speed:.1f} a second"),
            Row("transactions a link", each, "≤ 8", "questions of the bench among them"),
            Row("new database connections a link", (after_sessions - sessions) / done, "≤ 0.001"),
            Row("CPU of the worker a link over bare", cpu / bare_cpu, "≤ 12",
                f"{cpu * 1e3:.1f} ms over {bare_cpu * 1e3:.2f} ms"),
            Row("wall a thread a link over bare", (THREADS / speed) / bare_wall, "≤ 1.08",
                f"bare {bare_wall * 1e3:.0f} ms"),
        ]  # fmt: skip


def bare(one: Stage) -> tuple[float, float]:
    """Seconds of CPU and of wall for a POST of the same size and an INSERT, over kept connections."""
    http = requests.Session()
    http.trust_env = False
    body = {"topic": "Kick-off", "type": 2, "duration": 30, "agenda": "x" * 60, "timezone": "UTC"}
    url = one.zoom.url + "/v2/users/me/meetings"
    with psycopg.connect(one.stack.env["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE IF NOT EXISTS bare (url text)")

        def once() -> None:
            answer = http.post(url, json=body, headers={"Authorization": "Bearer at-bare-0"}, timeout=10)
            database.execute("INSERT INTO bare VALUES (%s)", [answer.json()["join_url"]])

        once()
        begun, cpu = time.perf_counter(), time.process_time()
        for _ in range(20):
            once()
        wall = (time.perf_counter() - begun) / 20
        one.zoom.control(latency=0)
        cpu = time.process_time()
        for _ in range(BARE):
            once()
        cpu = (time.process_time() - cpu) / BARE
        one.zoom.control(latency=LATENCY)
    http.close()
    return cpu, wall


def memory(links: int = 20_000) -> list[Row]:
    """Each process after so many links over itself after the first thousand, or the first fifth of fewer."""
    owners, early = 250, min(1_000, links // 5)
    with stage(owners, latency=0.02) as one:
        one.stack.kill("worker")
        one.fill("jobs", links, owners)
        one.stack.start("worker")
        one.wait(lambda: one.links() >= early, 300)
        first = resident(one)
        one.wait(lambda: one.owed_links() == 0, links / 10)
        last = resident(one)
        return [
            Row(f"memory of {name} after {one.links()} links over after {early}", last[name] / first[name], "≤ 1.05",
                f"{last[name] / 2**20:.0f} MiB")
            for name in first
        ]  # fmt: skip


def resident(one: Stage) -> dict[str, int]:
    return {
        name: one.process(name).memory_info().rss + sum(c.memory_info().rss for c in one.process(name).children())
        for name in ("web", "worker", "beat", "valkey")
    }
