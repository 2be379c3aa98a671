"""The browser of a phone, which an app opens to connect: no session of O-Key's, and the way to the deep link."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

#: tests.settings leaves it as it comes.
APP = "okey://connected"


@dataclass(frozen=True)
class Page:
    """What the person sees: `link` is the button's address, `goes_to` where the page leads by itself."""

    path: str
    status: int
    text: str
    link: str
    goes_to: str

    @property
    def told(self) -> dict[str, str]:
        """What the deep link tells the app."""
        assert self.link.startswith(APP + "?"), self.text
        return dict(parse_qsl(urlsplit(self.link).query))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.link = self.goes_to = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and "button--primary" in values.get("class", ""):
            self.link = values["href"]
        if values.get("http-equiv") == "refresh":
            self.goes_to = values["content"].removeprefix("0;url=")


class SystemBrowser:
    """`client` is signed in to nothing, unless a test says otherwise."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()

    def open(self, url: str) -> Page:
        """Follow O-Key's own redirects to the page; the consent itself is the simulator's `approve` and `decline`."""
        parts = urlsplit(url)
        answer = self.client.get(f"{parts.path}?{parts.query}", follow=True)
        path = answer.redirect_chain[-1][0] if answer.redirect_chain else parts.path
        links = _Links()
        links.feed(answer.content.decode())
        return Page(path, answer.status_code, answer.content.decode(), links.link, links.goes_to)
