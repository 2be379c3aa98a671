"""An owner allows an assistant, in a browser: its policy on forms must let the last step lead to the assistant."""

import base64
import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.processes import Stack

VERIFIER = "v" * 43
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Back at the assistant")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def assistant() -> Iterator[str]:
    """Where an assistant on this computer waits for its owner's browser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Page]:
    width, height = WIDTHS[request.param]
    context = browser.new_context(base_url=stack.url, viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def ask(stack: Stack, method: str, path: str, **sent: object) -> dict[str, str]:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, stack.url + path, timeout=60, **sent)  # type: ignore[arg-type]
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found


def test_the_owner_allows_it_finds_it_in_settings_and_ends_it(page: Page, stack: Stack, assistant: str) -> None:
    client = ask(stack, "POST", "/oauth/register", json={"client_name": "My assistant", "redirect_uris": [assistant]})
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": assistant,
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": f"{stack.url}/mcp",
    }
    page.goto(f"/oauth/authorize?{urlencode(asked)}")
    page.get_by_label("E-mail").fill(stack.owner_email)
    page.get_by_label("Password").fill(stack.owner_password)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", name="Let “My assistant” act for you in O-Key?")).to_be_visible()
    expect(page.get_by_text(stack.owner_email)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Schedule: make").uncheck()
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text("Back at the assistant")).to_be_visible()

    code = parse_qs(urlsplit(page.url).query)["code"][0]
    given = {
        "grant_type": "authorization_code",
        "client_id": client["client_id"],
        "code": code,
        "code_verifier": VERIFIER,
    }
    assert ask(stack, "POST", "/oauth/token", data=given)["scope"] == "read"

    page.goto("/settings/api-tokens/")
    expect(page.get_by_text("an app on a computer · Read")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="My assistant").click()
    expect(page.get_by_text("“My assistant” can’t act for you any more.")).to_be_visible()
