"""Takes one safeguard away at a time, in a copy of the tree, and shows which fast tests notice.

    .venv/bin/python -m dev.mutations [part of a name]

Not part of `make test`: it runs the tests of claims, grants and links once for each mutation.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dev.commands import PYTHON, ROOT
from dev.test import environment

COPIED = ("okey", "integrations", "meetings", "simulators", "dev", "tests", "templates", "static")
FILES = ("manage.py", "pyproject.toml")
#: The fast tests of claims, grants and links.
TESTS = (
    "tests/okey/lib/test_claims*.py",
    "tests/integrations/test_access.py",
    "tests/integrations/test_refresh*.py",
    "tests/integrations/test_lost_*.py",
    "tests/meetings/links/test_*.py",
    "tests/machines/test_*.py",
)
LEFT_OUT = "not browser and not processes"
#: The machines' random runs: once red, they look for a shorter example for minutes.
RANDOM = "not no_grant_dies_that and not whatever_happens"
RED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
SHOWN = 3


@dataclass(frozen=True)
class Mutation:
    """A text that stands exactly once in the file, and what to put there."""

    name: str
    file: str
    safe: str
    unsafe: str


CLAIMS, LINKS, RECORDS = "okey/lib/claims.py", "meetings/links/making.py", "meetings/links/records.py"
REFRESHING, GRANTS, MODELS = "integrations/refreshing.py", "integrations/grants.py", "integrations/models.py"
AS_READ = ".filter(grant_no=self.grant_no, pair_no=self.pair_no)"
FIRST_LOOK = "if account.suspected_at is None or account.suspected_at + SECOND_LOOK > now:"
SETTLED = "is_settled = self.lost_at is None or"
ANNOUNCED = '"lost_at": now, "claimed_until"'
STILL_REFUSED = "if now < first + last_try / 2:"
LEFT = "left = (over - timezone.now()).total_seconds()"
NOTHING_FOUND = "    if not found:\n"
SENT_AS = "self.job.sent_generation or self.job.generation"
AS_IT_WAS_READ = "_unchanged(work).filter(as_read)"
FAILED = "is_open = done_if_lost and (status < 300 or _has_failed(status))"

#: What is red all the same does not count.
NOTHING = Mutation("nothing", CLAIMS, "", "")
MUTATIONS = (
    Mutation("no lease: a claim keeps nobody out", CLAIMS, "filter(unclaimed(now), pk=pk)", "filter(pk=pk)"),
    Mutation("work ends without its claim", CLAIMS, "filter(pk=self.pk, claim=self.token)", "filter(pk=self.pk)"),
    Mutation("no fence: a pair is written on any numbers", MODELS, AS_READ, ""),
    Mutation("lease of a call shorter than its deadline", LINKS, "CALL_MARGIN_SECONDS = 5", "CALL_MARGIN_SECONDS = -5"),
    Mutation(
        "lease of a refresh shorter than its calls",
        REFRESHING,
        "LEASE_SECONDS = 15",
        "LEASE_SECONDS = 5",
    ),
    Mutation("a later success forgets a lost refresh", REFRESHING, SETTLED, "is_settled = True or"),
    Mutation("a refresh is not announced", REFRESHING, ANNOUNCED, '"claimed_until"'),
    Mutation("owners are told with the verdict's first repeat", GRANTS, STILL_REFUSED, "if False:"),
    Mutation("verdict at the first refusal", GRANTS, FIRST_LOOK, "if False:"),
    Mutation("an earlier create is looked for at once", LINKS, LEFT, "left = 0"),
    Mutation("no second look for a late create", LINKS, NOTHING_FOUND, "    if False:\n"),
    Mutation("what was sent is looked for as what is asked for now", RECORDS, SENT_AS, "self.job.generation"),
    Mutation(
        "a 500 to a create is taken for nothing made",
        "integrations/vendors/zoom/errors.py",
        FAILED,
        "is_open = done_if_lost and status < 300",
    ),
    Mutation("a create is sent of what has changed since", RECORDS, AS_IT_WAS_READ, "work.claim._mine()"),
)


def main(wanted: str) -> int:
    chosen = [mutation for mutation in MUTATIONS if wanted in mutation.name]
    green = []
    before = set(_red_tests(NOTHING))
    print("| what was taken away | red tests | the first of them |\n|---|--:|---|", flush=True)
    for mutation in chosen:
        red = [test for test in _red_tests(mutation) if test not in before]
        print(f"| {mutation.name} | {len(red)} | {'<br>'.join(red[:SHOWN])} |", flush=True)
        if not red:
            green.append(mutation.name)
    print(f"\nNobody noticed: {', '.join(green)}." if green else "\nEach was noticed.")
    return 1 if green else 0


def _red_tests(mutation: Mutation) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="okey-mutation-") as name:
        tree = Path(name)
        _copy(tree)
        _mutate(tree / mutation.file, mutation)
        command = [PYTHON, "-m", "pytest", "-q", "-n", "2", "-m", LEFT_OUT, "-k", RANDOM, "--tb=no", *_tests(tree)]
        done = subprocess.run(command, cwd=tree, env=environment(), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1, 2):
            raise RuntimeError(f"{mutation.name}: the tests did not run:\n{done.stdout}{done.stderr}")
    return [test.partition("::")[2] for test in sorted(set(RED.findall(done.stdout)))]


def _tests(tree: Path) -> list[str]:
    return sorted(str(path.relative_to(tree)) for pattern in TESTS for path in tree.glob(pattern))


def _copy(tree: Path) -> None:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, tree / file)
    (tree / "var").mkdir()


def _mutate(path: Path, mutation: Mutation) -> None:
    text = path.read_text()
    if mutation.safe and text.count(mutation.safe) != 1:
        raise LookupError(f"{mutation.name}: {mutation.file} holds {mutation.safe!r} {text.count(mutation.safe)} times")
    if mutation.safe:
        path.write_text(text.replace(mutation.safe, mutation.unsafe))


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
