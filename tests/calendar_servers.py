"""Real CalDAV servers, each a process of its own on a free port, and what a calendar program does to them."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from dev import calendar_server, commands, ports
from integrations.calendars.caldav.http import Access

USER, PASSWORD = "demo", "an app password: ü"
WAIT_SECONDS = 90


@dataclass
class CalendarServer:
    """`calendar`: the address of one calendar there. The owner's own program puts entries as this does."""

    name: str
    url: str
    user: str
    calendar: str
    folder: Path

    @property
    def secret(self) -> str:
        return str(Access(self.calendar, self.user, PASSWORD))

    def put(self, name: str, text: bytes) -> requests.Response:
        return self._ask("PUT", name, data=text, headers={"Content-Type": "text/calendar"})

    def get(self, name: str) -> str:
        return self._ask("GET", name).content.decode()

    def delete(self, name: str) -> None:
        self._ask("DELETE", name)

    def names(self) -> list[str]:
        """Of the entries that are there."""
        propfind = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        said = self._ask("PROPFIND", "", data=propfind, headers=headers).text
        hrefs = [one.partition("<")[0] for one in said.split("href>")]
        return [one.rpartition("/")[2] for one in hrefs if one.endswith(".ics")]

    def empty(self) -> None:
        for name in self.names():
            self.delete(name)

    def withdraw_password(self) -> None:
        (self.folder / "users").write_text(f"{self.user}:another one\n")

    def allow_password(self) -> None:
        (self.folder / "users").write_text(f"{self.user}:{PASSWORD}\n")

    def _ask(self, method: str, name: str, **more: object) -> requests.Response:
        auth = (self.user.encode(), PASSWORD.encode())
        url = self.calendar + (name if "%" in name else quote(name))
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, url, auth=auth, timeout=WAIT_SECONDS, **more)  # type: ignore[arg-type]
        answer.raise_for_status()
        return answer


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """From when it listens; afterwards it has ended."""
    process = subprocess.Popen(command, cwd=commands.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    never = threading.Event()
    try:
        for _ in range(WAIT_SECONDS * 20):
            if process.poll() is not None or not ports.is_free(port):
                break
            never.wait(0.05)
        assert process.poll() is None, "the calendar server did not start"
        yield
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


@contextmanager
def radicale() -> Iterator[CalendarServer]:
    with tempfile.TemporaryDirectory() as folder:
        port, place = ports.pick_free(), Path(folder)
        calendar_server.lay_out(place, user=USER, password=PASSWORD, now=datetime(2026, 11, 26, tzinfo=UTC))
        url = f"http://{ports.LOOPBACK}:{port}/"
        with running(commands.radicale(port=port, folder=place), port):
            yield CalendarServer("radicale", url, USER, f"{url}{USER}/{calendar_server.CALENDAR}/", place)


@contextmanager
def xandikos() -> Iterator[CalendarServer]:
    with tempfile.TemporaryDirectory() as folder:
        port, place = ports.pick_free(), Path(folder)
        url = f"http://{ports.LOOPBACK}:{port}/"
        with running(commands.xandikos(port=port, folder=place), port):
            yield CalendarServer("xandikos", url, "user", f"{url}user/calendars/calendar/", place)


BOTH = {"radicale": radicale, "xandikos": xandikos}


@pytest.fixture(scope="module")
def calendar_servers() -> Iterator[dict[str, CalendarServer]]:
    """Both, started when they are first asked for."""
    with ExitStack() as stack:
        yield _Started(stack)


class _Started(dict[str, CalendarServer]):
    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack

    def __missing__(self, name: str) -> CalendarServer:
        self[name] = self._stack.enter_context(BOTH[name]())
        return self[name]


@pytest.fixture(params=sorted(BOTH))
def dav(request: pytest.FixtureRequest, calendar_servers: dict[str, CalendarServer]) -> CalendarServer:
    """Each of the two in turn, with an empty calendar."""
    server = calendar_servers[request.param]
    server.empty()
    return server


@pytest.fixture(name="radicale")
def empty_radicale(calendar_servers: dict[str, CalendarServer]) -> Iterator[CalendarServer]:
    """With an empty calendar; its password is right again afterwards."""
    server = calendar_servers["radicale"]
    server.empty()
    yield server
    server.allow_password()
