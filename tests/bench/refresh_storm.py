"""Many demands on one expired token at the same moment: how often Zoom is asked, and how long the slowest waits.

python -m tests.bench.refresh_storm [ROUNDS]

On a PostgreSQL of its own, with Zoom's stand-in taking 300 ms for a refresh; four processes of 25 threads make ten
demands each. The ratio is the slowest demand over one refresh with nobody else about, both measured in this run.
What the same crowd waits where the token is fresh says how busy the machine is.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from dev.postgres import postgresql
from integrations.access import access
from integrations.models import Connection, ProviderAccount
from okey.owners.models import Owner
from tests.bench.rows import Row, print_table, read_json, write_json
from tests.zoom_fixtures import connect_zoom
from tests.zoom_simulator import ZoomSimulator

PROCESSES, THREADS, DEMANDS = 4, 25, 10
ROUNDS = 5
REFRESH_SECONDS = 0.3
CHILD, HERE = "child", "here"


def main(rounds: int) -> list[Row]:
    with ZoomSimulator() as zoom:
        _use(zoom.url)
        owner = Owner.objects.create_user("storm@example.com", name="Storm", timezone="UTC")
        one = connect_zoom(zoom, owner)
        zoom.fault("refresh", "delay", seconds=REFRESH_SECONDS, times=None)
        children = [_child(zoom.url, one) for _ in range(PROCESSES)]
        try:
            for child in children:  # connected, and everything imported
                _hear(child)
            alone, slowest, fresh, refreshes = [], [], [], []
            for _round in range(rounds):
                alone += _measure(zoom, children[:1], threads=1, demands=1)
                zoom.reset_counters()
                slowest.append(max(_measure(zoom, children, threads=THREADS, demands=DEMANDS)))
                refreshes.append(zoom.calls("refresh"))
                fresh.append(max(_ask_all(children, threads=THREADS, demands=DEMANDS)))
        finally:
            for child in children:
                child.kill()
                child.wait()
    one_refresh = statistics.median(alone)
    shares = [round(seconds / one_refresh, 2) for seconds in slowest]
    name = f"{PROCESSES * THREADS * DEMANDS} demands on one expired token"
    seen = (
        f"one refresh {one_refresh:.3f} s, rounds {shares}, slowest where it is fresh {statistics.median(fresh):.3f} s"
    )
    return [
        Row(f"{name}: refreshes", max(refreshes), "≤ 1", f"rounds {refreshes}"),
        Row(f"{name}: slowest over one refresh", statistics.median(slowest) / one_refresh, "≤ 2", seen),
    ]


def storm(rounds: int = ROUNDS) -> list[Row]:
    """`main` in a process of its own, on a PostgreSQL of its own."""
    with postgresql() as url, tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "tests.bench.refresh_storm", HERE, str(rounds), str(result)]
        subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=True)
        return read_json(result)


def _measure(
    zoom: ZoomSimulator, children: "list[subprocess.Popen[str]]", *, threads: int, demands: int
) -> list[float]:
    """Seconds of each demand on a token that has just expired."""
    zoom.expire("jill")
    ProviderAccount.objects.update(expires_at=timezone.now(), claim=None)
    return _ask_all(children, threads=threads, demands=demands)


def _ask_all(children: "list[subprocess.Popen[str]]", *, threads: int, demands: int) -> list[float]:
    for child in children:
        assert child.stdin
        print(json.dumps([threads, demands]), file=child.stdin, flush=True)
    return [seconds for child in children for seconds in _hear(child)]


def _child(url: str, one: Connection) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.bench.refresh_storm", CHILD, url, str(one.pk)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)


def _hear(child: "subprocess.Popen[str]") -> Any:
    assert child.stdout
    return json.loads(child.stdout.readline())


def demand(url: str, connection_id: str) -> None:
    """A process that makes demands whenever it is asked to, and says how long each took."""
    _use(url)

    def want(_number: int) -> float:
        began = time.perf_counter()
        access(connection_id)
        return time.perf_counter() - began

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _number: Connection.objects.count(), range(THREADS * 4)))
        print("[]", flush=True)
        for line in sys.stdin:
            threads, demands = json.loads(line)
            print(json.dumps(list(pool.map(want, range(threads * demands)))), flush=True)


def _use(url: str) -> None:
    settings.ZOOM_OAUTH_BASE_URL = settings.ZOOM_API_BASE_URL = url


if __name__ == "__main__":
    if CHILD in sys.argv:
        demand(*sys.argv[2:])
    elif HERE in sys.argv:
        call_command("migrate", verbosity=0)
        write_json(main(int(sys.argv[2])), Path(sys.argv[3]))
        connection.close()
    else:
        print_table(storm(*map(int, sys.argv[1:2])))
