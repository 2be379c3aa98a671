"""Webhooks in the REST API: endpoints, what became of each message, and what happened. The rules are in endpoints.py
and sending.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from okey.api import idempotency
from okey.api.auth import ApiRequest, needs
from okey.api.limiting import too_many
from okey.api.models import Scope
from okey.api.paging import PAGE_SIZE, Cursor, Limit, Page, cut
from okey.api.problems import Code, Problem, documents
from okey.api.schemas import Body, Changes, Line, Switch, Zulu
from okey.lib.sealing import CannotOpen
from okey.webhooks import endpoints, sending
from okey.webhooks.models import TEST, Delivery, Endpoint, Event, EventType
from okey.webhooks.payloads import SOURCES

router = Router(tags=["Webhooks"])
connecting = needs(Scope.CONNECT)

EndpointId = Annotated[UUID, Path(examples=["3c1b6a52-6a0f-4f7e-9a55-5f0d5d0f7c21"])]
DeliveryId = Annotated[UUID, Path(examples=["b7d1f1de-52f3-4f26-8f3a-3a1f9a7f0b10"])]
OfType = Annotated[EventType | None, Query(description="Only these.", examples=["meeting.scheduled"])]

URL = "https://example.com/okey"
MESSAGE_ID = "msg_7c7f6fe0b1d94c5d8b1b0f3b7f0a9c11"
MOMENT = "2026-03-09T14:00:00Z"


Payload = Annotated[
    Literal["thin", "whole"],
    Field(
        description="`whole`: messages also have `object`, what they are about as this API answers it, names, "
        "addresses and join links included. Connections have none.",
        examples=["thin"],
    ),
]


def no_filter() -> "OnlyIn":
    return OnlyIn.model_validate({})


class OnlyIn(Body):
    """What is left out or empty narrows nothing; the others count for events that have such a member."""

    providers: list[Annotated[Line, Field(max_length=30)]] = Field(
        [], max_length=20, description="Only with these meeting providers.", examples=[["zoom"]]
    )
    sources: list[Literal[SOURCES]] = Field(  # type: ignore[valid-type]
        [], max_length=20, description="Only meetings that these scheduled.", examples=[["booking", "bot"]]
    )
    contact_ids: list[UUID] = Field([], max_length=100, description="Only about these contacts.", examples=[[]])


class OnlyOut(Schema):
    providers: list[str] = Field(examples=[["zoom"]])
    sources: list[str] = Field(examples=[["booking", "bot"]])
    contact_ids: list[UUID] = Field(examples=[[]])


class EndpointIn(Body):
    url: Line = Field(
        description="https, on the open internet, without user name and password; or http where the "
        "operator has opened the host. At most one webhook has it.",
        max_length=Endpoint.URL_MAX,
        examples=[URL],
    )
    events: list[EventType] = Field(min_length=1, max_length=50, examples=[["meeting.scheduled", "meeting.link_ready"]])
    description: Line = Field("", max_length=Endpoint.DESCRIPTION_MAX, examples=["n8n"])
    payload: Payload = "thin"
    only: OnlyIn = Field(default_factory=no_filter, examples=[{"sources": ["booking", "bot"]}])


class EndpointChanges(Changes):
    url: Line = Field("", max_length=Endpoint.URL_MAX, examples=[URL])
    events: list[EventType] = Field([], min_length=1, max_length=50, examples=[["meeting.scheduled"]])
    description: Line = Field("", max_length=Endpoint.DESCRIPTION_MAX, examples=["n8n"])
    payload: Payload = "thin"
    only: OnlyIn = Field(
        default_factory=no_filter,
        description="What is left out of it stays as it is.",
        examples=[{"sources": ["booking", "bot"]}],
    )
    enabled: Switch = Field(True, description="False: nothing is sent, and what waits is given up.", examples=[True])


class EndpointOut(Schema):
    id: UUID
    url: str = Field(examples=[URL])
    events: list[str] = Field(examples=[["meeting.scheduled", "meeting.link_ready"]])
    description: str = Field(examples=["n8n"])
    payload: str = Field(examples=["thin"])
    only: OnlyOut
    state: str = Field(examples=["active"], json_schema_extra={"enum": list(Endpoint.State.values)})
    disabled_why: str = Field(description="`owner`, `failing`, `gone`, or empty.", examples=[""])
    failing_since: Zulu | None = Field(examples=[None])
    created_at: Zulu = Field(examples=[MOMENT])


class SecretOut(Schema):
    secret: str = Field(description="For checking signatures, as Standard Webhooks has them.", examples=["whsec_…"])
    old_secret_until: Zulu | None = Field(
        description="Until then messages are signed with the secret before as well.", examples=[None]
    )


class EventOut(Schema):
    id: str = Field(description="The `webhook-id` of its messages.", examples=[MESSAGE_ID])
    type: str = Field(examples=["meeting.scheduled"])
    timestamp: Zulu = Field(examples=[MOMENT])
    data: dict[str, Any] = Field(examples=[{"meeting_id": "0c6f2f0e-7a0f-4a58-8d38-0d6d6a1b8a11", "revision": 1}])


class DeliveryOut(Schema):
    id: UUID
    event_id: str = Field(description="The `webhook-id`.", examples=[MESSAGE_ID])
    type: str = Field(examples=["meeting.scheduled"])
    state: str = Field(examples=["delivered"], json_schema_extra={"enum": list(Delivery.State.values)})
    attempts: int = Field(examples=[1])
    created_at: Zulu = Field(examples=[MOMENT])
    tried_at: Zulu | None = Field(description="The last try.", examples=[MOMENT])
    next_try_at: Zulu | None = Field(examples=[None])
    status_code: int | None = Field(description="What the receiver answered.", examples=[204])
    ms: int | None = Field(description="How long that took.", examples=[85])
    trouble: str = Field(description="Why it was not taken: see docs/webhooks.md. Empty where it was.", examples=[""])
    detail: str = Field(description="The same in words.", examples=[""])
    excerpt: str = Field(description="How a refusal began.", examples=[""])


@router.get(
    "/webhooks",
    response=Page[EndpointOut],
    auth=connecting,
    operation_id="list_webhooks",
    summary="Your webhooks, in the order in which they were added",
)
def list_webhooks(request: ApiRequest, limit: Limit = PAGE_SIZE, cursor: Cursor = "") -> Page[EndpointOut]:
    mine = Endpoint.objects.of(request.auth.owner)
    page = cut(mine, order=("created_at", "id"), limit=limit, cursor=cursor, listing="webhooks")
    return Page[EndpointOut](items=[shown(endpoint) for endpoint in page.rows], next_cursor=page.next_cursor)


@router.post(
    "/webhooks",
    response={201: EndpointOut},
    auth=connecting,
    operation_id="add_webhook",
    summary="Add a webhook",
    description="Its signing secret is at `/webhooks/{endpoint_id}/secret`.",
)
def add_webhook(request: ApiRequest, body: EndpointIn, idempotency_key: idempotency.Key = "") -> Status[EndpointOut]:
    def add(_request_key: str) -> UUID:
        return endpoints.add(owner=request.auth.owner, **_given(body)).pk

    done = idempotency.once(request, idempotency_key, add)
    return Status(201, shown(_mine(request, done.object_id)))


@router.get(
    "/webhooks/{endpoint_id}",
    response={200: EndpointOut, **documents(404)},
    auth=connecting,
    operation_id="read_webhook",
    summary="One webhook",
)
def read_webhook(request: ApiRequest, endpoint_id: EndpointId) -> EndpointOut:
    return shown(_mine(request, endpoint_id))


@router.patch(
    "/webhooks/{endpoint_id}",
    response={200: EndpointOut, **documents(404)},
    auth=connecting,
    operation_id="change_webhook",
    summary="Change a webhook, switch it off or on",
    description="What is not sent stays as it is.",
)
def change_webhook(request: ApiRequest, endpoint_id: EndpointId, body: EndpointChanges) -> EndpointOut:
    owner = request.auth.owner
    changes = _given(body)
    enabled = changes.pop("enabled", None)
    if changes:
        endpoints.change(owner=owner, endpoint_id=endpoint_id, **changes)
    if enabled is not None:
        switch = endpoints.switch_on if enabled else endpoints.switch_off
        switch(owner=owner, endpoint_id=endpoint_id)
    return shown(_mine(request, endpoint_id))


@router.delete(
    "/webhooks/{endpoint_id}",
    response={204: None, **documents(404)},
    auth=connecting,
    operation_id="remove_webhook",
    summary="Remove a webhook and its deliveries",
)
def remove_webhook(request: ApiRequest, endpoint_id: EndpointId) -> Status[None]:
    endpoints.remove(owner=request.auth.owner, endpoint_id=endpoint_id)
    return Status(204, None)


@router.get(
    "/webhooks/{endpoint_id}/secret",
    response={200: SecretOut, **documents(404, 503)},
    auth=connecting,
    operation_id="read_webhook_secret",
    summary="The signing secret",
)
def read_secret(request: ApiRequest, endpoint_id: EndpointId) -> SecretOut:
    return _secret(_mine(request, endpoint_id))


@router.post(
    "/webhooks/{endpoint_id}/secret",
    response={200: SecretOut, **documents(404, 503)},
    auth=connecting,
    operation_id="rotate_webhook_secret",
    summary="Make a new signing secret",
    description="For 24 hours messages are signed with the one before as well. Not safe to repeat within that time.",
)
def rotate_secret(request: ApiRequest, endpoint_id: EndpointId) -> SecretOut:
    return _secret(endpoints.rotate(owner=request.auth.owner, endpoint_id=endpoint_id))


@router.post(
    "/webhooks/{endpoint_id}/test",
    response={202: DeliveryOut, **documents(404, 409)},
    auth=connecting,
    operation_id="test_webhook",
    summary="Send a test message",
    description="It is on its way when this answers; the delivery says what came of it.",
)
def send_test(request: ApiRequest, endpoint_id: EndpointId) -> Status[DeliveryOut]:
    with _refusals():
        return Status(202, _delivery(sending.test(owner=request.auth.owner, endpoint_id=endpoint_id)))


@router.get(
    "/webhooks/{endpoint_id}/deliveries",
    response={200: Page[DeliveryOut], **documents(404)},
    auth=connecting,
    operation_id="list_webhook_deliveries",
    summary=f"What became of each message in the last {Event.kept_for().days} days, the newest first",
)
def list_deliveries(
    request: ApiRequest, endpoint_id: EndpointId, limit: Limit = PAGE_SIZE, cursor: Cursor = ""
) -> Page[DeliveryOut]:
    log = _mine(request, endpoint_id).deliveries.select_related("event")
    page = cut(log, order=("-created_at", "-id"), limit=limit, cursor=cursor, listing=f"deliveries:{endpoint_id}")
    return Page[DeliveryOut](items=[_delivery(one) for one in page.rows], next_cursor=page.next_cursor)


@router.post(
    "/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay",
    response={202: DeliveryOut, **documents(404, 409)},
    auth=connecting,
    operation_id="replay_webhook_delivery",
    summary="Send a message again now",
    description="With the same `webhook-id`, also where it was delivered or given up.",
)
def replay(request: ApiRequest, endpoint_id: EndpointId, delivery_id: DeliveryId) -> Status[DeliveryOut]:
    with _refusals():
        sent = sending.replay(owner=request.auth.owner, endpoint_id=endpoint_id, delivery_id=delivery_id)
        return Status(202, _delivery(sent))


@router.get(
    "/webhook-events",
    response=Page[EventOut],
    auth=needs(Scope.READ),
    operation_id="list_webhook_events",
    summary=f"What happened in the last {Event.kept_for().days} days, the newest first",
    description="The same as webhooks are told, for programs that cannot be called and ask instead.",
)
def list_webhook_events(
    request: ApiRequest,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = "",
    type: OfType = None,  # noqa: A002 -- its name in the address
) -> Page[EventOut]:
    mine = Event.objects.filter(owner=request.auth.owner).exclude(type=TEST)
    wanted = mine.filter(type=type) if type else mine
    page = cut(wanted, order=("-at", "-id"), limit=limit, cursor=cursor, listing=f"events:{type or ''}")
    events = [EventOut(id=one.message_id, type=one.type, timestamp=one.at, data=one.data) for one in page.rows]
    return Page[EventOut](items=events, next_cursor=page.next_cursor)


def _given(body: EndpointIn | EndpointChanges) -> dict[str, Any]:
    given = body.given
    return given | {"only": body.only.given} if "only" in given else given


def shown(endpoint: Endpoint) -> EndpointOut:
    return EndpointOut(
        id=endpoint.pk,
        url=endpoint.url,
        events=endpoint.events.split(),
        description=endpoint.description,
        payload=endpoint.payload,
        only=OnlyOut.model_validate({name: endpoint.only.get(name, []) for name in Endpoint.MEMBERS}),
        state=endpoint.state.value,
        disabled_why=endpoint.disabled_why,
        failing_since=endpoint.failing_since,
        created_at=endpoint.created_at,
    )


def _delivery(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.pk,
        event_id=delivery.event.message_id,
        type=delivery.event.type,
        state=delivery.state,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        tried_at=delivery.tried_at,
        next_try_at=delivery.due_at,
        status_code=delivery.status_code,
        ms=delivery.ms,
        trouble=delivery.trouble,
        detail=delivery.get_trouble_display() if delivery.trouble else "",
        excerpt=delivery.excerpt,
    )


def _mine(request: ApiRequest, endpoint_id: UUID | str) -> Endpoint:
    """Raises Endpoint.DoesNotExist, which is 404, for anybody else's."""
    return Endpoint.objects.of(request.auth.owner).get(pk=endpoint_id)


def _secret(endpoint: Endpoint) -> SecretOut:
    try:
        return SecretOut(secret=endpoint.opened("secret"), old_secret_until=endpoint.overlaps_until)
    except CannotOpen:
        detail = _("The secret can't be opened any more. Make a new one.")
        raise Problem(Code.UNAVAILABLE, detail) from None


@contextmanager
def _refusals() -> Iterator[None]:
    """What sending by hand refuses, as problems."""
    try:
        yield
    except sending.SwitchedOff:
        raise Problem(Code.CONFLICT, _("This webhook is switched off. Switch it on first.")) from None
    except sending.TooMany as error:
        raise too_many(error.verdict) from None
