"""`make bench`: one table of ratios, each measured side by side in one run; also written to var/bench.json.

python -m tests.bench [ROWS …]    (none: all of them; docs/performance.md says how each is made)
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import crowd, link_cost, pages, refresh_storm, waiters
from tests.bench.rows import Row, print_table, write_json

MEASUREMENTS: dict[str, Callable[[], list[Row]]] = {
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
}
RESULT = Path("var/bench.json")


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in MEASUREMENTS]
    if unknown:
        print(f"No such row: {', '.join(unknown)}. There are: {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in wanted or MEASUREMENTS:
        began = time.monotonic()
        made = MEASUREMENTS[name]()
        print(f"# {name}: {time.monotonic() - began:.0f} s", flush=True)
        print_table(made)
        rows += made
        write_json(rows, RESULT)
    print()
    print_table(rows)
    return 0 if all(row.is_met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
