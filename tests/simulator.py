"""A vendor's simulator as a process of its own, and everything that a test does to any of them, over plain HTTP."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urljoin

import requests
from time_machine import escape_hatch

ROOT = Path(__file__).parent.parent
TIMEOUT = 90


class Simulator:
    """Client id and redirect URL fit tests.settings, unless they are given; port 0 takes a free one."""

    #: `python -m simulators.<slug>`, and the provider whose callback it redirects to.
    slug: ClassVar[str]
    provider: ClassVar[str]
    #: Whom `approve` signs in.
    first_user: ClassVar[str]

    def __init__(
        self,
        *,
        client_id: str = "test-client-id",
        client_secret: str = "test-client-secret",
        redirect_uri: str | Iterable[str] = "",
        port: int = 0,
        state_file: Path | None = None,
        **options: Any,
    ) -> None:
        redirect_uri = redirect_uri or f"http://testserver.localhost:8000/integrations/{self.provider}/callback/"
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_uris = [redirect_uri] if isinstance(redirect_uri, str) else list(redirect_uri)
        self.url = ""
        self._port = port
        self._folder = tempfile.TemporaryDirectory() if state_file is None else None
        self._state_file = state_file or Path(self._folder.name if self._folder else "") / f"{self.slug}.sqlite3"
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    # The process

    def start(self) -> Self:
        """Comes back when the simulator listens. After `kill`, it listens on the same port again."""
        process = subprocess.Popen(self._command(), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        line = process.stdout.readline()
        start = f"{self.slug} simulator: "
        if not line.startswith(start):
            process.wait()
            process.stdout.close()
            raise RuntimeError(f"the {self.slug} simulator did not start: {line!r}")
        self._process = process
        self.url = line.removeprefix(start).strip()
        self._port = int(self.url.rpartition(":")[2])
        return self

    def stop(self) -> None:
        """Ask it to stop, wait until it has, and forget its state file."""
        self._end(kill=False)
        self._http.close()
        if self._folder:
            self._folder.cleanup()

    def kill(self) -> None:
        """kill -9. Its state stays for the next `start`."""
        self._end(kill=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", f"simulators.{self.slug}", "--port", str(self._port)]
        command += ["--state", str(self._state_file)]
        command += ["--client-id", self.client_id, "--client-secret", self.client_secret]
        for uri in self.redirect_uris:
            command += ["--redirect-uri", uri]
        for name, value in self._options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        return command

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        process.wait(60)
        if process.stdout:
            process.stdout.close()

    # What happened there

    def state(self, *only: str) -> dict[str, Any]:
        """Users, grants, meetings, counters, secrets, …: all, or only those named."""
        return self._control("GET", f"state?only={','.join(only)}")

    def calls(self, operation: str) -> int:
        return int(self.state("counters")["counters"][operation]["calls"])

    def secrets(self) -> set[str]:
        """Every code, token and other key that was ever issued."""
        return {value for values in self.state("secrets")["secrets"].values() for value in values if value}

    def lost_refreshes(self) -> list[dict[str, Any]]:
        return list(self.state("lost_refreshes")["lost_refreshes"])

    def wait_until_held(self, count: int = 1) -> list[str]:
        """Comes back when so many calls are being held by `hold` faults."""
        held = list(self._control("GET", f"held?at_least={count}&timeout=60")["held"])
        assert len(held) >= count, f"only {held} held"
        return held

    def held(self) -> list[str]:
        """The calls that are being held now."""
        return list(self._control("GET", "held?at_least=0&timeout=0")["held"])

    def wait_for_lost_answers(self, count: int = 1) -> list[dict[str, Any]]:
        """Comes back when so many answers to finished work did not reach anybody."""
        lost = list(self._control("GET", f"lost?at_least={count}&timeout=60")["lost"])
        assert len(lost) >= count, f"only {lost} lost"
        return lost

    # Making it behave otherwise

    def fault(self, on: str, kind: str, **more: Any) -> None:
        """Once, unless `times` says otherwise (None: until cleared)."""
        self._control("POST", "faults", {"on": on, "kind": kind, **more})

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def release(self) -> int:
        return int(self._control("POST", "release")["released"])

    def reset(self) -> None:
        """The first users, and nothing else: between tests that share one simulator. Its clock is the test's."""
        self._control("POST", "reset")
        if escape_hatch.is_travelling():
            self.advance(time.time() - escape_hatch.time.time())

    def reset_counters(self) -> None:
        self._control("POST", "counters/reset")

    def settings(self, **changes: Any) -> dict[str, Any]:
        return self._control("POST", "settings", changes)

    def advance(self, seconds: float) -> None:
        """The vendor's clock goes on by so much."""
        now = self.settings()["clock_offset"]
        self.settings(clock_offset=now + seconds)

    def expire(self, user: str) -> None:
        self._control("POST", f"users/{user}/expire")

    def kill_refresh(self, user: str) -> str | None:
        """The live grant's refresh tokens stop working. Returns the grant's id."""
        grant: str | None = self._control("POST", f"users/{user}/kill-refresh")["grant"]
        return grant

    def deauthorize(self, user: str) -> str | None:
        """The user removes the app at the vendor. Returns the id of the grant that ended."""
        grant: str | None = self._control("POST", f"users/{user}/deauthorize")["grant"]
        return grant

    def add_user(self, **values: Any) -> dict[str, Any]:
        return self._control("POST", "users", values)

    def change_user(self, user: str, **values: Any) -> dict[str, Any]:
        return self._control("POST", f"users/{user}", values)

    # What people do in their calendars

    def add_calendar(self, user: str, **values: Any) -> dict[str, Any]:
        return self._control("POST", f"users/{user}/calendars", values)

    def change_calendar(self, calendar: str, **values: Any) -> dict[str, Any]:
        return self._control("POST", f"calendars/{calendar}", values)

    def add_entries(self, calendar: str, *entries: dict[str, Any]) -> list[str]:
        """Into that calendar, or the first one of that user; the fields are simulators.common.diary.Entry's."""
        return list(self._control("POST", f"calendars/{calendar}/entries", list(entries))["ids"])

    def change_entry(self, entry: str, **values: Any) -> dict[str, Any]:
        return self._control("POST", f"entries/{entry}", values)

    def entries(self) -> list[dict[str, Any]]:
        """Those that stand there."""
        return [one for one in self.state("entries")["entries"] if not one["is_cancelled"]]

    # What it sends by itself

    def pushes(self, at_least: int = 0) -> list[dict[str, Any]]:
        """The messages about calendars that were sent, as soon as there are so many."""
        found = list(self._control("GET", f"pushes?at_least={at_least}&timeout={60 if at_least else 0}")["pushes"])
        assert len(found) >= at_least, f"only {found} sent"
        return found

    def forge(self, url: str, **more: Any) -> dict[str, Any]:
        """A message as somebody else would send it: `headers`, `body`. What became of it."""
        return self._control("POST", "pushes", {"url": url, "headers": {}, **more})

    # Playing the person at the consent page

    def approve(self, authorize_url: str, *, user: str = "", scopes: Iterable[str] | None = None) -> str:
        """Press Allow as this user (all scopes, or only these); the callback URL with code and state."""
        return _location(self.press(authorize_url, user=user, scopes=scopes))

    def decline(self, authorize_url: str) -> str:
        """Press Decline; the callback URL with the error."""
        page = self._consent_page(authorize_url)
        return _location(self._post(authorize_url, page, [*page.hidden.items(), ("decision", "decline")]))

    def press(self, authorize_url: str, *, user: str = "", scopes: Iterable[str] | None = None) -> requests.Response:
        """Press Allow; whatever comes of it."""
        page = self._consent_page(authorize_url)
        chosen = page.scopes if scopes is None else [scope for scope in page.scopes if scope in set(scopes)]
        users = self.state("users")["users"]
        user = user or self.first_user
        user_id = next(item["id"] for item in users if user in (item["id"], *_names(item["email"])))
        fields = [*page.hidden.items(), ("user", user_id), *(("scope", scope) for scope in chosen)]
        return self._post(authorize_url, page, [*fields, ("decision", "allow")])

    def _consent_page(self, authorize_url: str) -> "_ConsentPage":
        answer = self._http.get(authorize_url, timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text
        page = _ConsentPage()
        page.feed(answer.text)
        return page

    def _post(self, authorize_url: str, page: "_ConsentPage", fields: list[tuple[str, str]]) -> requests.Response:
        url = urljoin(authorize_url, page.action)
        return self._http.post(url, data=fields, allow_redirects=False, timeout=TIMEOUT)

    def _control(self, method: str, path: str, data: Any = None) -> dict[str, Any]:
        answer = self._http.request(method, f"{self.url}/_simulator/{path}", json=data, timeout=TIMEOUT)
        assert answer.ok, answer.text
        result = answer.json()
        return result if isinstance(result, dict) else {"items": result}


class _ConsentPage(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.scopes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values["action"]
        elif tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values["value"]
        elif tag == "input" and values.get("name") == "scope":
            self.scopes.append(values["value"])


def _location(answer: requests.Response) -> str:
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def _names(email: str) -> tuple[str, str]:
    return email, email.partition("@")[0]
