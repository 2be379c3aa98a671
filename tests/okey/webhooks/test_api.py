"""Webhooks by the API: the same rules as on the pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from okey.owners.models import Owner
from okey.webhooks import endpoints
from okey.webhooks.models import Delivery, Endpoint, Event, EventType
from tests.okey.api.caller import Caller, problem
from tests.okey.webhooks.receivers import endpoint_at, scheduled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("receivers_here")]

URL = "https://example.com/okey"
BODY = {"url": URL, "events": ["meeting.scheduled", "meeting.link_ready"], "description": "n8n"}


@pytest.fixture
def endpoint(alice: Owner) -> Endpoint:
    return endpoint_at(alice, URL)


def test_a_webhook_is_added_and_its_secret_read(alice: Owner) -> None:
    caller = Caller(alice)
    made = caller.post("/webhooks", BODY)
    assert made.status_code == 201
    webhook = made.json()
    assert {name: webhook[name] for name in BODY} == BODY
    assert (webhook["state"], webhook["disabled_why"], webhook["failing_since"]) == ("active", "", None)
    assert caller.get(f"/webhooks/{webhook['id']}").json() == webhook
    secret = caller.get(f"/webhooks/{webhook['id']}/secret").json()
    assert secret == {"secret": Endpoint.objects.get().opened("secret"), "old_secret_until": None}
    assert secret["secret"] not in made.content.decode()


def test_its_messages_can_be_whole_and_narrowed(alice: Owner) -> None:
    caller = Caller(alice)
    made = caller.post("/webhooks", BODY | {"payload": "whole", "only": {"sources": ["bot"]}}).json()
    only = {"providers": [], "sources": ["bot"], "contact_ids": []}
    assert (made["payload"], made["only"]) == ("whole", only)
    changed = caller.patch(f"/webhooks/{made['id']}", {"only": {"providers": ["zoom"], "sources": []}}).json()
    assert (changed["payload"], changed["only"]) == ("whole", only | {"providers": ["zoom"], "sources": []})
    assert caller.patch(f"/webhooks/{made['id']}", {"payload": "thin"}).json()["only"] == changed["only"]
    refused = caller.patch(f"/webhooks/{made['id']}", {"only": {"sources": ["nowhere"]}})
    assert problem(refused, 422, "invalid")["errors"][0]["field"] == "only.sources.0"


def test_there_is_a_sample_of_each_message(alice: Owner) -> None:
    caller = Caller(alice, scopes=["read"])
    items = caller.get("/webhook-samples").json()["items"]
    assert [one["type"] for one in items] == EventType.values
    assert {one["object"] for one in items} == {None}
    [one] = caller.get("/webhook-samples?type=meeting.over&payload=whole").json()["items"]
    assert (one["type"], one["object"]["title"]) == ("meeting.over", "Kick-off")


def test_the_same_key_again_adds_nothing(alice: Owner) -> None:
    first, second = (Caller(alice).post("/webhooks", BODY, idempotency_key="k") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://me@example.com/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["meeting.eaten"]}, "events.0"),
        ({"description": "x" * 101}, "description"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str, alice: Owner) -> None:
    errors = problem(Caller(alice).post("/webhooks", BODY | changes), 422, "invalid")["errors"]
    assert [error["field"] for error in errors] == [field]


def test_it_is_changed_switched_and_removed(alice: Owner, endpoint: Endpoint) -> None:
    caller, path = Caller(alice), f"/webhooks/{endpoint.pk}"
    changed = caller.patch(path, {"description": "ours", "enabled": False}).json()
    assert (changed["description"], changed["state"], changed["disabled_why"]) == ("ours", "disabled", "owner")
    assert changed["events"] == list(EventType.values)
    assert caller.patch(path, {"enabled": True}).json()["state"] == "active"
    assert caller.patch(path, {}).json()["description"] == "ours"
    assert caller.delete(path).status_code == 204
    problem(caller.get(path), 404, "not_found")


def test_a_new_secret_says_how_long_the_old_one_works(alice: Owner, endpoint: Endpoint) -> None:
    rotated = Caller(alice).post(f"/webhooks/{endpoint.pk}/secret").json()
    assert rotated["secret"] == Endpoint.objects.get().opened("secret") != endpoint.opened("secret")
    assert rotated["old_secret_until"].endswith("Z")


def test_a_secret_that_no_key_opens_is_a_problem(alice: Owner, endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(secret=endpoint_at(alice, URL + "/2").secret)
    problem(Caller(alice).get(f"/webhooks/{endpoint.pk}/secret"), 503, "unavailable")


def test_a_test_and_a_replay_are_on_their_way_when_answered(alice: Owner, endpoint: Endpoint) -> None:
    caller, path = Caller(alice), f"/webhooks/{endpoint.pk}"
    sent = caller.post(f"{path}/test")
    assert sent.status_code == 202
    assert (sent.json()["type"], sent.json()["state"]) == ("endpoint.test", "pending")
    Delivery.objects.update(state="failed", due_at=None, trouble="refused", status_code=500, ms=7, excerpt="no")
    [shown] = caller.get(f"{path}/deliveries").json()["items"]
    assert (shown["state"], shown["trouble"], shown["status_code"], shown["ms"]) == ("failed", "refused", 500, 7)
    assert (shown["excerpt"], shown["detail"]) == ("no", "It answered with an error.")
    again = caller.post(f"{path}/deliveries/{shown['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    assert again.json()["event_id"] == sent.json()["event_id"]


def test_to_one_that_is_switched_off_nothing_is_sent(alice: Owner, endpoint: Endpoint) -> None:
    [delivery] = scheduled(alice)
    endpoints.switch_off(owner=alice, endpoint_id=endpoint.pk)
    for path in ("test", f"deliveries/{delivery.pk}/replay"):
        problem(Caller(alice).post(f"/webhooks/{endpoint.pk}/{path}"), 409, "conflict")


@pytest.mark.usefixtures("clock_stands")
def test_sends_by_hand_are_limited(alice: Owner, endpoint: Endpoint) -> None:
    caller = Caller(alice)
    answers = [caller.post(f"/webhooks/{endpoint.pk}/test") for _ in range(31)]
    assert {one.status_code for one in answers[:30]} == {202}
    problem(answers[30], 429, "too_many_requests")
    assert int(answers[30]["Retry-After"]) >= 1


def test_deliveries_come_in_pages_at_constant_cost(
    alice: Owner, endpoint: Endpoint, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    caller, path = Caller(alice), f"/webhooks/{endpoint.pk}/deliveries"
    caller.get(path)  # notes the token's use
    scheduled(alice)
    with django_assert_max_num_queries(12) as one:
        caller.get(path)
    for _ in range(49):
        scheduled(alice)
    with django_assert_num_queries(len(one)):
        caller.get(path)
    seen, cursor = [], ""
    while cursor is not None:
        page = caller.get(f"{path}?limit=20&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 50


def test_what_happened_can_be_asked_for_without_a_webhook(alice: Owner, bob: Owner, endpoint: Endpoint) -> None:
    scheduled(bob)
    scheduled(alice, revision=1)
    Caller(alice).post(f"/webhooks/{endpoint.pk}/test")
    scheduled(alice, revision=2)
    caller = Caller(alice, scopes=["read"])
    items = caller.get("/webhook-events").json()["items"]
    assert [(item["type"], item["data"]["revision"]) for item in items] == [("meeting.scheduled", n) for n in (2, 1)]
    assert items[0]["id"] == Event.objects.filter(owner=alice).latest("at").message_id
    assert caller.get("/webhook-events?type=meeting.cancelled").json()["items"] == []
    assert len(caller.get("/webhook-events?type=meeting.scheduled").json()["items"]) == 2
    problem(caller.get("/webhook-events?type=nonsense"), 422, "invalid")


def test_a_failing_one_says_since_when(alice: Owner, endpoint: Endpoint) -> None:
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(hours=1), failures=3)
    [webhook] = Caller(alice).get("/webhooks").json()["items"]
    assert webhook["state"] == "failing"
    assert webhook["failing_since"].endswith("Z")


PATHS = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("GET", "/secret"),
    ("POST", "/secret"),
    ("POST", "/test"),
    ("GET", "/deliveries"),
    ("POST", "/deliveries/{delivery}/replay"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_stranger_finds_nothing_and_a_token_without_the_scope_may_not(
    method: str, path: str, alice: Owner, charlie: Owner, endpoint: Endpoint
) -> None:
    [delivery] = scheduled(alice)
    address = f"/webhooks/{endpoint.pk}{path.format(delivery=delivery.pk)}"
    body = {"description": "mine now"} if method == "PATCH" else None
    before = [*Endpoint.objects.values(), *Delivery.objects.values()]
    problem(Caller(charlie).call(method, address, body), 404, "not_found")
    problem(Caller(alice, scopes=["read", "schedule"]).call(method, address, body), 403, "scope_missing")
    assert [*Endpoint.objects.values(), *Delivery.objects.values()] == before
    assert Caller(charlie).get("/webhooks").json()["items"] == []
