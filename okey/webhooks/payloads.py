"""What a message to a webhook looks like, event by event, for the API's document. The announcements of contacts,
meetings and connections write `data`; tests hold what they wrote against these.
"""

from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, create_model
from pydantic.json_schema import SkipJsonSchema

from okey.api.openapi import Told
from okey.api.schemas import Zulu
from okey.webhooks.models import TEST, EventType
from okey.webhooks.wholes import kind_of

MEETING_ID = "0c6f2f0e-7a0f-4a58-8d38-0d6d6a1b8a11"
SERIES_ID = "5d0c7a1e-64a5-4c0e-8a6b-1f3f1e2b7c90"
CONTACT_ID = "7d4f1a52-0c1b-4f52-8b1e-3a9c5d2e6f10"
CONVERSATION_ID = "5e0c6d2b-3a1f-4c58-9b1d-7f2a9c4e8d30"
CONNECTION_ID = "5f0c9c52-1d0a-4a8e-8c39-0d9d6c1b7a11"
MOMENT = "2026-03-09T14:00:00.123456Z"

HEADERS = {
    "webhook-id": "The message's own: it stays the same if the message comes again.",
    "webhook-timestamp": "When this try was signed, in seconds since 1970.",
    "webhook-signature": "`v1,` and a signature as Standard Webhooks has them; several with spaces between them.",
}


def _may_be_absent(schema: dict[str, Any]) -> None:
    """What is not there is left out, never null."""
    schema.pop("default", None)


class Data(Schema):
    model_config = ConfigDict(extra="forbid")


class MeetingData(Data):
    meeting_id: UUID = Field(examples=[MEETING_ID])
    contact_id: UUID = Field(examples=[CONTACT_ID])
    revision: int = Field(description="Rises with every change of the meeting itself.", examples=[3])
    starts_at: Zulu = Field(examples=["2026-03-12T09:00:00Z"])
    ends_at: Zulu = Field(examples=["2026-03-12T09:30:00Z"])
    provider: str = Field(description="What makes its link; empty where none is wanted.", examples=["zoom"])
    source: str = Field(description="Who scheduled it.", examples=["crm"])
    series_id: UUID | SkipJsonSchema[None] = Field(
        None,
        description="With which it was scheduled; left out where it was scheduled alone.",
        examples=[SERIES_ID],
        json_schema_extra=_may_be_absent,
    )


class CancelledData(MeetingData):
    by: Literal["owner", "client"] = Field(examples=["client"])


class AttentionData(MeetingData):
    problem: str = Field(description="A code, such as `refused` or `not_connected`.", examples=["refused"])


class ContactData(Data):
    contact_id: UUID = Field(examples=[CONTACT_ID])


class ChangedContactData(ContactData):
    changed: list[str] = Field(description="The fields that are others now.", examples=[["email", "phone"]])


class DeletedContactData(ContactData):
    merged_into: UUID | SkipJsonSchema[None] = Field(
        None,
        description="The contact that has its meetings and its address now; left out where it was not merged.",
        examples=[CONTACT_ID],
        json_schema_extra=_may_be_absent,
    )


class ConversationData(Data):
    conversation_id: UUID = Field(examples=[CONVERSATION_ID])
    contact_id: UUID | None = Field(description="For whom it has booked.", examples=[CONTACT_ID])
    channel: str = Field(description="`web`, `messenger` or `api`.", examples=["web"])
    reason: str = Field(
        description="`asked`: the client wants a person. `stuck`: the bot does not get further. `answered`: the "
        "client answers the owner.",
        examples=["asked"],
    )


class ConnectionData(Data):
    connection_id: UUID = Field(examples=[CONNECTION_ID])
    provider: str = Field(examples=["zoom"])


class EndedConnectionData(ConnectionData):
    reason: str = Field(
        description="Needs reconnecting: `refused`, `removed` at the provider, or `challenged`: the organization "
        "demands another sign-in. Disconnected: `disconnected`, `replaced` or `admin`.",
        examples=["removed"],
    )


class EndpointTestData(Data):
    message: str = Field(examples=["A test from O-Key."])


class WebhookMessage(Schema):
    timestamp: Zulu = Field(description="When it happened.", examples=[MOMENT])


class MeetingScheduledMessage(WebhookMessage):
    type: Literal["meeting.scheduled"]
    data: MeetingData


class MeetingRescheduledMessage(WebhookMessage):
    type: Literal["meeting.rescheduled"]
    data: MeetingData


class MeetingCancelledMessage(WebhookMessage):
    type: Literal["meeting.cancelled"]
    data: CancelledData


class LinkReadyMessage(WebhookMessage):
    type: Literal["meeting.link_ready"]
    data: MeetingData


class LinkNeedsAttentionMessage(WebhookMessage):
    type: Literal["meeting.link_needs_attention"]
    data: AttentionData


class MeetingOverMessage(WebhookMessage):
    type: Literal["meeting.over"]
    data: MeetingData


class ContactCreatedMessage(WebhookMessage):
    type: Literal["contact.created"]
    data: ContactData


class ContactChangedMessage(WebhookMessage):
    type: Literal["contact.changed"]
    data: ChangedContactData


class ContactArchivedMessage(WebhookMessage):
    type: Literal["contact.archived"]
    data: ContactData


class ContactRestoredMessage(WebhookMessage):
    type: Literal["contact.restored"]
    data: ContactData


class ContactDeletedMessage(WebhookMessage):
    type: Literal["contact.deleted"]
    data: DeletedContactData


class ConversationWaitingMessage(WebhookMessage):
    type: Literal["conversation.waiting"]
    data: ConversationData


class ConnectedMessage(WebhookMessage):
    type: Literal["connection.connected"]
    data: ConnectionData


class NeedsReconnectMessage(WebhookMessage):
    type: Literal["connection.needs_reconnect"]
    data: EndedConnectionData


class DisconnectedMessage(WebhookMessage):
    type: Literal["connection.disconnected"]
    data: EndedConnectionData


class EndpointTestMessage(WebhookMessage):
    type: Literal["endpoint.test"]
    data: EndpointTestData


#: By the event's type.
MESSAGES: dict[str, type[WebhookMessage]] = {
    EventType.MEETING_SCHEDULED: MeetingScheduledMessage,
    EventType.MEETING_RESCHEDULED: MeetingRescheduledMessage,
    EventType.MEETING_CANCELLED: MeetingCancelledMessage,
    EventType.LINK_READY: LinkReadyMessage,
    EventType.LINK_NEEDS_ATTENTION: LinkNeedsAttentionMessage,
    EventType.MEETING_OVER: MeetingOverMessage,
    EventType.CONTACT_CREATED: ContactCreatedMessage,
    EventType.CONTACT_CHANGED: ContactChangedMessage,
    EventType.CONTACT_ARCHIVED: ContactArchivedMessage,
    EventType.CONTACT_RESTORED: ContactRestoredMessage,
    EventType.CONTACT_DELETED: ContactDeletedMessage,
    EventType.CONVERSATION_WAITING: ConversationWaitingMessage,
    EventType.CONNECTED: ConnectedMessage,
    EventType.NEEDS_RECONNECT: NeedsReconnectMessage,
    EventType.DISCONNECTED: DisconnectedMessage,
    TEST: EndpointTestMessage,
}


#: What a meeting's `source` may be; a test holds them against those that there are.
SOURCES = ("crm", "booking", "bot", "assistant", "automation")


def described() -> dict[str, Told]:
    """For the document: what O-Key sends, by the event's type. Whoever registers whole objects has done so before."""
    return {str(name): Told(_summary(name), message_of(name), HEADERS) for name in MESSAGES}


def message_of(name: str) -> type[WebhookMessage]:
    """With `object`, where events of this type are about one."""
    body, kind = MESSAGES[name], kind_of(name)
    if kind is None:
        return body
    words = "With the payload `whole`: what it is about, as it was then."
    # What is not there is left out, never null.
    schema: Any = kind.schema
    or_absent: Any = SkipJsonSchema[None]  # type: ignore[misc] # to mypy it is a class of its own
    examples = [_example(kind.schema)]
    object_: Any = (schema | or_absent, Field(None, description=words, examples=examples))
    made = create_model(body.__name__, __base__=body, object=object_)
    made.model_config["json_schema_extra"] = _without_default
    made.model_rebuild(force=True)
    return made


def sample(name: str, *, whole: bool) -> dict[str, Any]:
    """A message of this type, made of the document's examples."""
    body, kind = MESSAGES[name], kind_of(name)
    message = {"type": str(name), "timestamp": MOMENT, "data": _example(body.model_fields["data"].annotation)}
    return message | {"object": _example(kind.schema)} if whole and kind else message


def _example(schema: Any) -> Any:
    """By the examples of its fields."""
    return {name: _example_of(field) for name, field in schema.model_fields.items()}


def _example_of(field: Any) -> Any:
    if field.examples:
        return field.examples[0]
    return _example(field.annotation) if hasattr(field.annotation, "model_fields") else None


def _without_default(schema: dict[str, Any]) -> None:
    schema["properties"]["object"].pop("default", None)


def _summary(name: str) -> str:
    return "Somebody pressed Send test" if name == TEST else str(EventType(name).label)
