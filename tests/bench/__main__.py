"""`make bench`: one table of ratios, each measured side by side in one run; also written to var/bench.json.

python -m tests.bench [ROWS …]    (none: all of them; docs/performance.md says how each is made)

A row may say how large it is: cost=2000 and memory=5000 (links), outage=600 (jobs), pages=100000 (meetings; over a
hundredth of them), migrations=20000 (meetings)
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import crowd, link_cost, migrations, pages, refresh_storm, waiters
from tests.bench.rows import Row, print_table, write_json

MEASUREMENTS: dict[str, Callable[..., list[Row]]] = {
    "cost": link_cost.cost,
    "backlog-600": lambda: crowd.backlog(600),
    "backlog-5000": lambda: crowd.backlog(5000),
    "sick-owner": crowd.one_sick_owner,
    "slow-receivers": crowd.slow_receivers,
    "outage": crowd.outage,
    "memory": link_cost.memory,
    "refresh-storm": refresh_storm.storm,
    "pages": pages.pages,
    "waiters": waiters.waiters,
    "migrations": migrations.migrations,
}
#: Those that may be drawn at another size.
SIZED = ("cost", "memory", "outage", "pages", "migrations")
RESULT = Path("var/bench.json")


def main(wanted: list[str]) -> int:
    asked = [name.partition("=") for name in wanted or MEASUREMENTS]
    unknown = [name for name, _, size in asked if name not in (SIZED if size else MEASUREMENTS)]
    if unknown:
        print(f"No such row: {', '.join(unknown)}. There are: {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name, _, size in asked:
        began = time.monotonic()
        made = MEASUREMENTS[name](*([int(size)] if size else []))
        print(f"# {name}: {time.monotonic() - began:.0f} s", flush=True)
        print_table(made)
        rows += made
        write_json(rows, RESULT)
    print()
    print_table(rows)
    return 0 if all(row.is_met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
