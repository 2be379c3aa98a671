"""The product works unchanged with any server that speaks Zoom's API: this one shares nothing with the simulator."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations import upkeep
from integrations.models import Connection
from meetings import scheduling
from meetings.links import making
from meetings.models import Meeting
from okey.contacts.editing import add_contact
from okey.owners.models import Owner

pytestmark = pytest.mark.django_db

PAIR = {"access_token": "at", "refresh_token": "rt", "expires_in": 3599}
ANSWERS: dict[str, tuple[int, Any]] = {
    "/oauth/token": (
        200,
        {
            "access_token": "at",
            "token_type": "bearer",
            "refresh_token": "rt",
            "expires_in": 3599,
            "scope": "meeting:write",
        },
    ),
    "/oauth/revoke": (200, {"status": "success"}),
    "/v2/users/me": (200, {"id": "abc", "type": 1}),  # only what Zoom's own types require
    "/v2/users/me/meetings": (201, {"id": 85746065432, "join_url": "https://us02web.zoom.us/j/85746065432?pwd=x"}),
}


ASKED = ("/oauth/token", "/v2/users/me", "/v2/users/me/meetings", "/oauth/revoke")


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.0: every answer closes its connection."""

    server: "OtherZoom"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urlsplit(self.path).path
        self.server.seen.append((self.command, path, body, self.headers.get("Authorization", "")))
        status, answer = self.server.answers.get(path, (404, {"code": 404, "message": "?"}))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_POST = _answer  # noqa: N815 -- http.server's names

    def log_message(self, *args: Any) -> None:
        pass


class OtherZoom(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, str, str]] = []
        self.answers = dict(ANSWERS)


@pytest.fixture
def other(settings: Settings) -> Iterator[OtherZoom]:
    with OtherZoom() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.ZOOM_OAUTH_BASE_URL = settings.ZOOM_API_BASE_URL = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()
        thread.join()


def connect(client: Client) -> str:
    """Connect, and come back as this server would send one back. Returns the last page."""
    page = client.post("/integrations/zoom/connect/", headers={"Accept": "application/json"}).json()
    query = parse_qs(urlsplit(page["authorization_url"]).query)
    back = client.get("/integrations/zoom/callback/", {"code": "any", "state": query["state"][0]}, follow=True)
    return back.content.decode()


def test_connect_schedule_and_disconnect(other: OtherZoom, alice: Owner, alice_client: Client) -> None:
    assert "Zoom is connected as abc." in connect(alice_client)
    ann = add_contact(owner=alice, name="Ann", email="ann@example.com")
    plan = scheduling.Plan(title="Call", starts_at=timezone.now() + timedelta(days=1), minutes=30, provider="zoom")
    meeting = scheduling.schedule(owner=alice, contact=ann, plan=plan)
    making.work(meeting.pk)
    assert Meeting.objects.get().join_url == "https://us02web.zoom.us/j/85746065432?pwd=x"
    connection = Connection.objects.get()
    alice_client.post(f"/integrations/connections/{connection.pk}/disconnect/")
    connection.refresh_from_db()
    assert connection.account
    upkeep.work(connection.account.pk)
    assert [path for _method, path, _body, _auth in other.seen] == list(ASKED)


def test_a_token_answer_without_scopes_is_the_scopes_that_the_app_has(other: OtherZoom, alice_client: Client) -> None:
    other.answers["/oauth/token"] = (200, PAIR)
    assert "Zoom is connected as abc." in connect(alice_client)


def test_credentials_and_codes_travel_where_zoom_wants_them(other: OtherZoom, alice_client: Client) -> None:
    connect(alice_client)
    method, _path, body, authorization = other.seen[0]
    assert (method, authorization[:6]) == ("POST", "Basic ")
    sent = {name: values[0] for name, values in parse_qs(body).items()}
    assert sent.pop("code_verifier")
    assert sent == {
        "grant_type": "authorization_code",
        "code": "any",
        "redirect_uri": "http://testserver.localhost:8000/integrations/zoom/callback/",
    }
    assert other.seen[1][3] == "Bearer at"
