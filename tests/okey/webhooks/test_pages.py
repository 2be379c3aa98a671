"""The pages of an owner's webhooks: every state in words, every change by POST, nothing of another owner's."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Endpoint, EventType
from tests.okey.webhooks.receivers import endpoint_at, failing_for, scheduled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("receivers_here")]

URL = "http://127.0.0.1:1/hook"
Trouble = Delivery.Trouble


@pytest.fixture
def endpoint(alice: Owner) -> Endpoint:
    return endpoint_at(alice, URL)


def page(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_an_endpoint_is_added_and_its_page_shows_the_secret(alice: Owner, alice_client: Client) -> None:
    assert "No webhooks yet" in text(alice_client, page("webhooks"))
    response = alice_client.post(page("webhooks"), {"url": URL, "events": ["meeting.cancelled"], "description": "n8n"})
    endpoint = Endpoint.objects.get()
    assert response["Location"] == page("webhook", endpoint.pk)
    shown = alice_client.get(response["Location"])
    assert endpoint.opened("secret") in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert "A meeting was cancelled" in shown.content.decode()
    assert URL in text(alice_client, page("webhooks"))


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(alice_client: Client) -> None:
    response = alice_client.post(page("webhooks"), {"url": "http://example.com/", "description": "mine"})
    words = response.content.decode()
    assert "Choose at least one event." in words
    assert "Enter an address that begins with https://" in words
    assert 'value="http://example.com/"' in words
    assert not Endpoint.objects.exists()


def test_it_can_be_changed(alice_client: Client, endpoint: Endpoint) -> None:
    assert URL in text(alice_client, page("webhook_edit", endpoint.pk))
    alice_client.post(page("webhook_edit", endpoint.pk), {"url": URL + "/2", "events": ["meeting.link_ready"]})
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.events) == (URL + "/2", "meeting.link_ready")


def test_it_can_be_switched_off_and_on_and_removed(alice: Owner, alice_client: Client, endpoint: Endpoint) -> None:
    scheduled(alice)
    alice_client.post(page("webhook_switch", endpoint.pk), {"to": "off"})
    words = text(alice_client, page("webhook", endpoint.pk))
    assert "You switched it off." in words
    assert "The webhook was switched off before this was delivered." in words
    assert "Send again" not in words
    alice_client.post(page("webhook_switch", endpoint.pk), {"to": "on"})
    assert "Send again" in text(alice_client, page("webhook", endpoint.pk))
    assert "Nothing more is sent there" in text(alice_client, page("webhook_remove", endpoint.pk))
    assert Endpoint.objects.exists()
    alice_client.post(page("webhook_remove", endpoint.pk))
    assert not Endpoint.objects.exists()


def test_a_test_goes_to_this_endpoint_whatever_it_asked_for(
    alice: Owner, alice_client: Client, endpoint: Endpoint
) -> None:
    endpoint_at(alice, URL + "/other")
    endpoints.change(owner=alice, endpoint_id=endpoint.pk, events=["meeting.cancelled"])
    Endpoint.objects.filter(pk=endpoint.pk).update(rest_until=timezone.now() + timedelta(hours=1))
    alice_client.post(page("webhook_test", endpoint.pk))
    delivery = Delivery.objects.get()
    assert (delivery.endpoint, delivery.event.type) == (endpoint, "endpoint.test")
    assert Endpoint.objects.get(pk=endpoint.pk).rest_until is None


def test_a_delivery_is_sent_again(alice: Owner, alice_client: Client, endpoint: Endpoint) -> None:
    [delivery] = scheduled(alice)
    Delivery.objects.update(state=Delivery.State.FAILED, due_at=None, attempts=9)
    alice_client.post(page("webhook_replay", endpoint.pk, delivery.pk))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (Delivery.State.PENDING, 0)
    assert delivery.due_at is not None


@pytest.mark.usefixtures("clock_stands")
def test_sends_by_hand_are_limited(alice_client: Client, endpoint: Endpoint) -> None:
    for _ in range(31):
        response = alice_client.post(page("webhook_test", endpoint.pk), follow=True)
    assert "Try again in a moment" in response.content.decode()
    assert Delivery.objects.count() == 30


def test_to_one_that_is_switched_off_nothing_is_sent_by_hand(
    alice: Owner, alice_client: Client, endpoint: Endpoint
) -> None:
    endpoints.switch_off(owner=alice, endpoint_id=endpoint.pk)
    response = alice_client.post(page("webhook_test", endpoint.pk), follow=True)
    assert "Switch it on first" in response.content.decode()
    assert not Delivery.objects.exists()


def test_a_failing_and_a_stopped_one_say_so_here_and_in_settings(
    alice: Owner, alice_client: Client, endpoint: Endpoint
) -> None:
    assert "Failing" not in text(alice_client, page("settings"))
    failing_for(endpoint, days=1)
    assert "It has been failing since" in text(alice_client, page("webhook", endpoint.pk))
    assert "Failing" in text(alice_client, page("settings"))
    Endpoint.objects.update(disabled_at=timezone.now(), disabled_why=Endpoint.Disabled.GONE)
    assert "It answered 410 (gone)" in text(alice_client, page("webhook", endpoint.pk))
    assert "Failing" in text(alice_client, page("settings"))
    assert "Switched off" in text(alice_client, page("webhooks"))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_each_trouble_has_its_words_and_what_the_receiver_said_is_escaped(
    trouble: str, alice: Owner, alice_client: Client, endpoint: Endpoint
) -> None:
    scheduled(alice)
    Delivery.objects.update(trouble=trouble, status_code=500, ms=12, excerpt="<script>x</script>", attempts=3)
    words = text(alice_client, page("webhook", endpoint.pk))
    assert str(Trouble(trouble).label) in words
    assert "answered 500 · 12 ms · try 3" in words
    assert "&lt;script&gt;x" in words
    assert "<script>x" not in words


def test_a_page_open_while_something_is_on_its_way_asks_for_news_and_not_for_what_comes_in_hours(
    alice: Owner, alice_client: Client, endpoint: Endpoint
) -> None:
    scheduled(alice)
    assert 'data-every="3"' in text(alice_client, page("webhook", endpoint.pk))
    news = alice_client.get(page("webhook", endpoint.pk), headers={"HX-Request": "true"}).content.decode()
    assert news.lstrip().startswith("<section")
    Delivery.objects.update(due_at=timezone.now() + timedelta(hours=2), trouble=Trouble.REFUSED)
    words = text(alice_client, page("webhook", endpoint.pk))
    assert "data-every" not in words
    assert "Next try at" in words


def test_a_secret_that_no_key_opens_is_said_with_what_to_do(
    alice: Owner, alice_client: Client, endpoint: Endpoint
) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(secret=endpoint_at(alice, URL + "/2").secret)
    assert "can’t be read any more" in text(alice_client, page("webhook", endpoint.pk))
    alice_client.post(page("webhook_rotate", endpoint.pk))
    assert "whsec_" in text(alice_client, page("webhook", endpoint.pk))


def test_the_page_says_until_when_the_secret_before_works(alice_client: Client, endpoint: Endpoint) -> None:
    assert "goes on working for 24 hours" in text(alice_client, page("webhook", endpoint.pk))
    alice_client.post(page("webhook_rotate", endpoint.pk))
    assert "the one before this works as well" in text(alice_client, page("webhook", endpoint.pk))
    Endpoint.objects.filter(pk=endpoint.pk).update(old_secret_until=timezone.now())
    assert "goes on working for 24 hours" in text(alice_client, page("webhook", endpoint.pk))


def test_an_open_page_gets_the_state_with_the_news_of_its_deliveries(alice_client: Client, endpoint: Endpoint) -> None:
    assert "hx-swap-oob" not in text(alice_client, page("webhook", endpoint.pk))
    failing_for(endpoint, days=1)
    news = alice_client.get(page("webhook", endpoint.pk), headers={"HX-Request": "true"}).content.decode()
    assert 'id="state" hx-swap-oob="true"' in news
    assert "Failing" in news


def test_a_full_log_costs_as_many_queries_as_a_short_one_and_comes_in_pages(
    alice: Owner,
    alice_client: Client,
    endpoint: Endpoint,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    scheduled(alice)
    with django_assert_max_num_queries(15) as short:
        text(alice_client, page("webhook", endpoint.pk))
    for _ in range(49):
        scheduled(alice)
    with django_assert_num_queries(len(short)):
        words = text(alice_client, page("webhook", endpoint.pk))
    assert "Page 1 of 3" in words


def test_ten_endpoints_cost_as_many_queries_as_one(
    alice: Owner,
    alice_client: Client,
    endpoint: Endpoint,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    for name in ("webhooks", "settings"):
        text(alice_client, page(name))  # some sections read more the first time
        with django_assert_max_num_queries(60) as first:
            text(alice_client, page(name))
        for number in range(2, 6):
            endpoint_at(alice, f"{URL}/{name}{number}")
        with django_assert_num_queries(len(first)):
            text(alice_client, page(name))


#: Every page and button, with the method that it takes.
ALL = [
    ("webhook", "get"),
    ("webhook_edit", "get"),
    ("webhook_edit", "post"),
    ("webhook_remove", "get"),
    ("webhook_remove", "post"),
    ("webhook_switch", "post"),
    ("webhook_rotate", "post"),
    ("webhook_test", "post"),
    ("webhook_replay", "post"),
]


@pytest.mark.parametrize(("name", "method"), ALL)
def test_a_stranger_finds_nothing_and_changes_nothing(
    name: str, method: str, alice: Owner, charlie_client: Client, endpoint: Endpoint
) -> None:
    [delivery] = scheduled(alice)
    Delivery.objects.update(due_at=None, state=Delivery.State.FAILED)
    before = [*Endpoint.objects.values(), *Delivery.objects.values()]
    args = (endpoint.pk, delivery.pk) if name == "webhook_replay" else (endpoint.pk,)
    fields = {"url": URL + "/x", "events": EventType.values}
    assert getattr(charlie_client, method)(page(name, *args), fields).status_code == 404
    assert [*Endpoint.objects.values(), *Delivery.objects.values()] == before
    assert URL not in text(charlie_client, page("webhooks"))


def test_a_delivery_of_another_endpoint_is_not_found(alice: Owner, alice_client: Client, endpoint: Endpoint) -> None:
    other = endpoint_at(alice, URL + "/2")
    [delivery] = scheduled(alice)[:1]
    wrong = other if delivery.endpoint == endpoint else endpoint
    assert alice_client.post(page("webhook_replay", wrong.pk, delivery.pk)).status_code == 404


@pytest.mark.parametrize(("name", "method"), [*ALL, ("webhooks", "get"), ("webhooks", "post")])
def test_whoever_is_not_signed_in_is_sent_to_sign_in(
    name: str, method: str, alice: Owner, client: Client, endpoint: Endpoint
) -> None:
    args: tuple[Any, ...] = () if name == "webhooks" else (endpoint.pk,)
    args = (*args, endpoint.pk) if name == "webhook_replay" else args
    response = getattr(client, method)(page(name, *args))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["webhook_switch", "webhook_rotate", "webhook_test"])
def test_changes_take_no_get(name: str, alice_client: Client, endpoint: Endpoint) -> None:
    assert alice_client.get(page(name, endpoint.pk)).status_code == 405


def test_administrators_look_and_see_no_secret(alice: Owner, admin_client: Client, endpoint: Endpoint) -> None:
    [delivery] = scheduled(alice)
    for path in (
        "/admin/webhooks/endpoint/",
        f"/admin/webhooks/endpoint/{endpoint.pk}/change/",
        "/admin/webhooks/delivery/",
        f"/admin/webhooks/delivery/{delivery.pk}/change/",
    ):
        words = text(admin_client, path)
        assert URL in words
        assert "whsec_" not in words
        assert endpoint.secret.ciphertext not in words
        assert 'name="_save"' not in words
