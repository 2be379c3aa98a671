"""The messages that the simulator sends, received by a server of this test."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.simulators.zoom.app import App
from tests.zoom_simulator import ZoomSimulator

SECRET = "webhook secret"


class Receiver(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceivingHandler)
        self.received: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/"


class ReceivingHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((headers, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def receiver(zoom: ZoomSimulator) -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,))
    thread.start()
    zoom.settings(webhook_url=receiver.url, webhook_secret=SECRET)
    yield receiver
    receiver.shutdown()
    thread.join()
    receiver.server_close()


def test_revoking_and_removing_the_app_are_told_to_it(app: App, zoom: ZoomSimulator, receiver: Receiver) -> None:
    app.revoke(app.connect("jill"))
    app.connect("ben")
    zoom.deauthorize("ben")
    deliveries = zoom.wait_for_webhooks(2)
    assert {(delivery["event"], delivery["status"]) for delivery in deliveries} == {("app_deauthorized", 204)}
    payloads = [json.loads(body)["payload"] for _headers, body in receiver.received]
    assert {payload["user_id"] for payload in payloads} == {"jillLicensed0000000000", "benBasic00000000000000"}
    assert {payload["client_id"] for payload in payloads} == {zoom.client_id}
    for headers, body in receiver.received:
        assert headers["x-zm-signature"] == _signature(headers["x-zm-request-timestamp"], body)


def test_any_message_can_be_sent_rightly_or_wrongly_signed(zoom: ZoomSimulator, receiver: Receiver) -> None:
    message = {"event": "endpoint.url_validation", "payload": {"plainToken": "x"}}
    assert zoom.webhook(payload=message)["status"] == 204
    zoom.webhook(raw='{"event":  "odd spaces"}', age=3600)
    zoom.webhook(payload=message, signature="v0=wrong", timestamp="1700000000000")
    zoom.webhook(user="jill")
    (_, first), (old_headers, old), (wrong_headers, _), (_, own) = receiver.received
    assert json.loads(first) == message
    assert old == b'{"event":  "odd spaces"}'
    assert old_headers["x-zm-signature"] == _signature(old_headers["x-zm-request-timestamp"], old)
    assert wrong_headers["x-zm-signature"] == "v0=wrong"
    assert wrong_headers["x-zm-request-timestamp"] == "1700000000000"
    assert json.loads(own)["event"] == "app_deauthorized"


def test_nobody_listening_is_noted(zoom: ZoomSimulator) -> None:
    delivery = zoom.webhook(payload={}, url="http://127.0.0.1:1/")
    assert delivery["status"] is None
    assert "refused" in delivery["error"]


def _signature(timestamp: str, body: bytes) -> str:
    message = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()


def test_what_hosts_and_the_app_do_to_meetings_is_told_where_the_app_has_subscribed(
    app: App, zoom: ZoomSimulator, receiver: Receiver
) -> None:
    pair = app.connect("jill")
    number = app.create(pair).json()["id"]
    app.api(pair, "PATCH", f"meetings/{number}", {"duration": 45})
    assert zoom.state("webhooks")["webhooks"] == [], "not subscribed yet"
    zoom.settings(meeting_events=True)
    app.api(pair, "PATCH", f"meetings/{number}", {"topic": "Weekly"})
    zoom.wait_for_webhooks(1)
    for count, action in enumerate(("later", "start", "end", "delete"), start=2):
        zoom.as_host(number, action)
        zoom.wait_for_webhooks(count)
    told = [json.loads(body) for _headers, body in receiver.received]
    assert [one["event"].partition(".")[2] for one in told] == ["updated", "updated", "started", "ended", "deleted"]
    own, later, began, _ended, deleted = (one["payload"]["object"] for one in told)
    assert own == {"id": number, "topic": "Weekly"}
    assert told[0]["payload"]["old_object"] == {"id": number, "topic": "Talk"}
    assert later == {"id": number, "start_time": "2040-05-01T11:00:00Z"}
    assert (began["id"], deleted["id"]) == (str(number), number)
    assert deleted["host_id"] == "jillLicensed0000000000"
    assert app.api(pair, "GET", f"meetings/{number}").status_code == 404


def test_a_host_can_do_it_before_anybody_is_told(app: App, zoom: ZoomSimulator, receiver: Receiver) -> None:
    zoom.settings(meeting_events=True)
    pair = app.connect("jill")
    number = app.create(pair).json()["id"]
    message = zoom.as_host(number, "change", silent=True, duration=60)
    assert app.api(pair, "GET", f"meetings/{number}").json()["duration"] == 60
    assert receiver.received == []
    for _ in range(2):  # twice, and late
        assert zoom.webhook(payload=message, age=3600)["status"] == 204
    assert json.loads(receiver.received[1][1])["payload"]["object"] == {"id": number, "duration": 60}
