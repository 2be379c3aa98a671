"""The reference client: what a phone app does to connect its owner's Zoom, with nothing but HTTP and its own token.

app = PhoneApp(api, secret)          # the token was made in O-Key's settings, or comes with the app's sign-in
url = app.start("zoom")              # open it in the system browser, never in a web view of the app's own
attempt = app.opened(link)           # the operating system hands the deep link over: okey://connected?handle=…
while attempt["status"] == "finishing": attempt = app.look()
if attempt["status"] == "asking": attempt = app.answer(replace=True)
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: (method, path below /api/v1, body, headers) → (status, document): urllib, requests, or Django's test client.
Send = Callable[[str, str, Any, dict[str, str]], tuple[int, dict[str, Any]]]


class ConnectRefused(Exception):
    """`code` is a problem's, or the deep link's error; `message` is for the owner."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class PhoneApp:
    """One installed app, with its owner's token."""

    def __init__(self, send: Send, secret: str) -> None:
        self._send = send
        self._secret = secret
        self.attempt: dict[str, Any] = {}

    def start(self, provider: str) -> str:
        """The address for the system browser."""
        self.attempt = self._call("POST", "/connections/authorize", {"provider": provider})
        return str(self.attempt["authorization_url"])

    def opened(self, link: str) -> dict[str, Any]:
        """The deep link came. Whatever it says of an error, nothing was connected."""
        told = dict(parse_qsl(urlsplit(link).query))
        if "handle" not in told:
            raise ConnectRefused(told.get("error", "unknown"))
        return self._now(self._call("POST", "/connections/complete", {"handle": told["handle"]}))

    def look(self) -> dict[str, Any]:
        """How the attempt stands, while the provider takes its time."""
        return self._now(self._call("GET", f"/connections/attempts/{self.attempt['id']}"))

    def answer(self, *, replace: bool) -> dict[str, Any]:
        path = f"/connections/attempts/{self.attempt['id']}/answer"
        return self._now(self._call("POST", path, {"replace": replace}))

    def connections(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "/connections")["items"])

    def _now(self, attempt: dict[str, Any]) -> dict[str, Any]:
        self.attempt = attempt
        return attempt

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        status, document = self._send(method, path, body, {"Authorization": f"Bearer {self._secret}"})
        if status >= 400:
            raise ConnectRefused(document["code"], document["detail"] or document["title"])
        return document
