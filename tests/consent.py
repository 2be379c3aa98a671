"""The browser of an owner who is asked for access: signs in on the way, and allows it."""

import re
from html import unescape
from typing import Any, Self

import requests

from tests.processes import Stack

SECONDS = 60


class OwnersBrowser:
    """`with OwnersBrowser(stack) as browser: back = browser.allow(url)`"""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def allow(self, url: str, *, name: str = "Test assistant") -> str:
        """The address that the browser is led back to. It is not asked for there."""
        page = self._session.get(url, timeout=SECONDS)
        if "/accounts/login/" in page.url:
            page = self._send(page, login=self._stack.owner_email, password=self._stack.owner_password)
        assert f"Let “{name}” act for you" in unescape(page.text), page.text
        answer = self._send(page, follow=False, decision="allow", scopes=["read", "schedule"])
        return answer.headers["Location"]

    def _send(self, page: requests.Response, *, follow: bool = True, **fields: Any) -> requests.Response:
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        data = {"csrfmiddlewaretoken": token, **fields}
        return self._session.post(page.url, data, allow_redirects=follow, timeout=SECONDS)
