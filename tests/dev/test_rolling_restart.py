"""Every process is restarted, one after the other, while owners schedule: no request fails, and no job is lost.

As docs/operations.md says it: the web server's first process gets HUP, or a second web server starts beside it, the
proxy leads there, and the first one gets TERM; workers get TERM while another works; beat is restarted.
`OKEY_OWNERS=200` is the whole; the suite has a tenth of it.
"""

import os
import re
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import requests
import yaml

from dev import ports
from dev.commands import ROOT
from dev.ports import LOOPBACK
from dev.postgres import postgresql
from tests.chaos.database import Questions
from tests.chaos.people import Owner, sign_in
from tests.dev.switching_proxy import SwitchingProxy
from tests.processes import Stack, eventually

pytestmark = pytest.mark.processes

OWNERS = int(os.environ.get("OKEY_OWNERS", "20"))
#: Seconds between what an owner does and what they do next. Two hundred schedule eight meetings a second together.
THINKING = max(5, OWNERS / 8)
#: So many requests have to be answered between two restarts.
BETWEEN = 20
FIRST_DAY = datetime.now(UTC).replace(hour=8, minute=0) + timedelta(days=7)


class Production(Stack):
    """Web with the containers' command, which is also that of systemd's unit, behind a proxy at the stack's address.

    "web" and "web-2" are web servers of their own.
    """

    def __init__(self, folder: Path, *, server_url: str) -> None:
        super().__init__(folder, server_url=server_url)
        self.web_ports = {"web": ports.pick_free(), "web-2": ports.pick_free()}
        self.proxy = SwitchingProxy(self.port, self.web_ports["web"])

    def stop(self) -> None:
        super().stop()
        self.proxy.stop()

    def is_web_ready(self, name: str) -> bool:
        """Asked itself, past the proxy, for the address that people type."""
        url = f"http://{LOOPBACK}:{self.web_ports[name]}/health/ready"
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(url, headers={"Host": f"{LOOPBACK}:{self.port}"}, timeout=60).ok
            except requests.RequestException:
                return False

    def _command(self, name: str) -> list[str]:
        if name not in self.web_ports:
            return super()._command(name)
        services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        program, *options = services["web"]["command"]
        return [*super()._command("beat")[:1], "-m", program, *options, "--bind", f"{LOOPBACK}:{self.web_ports[name]}"]

    def first_process(self, name: str) -> psutil.Process:
        return psutil.Process(self._processes[name]._popen.pid)


class Load:
    """Owners who schedule and read, each page once: what does not come at once has failed."""

    def __init__(self, owners: list[Owner]) -> None:
        self._stop = threading.Event()
        self._counted = threading.Condition()
        self.answers: Counter[str] = Counter()
        self.failed: list[str] = []
        self.meetings: list[str] = []
        self._pool = ThreadPoolExecutor(len(owners))
        self._begun = [self._pool.submit(self._work, owner, number) for number, owner in enumerate(owners)]

    def _work(self, owner: Owner, number: int) -> None:
        """All begin within the time in which one of them thinks."""
        pause, turn = THINKING * number / OWNERS, 0
        while not self._stop.wait(pause):
            self._once(owner, turn)
            pause, turn = THINKING, turn + 1

    def _once(self, owner: Owner, turn: int) -> None:
        starts_at = FIRST_DAY + timedelta(hours=turn % 8, days=turn // 8)
        meeting = self._schedule(owner, str(uuid.uuid5(uuid.UUID(owner.id), str(turn))), starts_at)
        if meeting:
            self._ask(owner, "GET", f"/meetings/{meeting}/", wanted=200)
        self._ask(owner, "GET", "/meetings/", wanted=200)

    def _schedule(self, owner: Owner, key: str, starts_at: datetime) -> str:
        fields = {"provider": "zoom", "request_key": key, "title": "Rolling", "agenda": "", "minutes": "30"}
        fields |= {"date": f"{starts_at:%Y-%m-%d}", "time": f"{starts_at:%H:%M}"}
        path = f"/meetings/new/?contact={owner.contact}"
        answer = self._ask(owner, "POST", path, fields)
        if (
            answer is not None
            and answer.status_code == 200
            and (found := re.search(r'name="anyway" value="(\w+)"', answer.text))
        ):
            answer = self._ask(owner, "POST", path, fields | {"anyway": found[1]}, wanted=302)
        found = (
            re.fullmatch(r"/meetings/([0-9a-f-]{36})/", answer.headers.get("Location", ""))
            if answer is not None
            else None
        )
        if found is None:
            self._note("scheduling", f"{answer and answer.text[:500]}")
            return ""
        with self._counted:
            self.meetings.append(found[1])
        return found[1]

    def _ask(
        self, owner: Owner, method: str, path: str, fields: dict[str, str] | None = None, wanted: int = 0
    ) -> requests.Response | None:
        """As README's proxy does: a connection for each request."""
        try:
            answer = owner.http.request(
                method, owner.stack.url + path, data=fields, timeout=60, allow_redirects=False,
                headers={"Connection": "close"},
            )  # fmt: skip
        except requests.RequestException as error:
            self._note("no answer", f"{method} {path}: {error!r}")
            return None
        is_fine = answer.status_code == wanted if wanted else answer.status_code < 400
        self._note("answered" if is_fine else "refused", "" if is_fine else f"{path}: {answer.status_code}")
        return answer

    def _note(self, kind: str, problem: str) -> None:
        with self._counted:
            self.answers[kind] += 1
            if problem:
                self.failed.append(problem)
            self._counted.notify_all()

    def wait_for(self, more: int) -> None:
        """Comes back when so many more requests were answered."""
        with self._counted:
            wanted = self.answers["answered"] + more
            assert self._counted.wait_for(lambda: self.failed or self.answers["answered"] >= wanted, 300), self.answers

    def end(self) -> None:
        self._stop.set()
        for share in self._begun:
            share.result(120)
        self._pool.shutdown()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Production]:
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        with Production(tmp_path, server_url=given) as stack:
            yield stack
    else:
        with postgresql() as url, Production(tmp_path, server_url=url) as stack:
            yield stack


def _reload(stack: Production) -> None:
    """HUP to the first process alone; comes back when all that served before are gone."""
    first = stack.first_process("web")
    before = set(first.children())
    assert before
    first.send_signal(signal.SIGHUP)
    _, alive = psutil.wait_procs(before, timeout=90)
    assert not alive, "processes of before HUP go on"
    eventually(lambda: len(first.children()) >= len(before), 60)


def _replace_web(stack: Production) -> None:
    """By a second one beside it; the first goes when nothing leads to it any more."""
    old, new = ("web", "web-2") if stack.is_running("web") else ("web-2", "web")
    stack.start(new, wait=False)
    eventually(lambda: stack.is_web_ready(new), 240, what=f"{new} did not start")
    stack.proxy.leads_to = stack.web_ports[new]
    eventually(lambda: stack.proxy.open_to(stack.web_ports[old]) == 0, 90, what=f"{old} is still asked")
    stack.first_process(old).send_signal(signal.SIGTERM)
    eventually(lambda: not stack.is_running(old), 120, what=f"{old} did not end")
    assert "Traceback" not in stack.said(old)


def _start(stack: Production, name: str, says: str) -> None:
    """Beside all that the owners ask for, it may take its time."""
    stack.start(name, wait=False)
    eventually(lambda: says in stack.said(name), 240, what=f"{name} did not start")


def _restart_workers(stack: Production) -> None:
    """With two of them, as docs/operations.md has it."""
    _start(stack, "worker-2", " ready.")
    for name in ("worker", "worker-2"):
        stack.first_process(name).send_signal(signal.SIGTERM)
        eventually(lambda name=name: not stack.is_running(name), 120, what=f"{name} did not end")
        assert "Traceback" not in stack.said(name)
        _start(stack, name, " ready.")


def _restart_beat(stack: Production) -> None:
    stack.first_process("beat").send_signal(signal.SIGTERM)
    eventually(lambda: not stack.is_running("beat"), 60, what="beat did not end")
    _start(stack, "beat", "Beat is ready.")


RESTARTS: tuple[Callable[[Production], None], ...] = (
    *(_reload, _replace_web, _restart_workers, _restart_beat, _replace_web, _reload),
)


def test_no_request_fails_and_no_job_is_lost(stack: Production) -> None:
    with closing(Questions(stack.env["DATABASE_URL"])) as questions:
        users = [(stack.zoom, str(stack.zoom.add_user()["email"])) for _ in range(OWNERS)]
        owners = sign_in(stack, questions, users, None)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda owner: owner.connect(), owners))
        load = Load(owners)
        try:
            for restart in RESTARTS:
                load.wait_for(BETWEEN)
                restart(stack)
            load.wait_for(BETWEEN)
        finally:
            load.end()
            for owner in owners:
                owner.http.close()
            print(f"{OWNERS} owners: {dict(load.answers)}, {len(load.meetings)} meetings")
        assert load.failed == []
        waiting = "SELECT count(*) FROM meetings_meeting WHERE join_url = ''"
        eventually(lambda: questions.one(waiting) == 0, 300, what="jobs are lost")
        links = questions.rows("SELECT id::text, join_url FROM meetings_meeting WHERE title = 'Rolling'")
        assert sorted(one["id"] for one in links) == sorted(load.meetings)
        at_zoom = [meeting["join_url"] for meeting in stack.zoom.meetings()]
        assert sorted(one["join_url"] for one in links) == sorted(at_zoom)
