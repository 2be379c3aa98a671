"""`make test`: every check, in stages, with the seconds of each at the end. Arguments pick stages by name."""

import base64
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree

from dev import chromium
from dev.commands import PYTHON, ROOT
from dev.node_packages import INSPECTOR, MCP_CLIENTS, OPENAPI_TOOLS, NodePackage, NotInstalled
from dev.postgres import postgresql
from dev.supervisor import die_with_parent
from tests import databases
from tests.moments import EVERY_MOMENT, UNITS_ON_POSTGRESQL, UNITS_ON_SQLITE, VARIABLE

#: What would make a run on one machine differ from the next one's.
OUR_NAMES = re.compile(
    r"(DJANGO|DATABASE|REDIS|EMAIL|ZOOM|GOOGLE|MICROSOFT|OKEY|JITSI|ADMIN|SUPPORT|DEFAULT_FROM)_|DEBUG$|SECRET_KEY$|PORT$"
    r"|[A-Z][A-Z0-9_]*_(CLIENT_ID|CLIENT_SECRET|BASE_URL)$"
)
SUMMARY_LINES = 1
#: Where pytest leaves the seconds of each test.
REPORTS = ROOT / "var" / "tests"
COSTLY = 10
CHAOS_LOG = ROOT / "var" / "chaos.log"
CHAOS_SEED = 5
#: Link jobs at once; `make chaos` has more. They come beside all other stages here.
CHAOS_CROWD = 300
#: The tables as the models have them, ten seconds less each time. All other stages make them by the migrations.
NO_MIGRATIONS = "--nomigrations"
UNITS = "not browser and not processes and not fuzz"
#: Which thinks out thousands of requests where it is only collected.
FUZZ = "tests/api/test_any_request.py"
#: By their marker: what tests need that is made for node, and which tests those are.
NEED_NODE: dict[str, tuple[NodePackage, str]] = {
    "inspector": (INSPECTOR, "the test with the official MCP client"),
    "mcp_clients": (MCP_CLIENTS, "the official MCP SDK in TypeScript and the conformance suite"),
    "openapi_tools": (OPENAPI_TOOLS, "the strict readers of the OpenAPI document and the client in TypeScript"),
}
#: By their marker: commands that tests use because whom they stand for does.
NEED_COMMANDS = {
    "documents": (("bash", "curl", "jq"), "the commands of docs/api.md, docs/mcp.md and docs/webhooks.md"),
}


@dataclass
class Run:
    """What the stages of one run share."""

    resources: ExitStack
    _database_url: str = field(default="")
    _chaos: "subprocess.Popen[bytes] | None" = None
    #: What this machine cannot run, and why; said where it is left out, and again at the end.
    left_out: list[str] = field(default_factory=list)

    def database_url(self) -> str:
        """PostgreSQL, started when the first stage asks for it."""
        if not self._database_url:
            self._database_url = self.resources.enter_context(postgresql())
        return self._database_url

    def without(self, marker: str, why: str) -> str:
        """What leaves these tests out; said here, and again at the end."""
        self.left_out.append(why)
        print(f"  Not run: {why}")
        return f" and not {marker}"

    def chaos(self) -> "subprocess.Popen[bytes]":
        """The chaos run, with processes, ports and databases of its own, begun when it is first asked for."""
        if self._chaos is None:
            self._chaos = begin_chaos()
            self.resources.callback(_end, self._chaos)
        return self._chaos


def environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not OUR_NAMES.match(name)}
    if chromium.VARIABLE in os.environ:
        inherited[chromium.VARIABLE] = os.environ[chromium.VARIABLE]
    return inherited | more


def like_production() -> dict[str, str]:
    """Settings that a careful operator would choose; nothing is connected to."""
    return environment(
        DEBUG="0",
        SECRET_KEY=secrets.token_urlsafe(64),
        OKEY_ENCRYPTION_KEYS=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        OKEY_BASE_URL="https://okey.example.com",
        DATABASE_URL="postgres://okey:unused@127.0.0.1:1/okey",
        REDIS_URL="redis://127.0.0.1:1/0",
        EMAIL_URL="smtp://127.0.0.1:1",
        DEFAULT_FROM_EMAIL="okey@example.com",
        ADMIN_EMAIL="admin@example.com",
    )


def execute(env: dict[str, str], *command: str) -> bool:
    """Run one command; show all of its output where it fails, and its last words where it does not."""
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return show(done.stdout, done.returncode)


def show(output: bytes, code: int) -> bool:
    lines = output.decode(errors="replace").rstrip().splitlines()
    for line in lines if code else lines[-SUMMARY_LINES:]:
        print(f"  {line}")
    return code == 0


def python(*arguments: str, env: dict[str, str]) -> bool:
    return execute(env, PYTHON, *arguments)


def pytest(*arguments: str, env: dict[str, str]) -> bool:
    record = REPORTS / f"{uuid.uuid4()}.xml"
    return python("-m", "pytest", "--quiet", "--color=no", f"--junitxml={record}", *arguments, env=env)


def most_costly() -> list[tuple[float, str]]:
    """Seconds and names of the tests that took longest, from what pytest has recorded; each with all that it was
    tried on together."""
    seconds: dict[str, float] = defaultdict(float)
    for record in REPORTS.glob("*.xml"):
        for case in ElementTree.parse(record).iter("testcase"):  # noqa: S314 -- our own run wrote it
            seconds[f"{case.get('classname')}::{case.get('name')}"] += float(case.get("time") or 0)
    return sorted(((spent, name) for name, spent in seconds.items()), reverse=True)[:COSTLY]


def lint(_run: Run) -> bool:
    style = python("-m", "ruff", "check", ".", env=environment())
    return python("-m", "ruff", "format", "--check", ".", env=environment()) and style


def types(_run: Run) -> bool:
    return python("-m", "mypy", env=environment())


def imports(_run: Run) -> bool:
    return execute(environment(), str(Path(PYTHON).with_name("lint-imports")))


def migrations(_run: Run) -> bool:
    settings = environment(DJANGO_SETTINGS_MODULE="tests.settings")
    return python("manage.py", "makemigrations", "--check", "--dry-run", env=settings)


def deploy(_run: Run) -> bool:
    return python("manage.py", "check", "--deploy", "--fail-level", "WARNING", env=like_production())


def units_sqlite(_run: Run) -> bool:
    """What asks no database, and what tests/databases.py says; the time-bound ones at every moment of
    tests/moments.py."""
    at = {VARIABLE: UNITS_ON_SQLITE.isoformat(), EVERY_MOMENT: "1"}
    settings = environment(**at, **{databases.VARIABLE: databases.SQLITE})
    return pytest("-n", "2", "-m", UNITS, f"--ignore={FUZZ}", env=settings)


def units_postgresql(run: Run) -> bool:
    at = {VARIABLE: UNITS_ON_POSTGRESQL.isoformat()}
    settings = environment(DATABASE_URL=run.database_url(), **at, **{databases.VARIABLE: databases.POSTGRESQL})
    return pytest("-n", "2", "-m", UNITS, f"--ignore={FUZZ}", env=settings)


def fuzz(run: Run) -> bool:
    """Half of the operations in each of two processes; xdist's would both think out the requests of all of them."""
    server = urlsplit(run.database_url())

    def half(number: str) -> bool:
        own_database = urlunsplit(server._replace(path=f"/fuzz{number}"))
        return pytest(NO_MIGRATIONS, FUZZ, env=environment(DATABASE_URL=own_database, OKEY_FUZZ_HALF=number))

    with ThreadPoolExecutor(2) as pool:
        return all([*pool.map(half, "01")])


def processes(run: Run) -> bool:
    try:
        browser = chromium.find_or_install()
    except chromium.NoChromium as problem:
        print(f"  {problem}")
        return False
    settings = environment(DATABASE_URL=run.database_url(), **{chromium.VARIABLE: browser})
    wanted = "(browser or processes)"
    for marker, (package, what) in NEED_NODE.items():
        try:
            package.find_or_install()
        except NotInstalled as problem:
            wanted += run.without(marker, f"{what}: {problem}")
    for marker, (commands, what) in NEED_COMMANDS.items():
        if missing := [command for command in commands if shutil.which(command) is None]:
            wanted += run.without(marker, f"{what}: {', '.join(missing)} not found on this machine.")
    # A file's tests share the processes that they start, so they stay together.
    return pytest("-n", "2", "--dist", "loadfile", "-m", wanted, f"--ignore={FUZZ}", env=settings)


def chaos(run: Run) -> bool:
    """Waits for its end, and prints the whole table: it was begun before all other stages."""
    code = run.chaos().wait()
    print(CHAOS_LOG.read_text(errors="replace"))
    return code == 0


def begin_chaos() -> "subprocess.Popen[bytes]":
    # A test run breaks the same things in the same order each time; `make chaos` draws its own seed.
    env = {**environment(), "SEED": os.environ.get("SEED") or str(CHAOS_SEED), "CROWD": str(CHAOS_CROWD)}
    CHAOS_LOG.parent.mkdir(exist_ok=True)
    with CHAOS_LOG.open("wb") as log:
        return subprocess.Popen(
            (PYTHON, "-m", "tests.chaos"),
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()


STAGES: dict[str, Callable[[Run], bool]] = {
    "lint": lint,
    "types": types,
    "imports": imports,
    "migrations": migrations,
    "deploy": deploy,
    "units-sqlite": units_sqlite,
    "units-postgresql": units_postgresql,
    "fuzz": fuzz,
    "processes": processes,
    "chaos": chaos,
}


def run_stages(names: list[str]) -> tuple[dict[str, tuple[bool, float]], list[str]]:
    """Whether each stage passed, and its seconds; and what was left out. A failed one does not spare the others."""
    results = {}
    shutil.rmtree(REPORTS, ignore_errors=True)
    with ExitStack() as resources:
        run = Run(resources)
        if "chaos" in names:
            run.chaos()  # it waits more than it works, so it goes on beside all the others
        for name in names:
            print(f"{name} …", flush=True)
            began = time.monotonic()
            passed = STAGES[name](run)
            results[name] = (passed, time.monotonic() - began)
            sys.stdout.flush()
    return results, run.left_out


def report(results: dict[str, tuple[bool, float]], left_out: list[str]) -> bool:
    print()
    for name, (passed, seconds) in results.items():
        print(f"{name:<18} {seconds:7.1f} s  {'passed' if passed else 'FAILED'}")
    failed = [name for name, (passed, _) in results.items() if not passed]
    total = sum(seconds for _, seconds in results.values())
    print(f"{'total':<18} {total:7.1f} s")
    if costly := most_costly():
        print(f"The {len(costly)} tests that cost most, in seconds:")
        for seconds, name in costly:
            print(f"{seconds:9.1f}  {name}")
    print(f"Failed: {', '.join(failed)}." if failed else "All passed.")
    for what in left_out:
        print(f"Not run: {what}")
    print(f"stages: {len(results) - len(failed)} passed, {len(failed)} failed")
    return not failed


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that what was started is stopped


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        print(f"No such stage: {', '.join(unknown)}. There are: {', '.join(STAGES)}.", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    return 0 if report(*run_stages(wanted or list(STAGES))) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
