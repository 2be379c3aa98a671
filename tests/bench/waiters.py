"""Pages beside callers of the API who ask to wait for links that do not come, on two web processes."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev.postgres import postgresql
from meetings.link_wait import PLACES_AN_OWNER
from tests.bench.rows import Row, percentile
from tests.meetings.api.test_waiting_callers import TIMEOUT, TwoWebProcesses, schedule, session
from tests.processes import eventually
from tests.running_owner import connect_zoom, make_token

CALLERS, PAGES = 200, 50
#: Of two web processes, for one owner.
PLACES = 2 * PLACES_AN_OWNER


def waiters() -> list[Row]:
    """p95 of pages while so many ask to wait, over the same pages with nobody else about."""
    with (
        tempfile.TemporaryDirectory(prefix="okey-bench-") as folder,
        postgresql() as url,
        TwoWebProcesses(Path(folder), server_url=url) as stack,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        connect_zoom(stack)
        token = make_token(stack, "read", "schedule")
        with session(token) as asked:
            contact = asked.get(f"{stack.url}/api/v1/contacts", timeout=TIMEOUT).json()["items"][0]["id"]
        stack.kill("worker")  # so no link comes
        _pages(stack.url)
        alone = _pages(stack.url)
        callers = [pool.submit(schedule, stack, token, contact, number) for number in range(CALLERS)]
        # Who finds no place is answered at once; scheduling is work, like anybody's, and not what is asked here.
        eventually(lambda: sum(not caller.done() for caller in callers) <= PLACES, TIMEOUT)
        beside = _pages(stack.url)
        still = sum(not caller.done() for caller in callers)
        statuses = {caller.result().status for caller in callers}
    name = f"{CALLERS} callers who ask to wait: pages, p95 over without"
    seen = (
        f"{percentile(beside, 0.95) * 1000:.0f} ms over {percentile(alone, 0.95) * 1000:.0f} ms; {still} still waiting"
    )
    return [Row(name, percentile(beside, 0.95) / percentile(alone, 0.95), "≤ 1.5", f"{seen}; answers {statuses}")]


def _pages(url: str) -> list[float]:
    seconds = []
    with session() as browser:
        for _page in range(PAGES):
            began = time.perf_counter()
            assert browser.get(f"{url}/accounts/login/", timeout=TIMEOUT).status_code == 200
            seconds.append(time.perf_counter() - began)
    return seconds
