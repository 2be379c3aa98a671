"""Zoom's webhook: who may speak, what is understood, and what is answered. What follows: test_deauthorization.py."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations.models import WebhookDelivery
from integrations.vendors.zoom import webhook

pytestmark = pytest.mark.django_db

URL = "/integrations/zoom/webhook/"
SECRET = "test-webhook-secret"
VALIDATION = {"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
MOMENT = "2026-11-01T13:52:28.632Z"

Post = Callable[..., Any]


def deauthorized(**payload: Any) -> dict[str, Any]:
    base = {"account_id": "acc", "user_id": "jill-id", "client_id": "test-client-id", "deauthorization_time": MOMENT}
    return {"event": "app_deauthorized", "payload": {**base, "signature": "legacy", **payload}}


def sign(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


@pytest.fixture
def post(client: Client, settings: Settings) -> Post:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = SECRET

    def send(
        message: Any, *, age: float = 0, timestamp: str | None = None, signature: str | None = None
    ) -> HttpResponse:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        stamp = str(int(time.time() - age)) if timestamp is None else timestamp
        headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": signature or sign(body, stamp)}
        return client.post(URL, body, content_type="application/json", headers=headers)  # type: ignore[return-value]

    return send


# --- who may speak ---------------------------------------------------------------------------------------


def test_without_a_secret_there_is_no_webhook(client: Client) -> None:
    assert client.post(URL, VALIDATION, content_type="application/json").status_code == 404


def test_only_a_post_is_a_message(client: Client, settings: Settings) -> None:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = SECRET
    assert client.get(URL).status_code == 405


def test_no_csrf_token_is_asked_for(settings: Settings) -> None:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = SECRET
    body, stamp = json.dumps(VALIDATION).encode(), str(int(time.time()))
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(body, stamp)}
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(URL, body, content_type="application/json", headers=headers).status_code == 200


@pytest.mark.parametrize("message", [VALIDATION, deauthorized(), b"{not json", b"\xff\xfe", b""])
@pytest.mark.parametrize("signature", ["v0=" + "0" * 64, "", "v0=", "v1=" + "0" * 64, "ünsigned"])
def test_a_wrong_signature_is_refused_before_the_body_is_read(post: Post, message: Any, signature: str) -> None:
    answer = post(message, signature=signature or " ")
    assert (answer.status_code, answer.content) == (401, b"")
    assert not WebhookDelivery.objects.exists()


def test_missing_headers_are_refused(client: Client, settings: Settings) -> None:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = SECRET
    assert client.post(URL, VALIDATION, content_type="application/json").status_code == 401


def test_another_secrets_signature_is_refused(post: Post) -> None:
    body, stamp = json.dumps(VALIDATION).encode(), str(int(time.time()))
    assert post(body, timestamp=stamp, signature=sign(body, stamp, "another")).status_code == 401


def test_the_raw_body_is_what_is_signed(post: Post) -> None:
    body = b'{ "event":"endpoint.url_validation",\n "payload" : {"plainToken":"a\\u0062c"} }'
    assert post(body).json()["plainToken"] == "abc"


@pytest.mark.parametrize("digits", [10, 13])
def test_a_timestamp_may_be_in_seconds_or_in_milliseconds(post: Post, digits: int) -> None:
    assert post(VALIDATION, timestamp=str(int(time.time() * 10 ** (digits - 10)))).status_code == 200


@pytest.mark.parametrize("form", ["{0}.5", "+{0}", " {0}", "{0}0", "{0}0000", "-{0}", "", "now", "١٧٨٠٠٠٠٠٠٠", "1e9"])
def test_any_other_timestamp_is_refused_however_rightly_signed(form: str) -> None:
    stamp = form.format(int(time.time()))
    now = timezone.now()
    body = json.dumps(VALIDATION).encode()
    assert webhook.signed_at(secret=SECRET, timestamp=stamp, signature=sign(body, stamp), body=body, now=now) is None


def test_a_signature_from_the_future_is_refused(post: Post) -> None:
    assert post(deauthorized(), age=-330).status_code == 401
    assert post(deauthorized(), age=-270).status_code == 200


def test_an_old_url_validation_is_not_answered(post: Post) -> None:
    assert post(VALIDATION, age=330).status_code == 401
    assert post(VALIDATION, age=270).status_code == 200


def test_an_old_deauthorization_is_taken_and_marked_as_late(post: Post) -> None:
    assert post(deauthorized(), age=85 * 60).status_code == 200
    assert WebhookDelivery.objects.get().is_late


def test_a_body_that_is_too_long_is_not_read(post: Post) -> None:
    assert post(b"x" * (webhook.MAX_BYTES + 1)).status_code == 413


# --- what is understood ----------------------------------------------------------------------------------


def test_a_url_validation_is_answered_as_zoom_documents_it(post: Post) -> None:
    token = "qgg8vlvZRS6UYooatFL8Aw"
    wanted = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    answer = post(VALIDATION)
    assert answer.json() == {"plainToken": token, "encryptedToken": wanted}
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "token", ["", "a" * 129, "v0:1700000000:{}", "a b", "a\n", "ä", "a.b", None, 7, ["a"], {"a": 1}]
)
def test_the_endpoint_signs_nothing_that_has_not_the_shape_of_a_token(post: Post, token: Any) -> None:
    answer = post({"event": "endpoint.url_validation", "payload": {"plainToken": token}})
    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"7", b"\xff", b"[" * 60_000])
def test_rightly_signed_nonsense_is_a_bad_request(post: Post, body: bytes) -> None:
    assert post(body).status_code == 400


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"event": "meeting.updated", "payload": {}},
        {"event": ["app_deauthorized"]},
        {"event": "app_deauthorized"},
        {"event": "app_deauthorized", "payload": "text"},
        {"event": "app_deauthorized", "payload": {"user_id": 7, "client_id": "test-client-id"}},
        {"event": "app_deauthorized", "payload": {"user_id": "a\0b", "client_id": "test-client-id"}},
        {"event": "app_deauthorized", "payload": {"user_id": "x" * 201, "client_id": "test-client-id"}},
        deauthorized(client_id="another app"),
    ],
)
def test_what_says_nothing_to_us_is_taken_and_forgotten(post: Post, message: Any) -> None:
    assert post(message).status_code == 200
    assert not WebhookDelivery.objects.exists()


def test_a_stranger_to_us_is_no_error(post: Post) -> None:
    assert post(deauthorized(user_id="nobody")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "top", "wanted"),
    [
        ({}, {}, "2026-11-01T13:52:28.632+00:00"),
        ({"user_data_retention": "false"}, {"event_ts": 1}, "2026-11-01T13:52:28.632+00:00"),
        ({"deauthorization_time": None}, {"event_ts": 1793541148632}, "2026-11-01T13:52:28.632+00:00"),
        ({"deauthorization_time": ""}, {"event_ts": "1793541148632"}, "2026-11-01T13:52:28.632+00:00"),
        ({"deauthorization_time": "soon"}, {"event_ts": 1793541148}, "2026-11-01T13:52:28+00:00"),
        ({"deauthorization_time": None, "event_ts": "2026-11-01 13:52:28"}, {}, "2026-11-01T13:52:28+00:00"),
        ({"deauthorization_time": None, "event_ts": 1793541148632}, {}, "2026-11-01T13:52:28.632+00:00"),
        ({"deauthorization_time": "2026-11-01T15:52:28+02:00"}, {}, "2026-11-01T13:52:28+00:00"),
        ({"deauthorization_time": None}, {"event_ts": 10**40}, None),
        ({"deauthorization_time": None}, {"event_ts": True}, None),
        ({"deauthorization_time": "9999-12-31T23:59:59Z"}, {"event_ts": None}, None),
        ({"deauthorization_time": "0001-01-01T00:00:00Z"}, {"event_ts": -62135596800}, None),
        ({"deauthorization_time": {"at": 1}}, {"event_ts": "9" * 400}, None),
        ({"deauthorization_time": None, "account_id": None, "client_id": None}, {}, None),
    ],
)
def test_a_deauthorization_is_understood_in_every_shape(
    post: Post, changes: dict[str, Any], top: dict[str, Any], wanted: str | None
) -> None:
    assert post({**deauthorized(**changes), **top}).status_code == 200
    delivery = WebhookDelivery.objects.get()
    assert delivery.external_id == "jill-id"
    if wanted is None:
        assert delivery.happened_at is None
    else:
        assert delivery.happened_at is not None
        difference = delivery.happened_at - datetime.fromisoformat(wanted).astimezone(UTC)
        assert abs(difference) < timedelta(milliseconds=1)


# --- at once, and once -----------------------------------------------------------------------------------


def test_the_answer_does_not_wait_for_the_work(post: Post) -> None:
    post(deauthorized())
    delivery = WebhookDelivery.objects.get()
    assert delivery.settled_at is None
    assert delivery.due_at is not None
    assert delivery.due_at <= timezone.now()


def test_a_replay_is_dropped(post: Post) -> None:
    stamp = str(int(time.time()))
    for _ in range(3):
        assert post(deauthorized(), timestamp=stamp).status_code == 200
    assert WebhookDelivery.objects.count() == 1


def test_zooms_own_retry_with_a_new_signature_is_a_message_of_its_own(post: Post) -> None:
    post(deauthorized())
    post(deauthorized(), age=60)
    assert WebhookDelivery.objects.count() == 2
