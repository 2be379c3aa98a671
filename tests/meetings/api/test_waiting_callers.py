"""Many who wait for links at once, on two web processes as production has them: pages are served, nobody is lied to."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests

from tests.processes import Stack, eventually
from tests.running_owner import connect_zoom, make_token

pytestmark = pytest.mark.processes

CALLERS = 200
#: As long as anybody may ask to wait.
WAIT_SECONDS = 20
PAGES = 50
TIMEOUT = 180


class TwoWebProcesses(Stack):
    """As the container has it: two processes with eight threads each."""

    def _command(self, name: str) -> list[str]:
        return [*super()._command(name), "--workers", "2"] if name == "web" else super()._command(name)


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    seconds: float


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with TwoWebProcesses(tmp_path_factory.mktemp("stack")) as stack:
        assert connect_zoom(stack) == "connected"
        yield stack


def session(token: str = "") -> requests.Session:
    asked = requests.Session()
    asked.trust_env = False
    asked.headers.update({"Authorization": f"Bearer {token}"} if token else {})
    return asked


def schedule(stack: Stack, token: str, contact_id: str, number: int) -> Answered:
    at = datetime.now(UTC) + timedelta(days=1, minutes=number)
    body = {"contact_id": contact_id, "title": f"Call {number}", "starts_at": at.isoformat(), "any_time": True}
    began = time.monotonic()
    with session(token) as asked:
        answer = asked.post(
            f"{stack.url}/api/v1/meetings",
            json=body,
            headers={"Prefer": f"wait={WAIT_SECONDS}", "Idempotency-Key": f"call-{number}"},
            timeout=TIMEOUT,
        )
    return Answered(answer.status_code, dict(answer.headers), time.monotonic() - began)


def pages_served_beside(
    stack: Stack, callers: "list[Future[Answered]]", more: "Callable[[], list[Future[Answered]]]"
) -> int:
    """How many pages came while somebody was waiting. Where all have been answered already, more callers come."""
    served = 0
    with session() as browser:
        for _wave in range(5):
            while served < PAGES and not all(caller.done() for caller in callers):
                assert browser.get(f"{stack.url}/accounts/login/", timeout=TIMEOUT).status_code == 200
                served += not all(caller.done() for caller in callers)
            if served == PAGES:
                break
            callers += more()
    return served


def test_pages_are_served_beside_all_who_wait_and_nobody_is_lied_to(stack: Stack) -> None:
    token = make_token(stack, "read", "schedule")
    with session(token) as asked:
        contact_id = asked.get(f"{stack.url}/api/v1/contacts", timeout=TIMEOUT).json()["items"][0]["id"]
    stack.kill("worker")  # so no link comes: whoever waits does so to the end
    with ThreadPoolExecutor(CALLERS) as pool:
        callers: list[Future[Answered]] = []

        def call(count: int) -> "list[Future[Answered]]":
            numbers = range(len(callers), len(callers) + count)
            return [pool.submit(schedule, stack, token, contact_id, number) for number in numbers]

        callers += call(CALLERS)
        served = pages_served_beside(stack, callers, lambda: call(16))
        answers = [caller.result() for caller in callers]

    assert served == PAGES
    assert {answer.status for answer in answers} == {201}
    waited = [answer for answer in answers if "Preference-Applied" in answer.headers]
    at_once = [answer for answer in answers if "Preference-Applied" not in answer.headers]
    assert waited, "somebody finds a place"
    assert at_once, "and somebody does not"
    assert [one.headers["Preference-Applied"] for one in waited] == [f"wait={WAIT_SECONDS}"] * len(waited)
    assert min(one.seconds for one in waited) >= WAIT_SECONDS - 0.5, "who is told that it was waited was waited for"
    for answer in answers:  # no link is there yet, so everybody is told when and where to look
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["Location"].startswith(f"{stack.url}/api/v1/meetings/")

    stack.start("worker")
    for one in at_once[:2]:
        eventually(lambda where=one.headers["Location"]: is_ready(where, token), 60, what="the link where it was named")


def is_ready(where: str, token: str) -> bool:
    with session(token) as asked:
        return bool(asked.get(where, timeout=TIMEOUT).json()["link"]["status"] == "ready")


@pytest.mark.parametrize("path", ["/api/v1/contacts", "/mcp"])
def test_a_connection_goes_on_after_a_body_that_is_too_large(stack: Stack, path: str) -> None:
    address = urlsplit(stack.url)
    headers = {"Authorization": f"Bearer {make_token(stack, 'read', 'schedule')}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
    try:
        connection.request("POST", path, b" " * 5_000_000, headers)
        refused = connection.getresponse()
        refused.read()
        assert (refused.status, refused.getheader("Connection")) == (413, "keep-alive")
        socket = connection.sock
        connection.request("HEAD", "/api/v1/me", headers=headers)
        headed = connection.getresponse()
        assert (headed.status, headed.read()) == (200, b"")
        connection.request("GET", "/api/v1/me", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["email"]) == (200, stack.owner_email)
        assert connection.sock is socket, "no other connection was opened"
    finally:
        connection.close()
