"""Messages verify with the convention's own library, by the secret that the owner sees."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Endpoint
from tests.okey.webhooks.receivers import Receiver, answer, deliver, endpoint_at, scheduled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("receivers_here")]


def secret_of(endpoint: Endpoint) -> str:
    return Endpoint.objects.get(pk=endpoint.pk).opened("secret")


def test_a_message_verifies_and_says_what_happened(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice, title="Grüße ✓")
        deliver(delivery)
        [message] = receiver.verified(secret_of(endpoint))
    assert set(message) == {"type", "timestamp", "data"}
    assert message["type"] == "meeting.scheduled"
    assert message["timestamp"].endswith("Z")
    assert message["data"] == {"meeting_id": "m", "revision": 1, "title": "Grüße ✓"}
    [(headers, _body)] = receiver.requests
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == delivery.event.message_id


def test_another_secret_does_not_verify_it_nor_does_a_changed_body(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        other = endpoint_at(alice, receiver.url + "/other", "meeting.cancelled")
        deliver(*scheduled(alice))
        [(headers, body)] = receiver.requests
    for secret, sent in [(secret_of(other), body), (secret_of(endpoint), body.replace(b"1", b"2"))]:
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(sent, headers)


def test_a_later_try_is_signed_with_its_own_time_and_has_the_same_id_and_body(alice: Owner) -> None:
    with Receiver(answer("500 Oh")) as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        [delivery] = scheduled(alice)
        deliver(delivery)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
            deliver(delivery)
        receiver.verified(secret_of(endpoint))
    (first, body), (second, body_again) = receiver.requests
    assert (first["webhook-id"], body) == (second["webhook-id"], body_again)
    assert 110 < int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) < 130


def test_after_rotating_both_secrets_verify_for_a_day_and_then_the_new_one(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        old = secret_of(endpoint)
        endpoints.rotate(owner=alice, endpoint_id=endpoint.pk)
        new = secret_of(endpoint)
        assert new != old
        deliver(*scheduled(alice))
        assert receiver.verified(old) == receiver.verified(new)
        Endpoint.objects.update(old_secret_until=Delivery.objects.get().created_at)
        receiver.requests.clear()
        deliver(*scheduled(alice))
        assert receiver.verified(new)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(old)


def test_rotating_twice_leaves_the_last_two(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        first = secret_of(endpoint)
        endpoints.rotate(owner=alice, endpoint_id=endpoint.pk)
        second = secret_of(endpoint)
        endpoints.rotate(owner=alice, endpoint_id=endpoint.pk)
        deliver(*scheduled(alice))
        assert receiver.verified(second)
        with pytest.raises(WebhookVerificationError):
            receiver.verified(first)


def test_a_secret_is_sealed_and_bound_to_its_row(alice: Owner) -> None:
    endpoint = endpoint_at(alice, "http://127.0.0.1:1/")
    assert secret_of(endpoint).startswith("whsec_")
    raw = Endpoint.objects.raw("SELECT id, secret FROM webhooks_endpoint")[0]
    assert secret_of(endpoint) not in raw.secret.ciphertext


def test_a_secret_that_no_key_opens_is_said_and_not_held_against_the_receiver(alice: Owner) -> None:
    with Receiver() as receiver:
        endpoint = endpoint_at(alice, receiver.url)
        stranger = endpoint_at(alice, receiver.url + "/2", "meeting.cancelled")
        Endpoint.objects.filter(pk=endpoint.pk).update(secret=stranger.secret)
        delivery = deliver(*scheduled(alice))
        assert receiver.connections == 0
    assert (delivery.trouble, delivery.state) == (Delivery.Trouble.NOT_SIGNED, Delivery.State.PENDING)
    assert Endpoint.objects.get(pk=endpoint.pk).failing_since is None
    endpoints.rotate(owner=alice, endpoint_id=endpoint.pk)
    assert secret_of(endpoint).startswith("whsec_")
