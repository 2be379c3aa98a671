"""Messages that a vendor sends to its clients by itself: one after the other, from a thread, with what became of each.

None is sent twice: whoever relies on a message that was lost is found out.
"""

import http.client
import queue
import threading
import urllib.parse
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from simulators.common import state as common
from simulators.common.app import Route, route
from simulators.common.control import how_many, json_body
from simulators.common.messages import Answer, Request, json_answer, redirect
from simulators.common.pages import button

#: How long an answer is waited for; Microsoft's validation has no longer.
SECONDS = 10
LOOPBACK = {"127.0.0.1", "localhost"}


@dataclass
class Push:
    """`what` is the vendor's word for it. Not sent while pushes are switched off: it has neither status nor error."""

    what: str
    url: str
    headers: dict[str, str]
    body: str = ""
    status: int | None = None
    answer: str = ""
    content_type: str = ""
    error: str = ""


@dataclass
class Settings(common.Settings):
    """`push_delay`: seconds before each message."""

    pushes_on: bool = True
    push_delay: float = 0


@dataclass
class Pushes:
    state: common.State[Any, Any]
    closing: threading.Event
    _all: list[Push] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _queue: "queue.Queue[Push]" = field(default_factory=queue.Queue)
    #: The control API's switches.
    SWITCHES: ClassVar[dict[str, bool]] = {"on": True, "off": False}

    def __post_init__(self) -> None:
        threading.Thread(target=self._send_all, daemon=True).start()

    def post(self, push: Push) -> None:
        """Send it soon, and wait for nothing."""
        self._queue.put(push)

    def send(self, push: Push) -> Push:
        """Send it now; with what was answered."""
        if self.state.settings.pushes_on:
            try:
                _post(push)
            except (OSError, http.client.HTTPException) as error:
                push.error = repr(error)
        with self._changed:
            self._all.append(push)
            self._changed.notify_all()
        return push

    def forget(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        with self._changed:
            self._all.clear()

    def listed(self, at_least: int = 0, timeout: float = 0) -> list[dict[str, Any]]:
        """All so far, once there are so many (or the time is up)."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._all) >= at_least, timeout)
            return [asdict(one) for one in self._all]

    def routes(self) -> list[Route]:
        return [
            route("GET", "/_simulator/pushes", "pushes", lambda request: self._list(request)),
            route("POST", "/_simulator/pushes", "push", lambda request: self._forge(request)),
            route("POST", "/switches/pushes/(on|off)", "switch_pushes", lambda _request, name: self._switch(name)),
        ]

    def page(self) -> str:
        """For people: whether messages are sent, and the switch."""
        is_on = self.state.settings.pushes_on
        words = "Changes are told to whoever subscribed." if is_on else "Changes are told to nobody."
        switch = button("/switches/pushes/off", "Tell nobody") if is_on else button("/switches/pushes/on", "Tell again")
        return f'<h2>Messages</h2><p>{words}</p><div class="row">{switch}</div>'

    def _list(self, request: Request) -> Answer:
        """As soon as there are `at_least` so many, or after `timeout` seconds."""
        return json_answer(200, {"pushes": self.listed(*how_many(request))})

    def _forge(self, request: Request) -> Answer:
        """Send what somebody else would: `url`, `headers`, `body`. Answers with what became of it."""
        data = json_body(request)
        return json_answer(200, asdict(self.send(Push("forged", **data))))

    def _switch(self, name: str) -> Answer:
        self.state.settings.pushes_on = self.SWITCHES[name]
        return redirect("/", 303)

    def _send_all(self) -> None:
        while not self.closing.is_set():
            push = self._queue.get()
            self.closing.wait(self.state.settings.push_delay)
            self.send(push)


def may_be_called(url: str) -> bool:
    """Vendors call https only; a simulator calls this machine, too."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _post(push: Push) -> None:
    parts = urllib.parse.urlsplit(push.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path or "/", push.body.encode(), {"User-Agent": "Simulator"} | push.headers)
        response = connection.getresponse()
        push.status, push.content_type = response.status, response.getheader("Content-Type", "")
        push.answer = response.read(5000).decode("utf-8", "replace")
    finally:
        connection.close()
