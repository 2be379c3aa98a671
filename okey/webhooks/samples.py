"""A sample of each message, for whoever builds a receiver before anything has happened."""

from typing import Annotated, Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from okey.api.auth import ApiRequest, needs
from okey.api.models import Scope
from okey.webhooks.models import EventType
from okey.webhooks.payloads import MOMENT, sample

router = Router(tags=["Webhooks"])

OfType = Annotated[EventType | None, Query(description="Only this one.", examples=["meeting.scheduled"])]
OfPayload = Annotated[
    Literal["thin", "whole"], Query(description="As a webhook with this payload gets it.", examples=["thin"])
]


class SampleOut(Schema):
    """A message as it is posted; its own schema is in the document, under `webhooks`."""

    type: EventType = Field(examples=["meeting.scheduled"])
    timestamp: str = Field(examples=[MOMENT])
    data: dict[str, Any] = Field(examples=[{"meeting_id": "0c6f2f0e-7a0f-4a58-8d38-0d6d6a1b8a11", "revision": 1}])
    object: dict[str, Any] | None = Field(
        description="What it is about; null with `thin`, where messages do not have it.", examples=[None]
    )


class SamplesOut(Schema):
    items: list[SampleOut]


@router.get(
    "/webhook-samples",
    response=SamplesOut,
    auth=needs(Scope.READ),
    operation_id="list_webhook_samples",
    summary="A sample of each message that webhooks are sent",
    description="Made-up values, the same for everybody: for building a receiver before anything has happened.",
)
def list_webhook_samples(
    request: ApiRequest,  # noqa: ARG001 -- the same for everybody
    type: OfType = None,  # noqa: A002 -- its name in the address
    payload: OfPayload = "thin",
) -> SamplesOut:
    names = [type] if type else list(EventType)
    samples = [{"object": None} | sample(name, whole=payload == "whole") for name in names]
    return SamplesOut(items=[SampleOut.model_validate(one) for one in samples])
