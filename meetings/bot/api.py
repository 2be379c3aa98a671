"""The bot in the REST API: conversations to read, to answer, and to hold in a client's place.

A program (a phone app, an assistant of the owner's) passes on what its client says, and shows what the bot answers.
The talk itself is in bot.engine.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field

from meetings.booking import settings as booking_settings
from meetings.bot import conversations, engine, escalation
from meetings.bot.engine import Said
from meetings.bot.models import Conversation, Message
from meetings.bot.understanding.cleaning import KEPT_LENGTH, READ_LENGTH, clean
from okey.api import idempotency
from okey.api.auth import ApiRequest, needs
from okey.api.limiting import too_many
from okey.api.models import Scope
from okey.api.paging import PAGE_SIZE, Cursor, Limit, Page, cut
from okey.api.problems import Code, Problem, documents, invalid
from okey.api.schemas import Body, Text, WholeNumber, Zone, Zulu
from okey.limits import limits

router = Router(tags=["Conversations"])

CONVERSATION_ID = "5e0c6d2b-3a1f-4c58-9b1d-7f2a9c4e8d30"
PAGE_URL = f"https://okey.example.com/conversations/{CONVERSATION_ID}/"
MOMENT = "2026-03-02T09:00:00Z"

ConversationId = Annotated[UUID, Path(examples=[CONVERSATION_ID])]
Which = Annotated[
    Literal["all", "waiting"],
    Query("all", description="`waiting`: those that ask the owner to take over.", examples=["all"]),
]


ClientAddress = Annotated[
    str,
    Field(
        description="The network address that the client writes from, IPv4 or IPv6: their messages and bookings are "
        "counted by it, as on the booking page. Without it all clients of your programs count as one.",
        max_length=60,
        examples=["203.0.113.9"],
    ),
]


class SaidIn(Body):
    text: Text = Field(
        description=f"The client's own words, in English. More than {READ_LENGTH} characters are kept and not read.",
        min_length=1,
        max_length=KEPT_LENGTH,
        examples=["tomorrow afternoon"],
    )
    timezone: Zone | None = Field(None, description="Where the client's device is; what they say counts more.")
    seen: WholeNumber | None = Field(
        None,
        description="The `id` of the bot's message that the client saw last: a yes to an older one is none.",
        examples=[None],
    )
    client_address: ClientAddress = ""


class BeginIn(Body):
    text: Text = Field(
        description="The client's first words, in English.",
        min_length=1,
        max_length=KEPT_LENGTH,
        examples=["I would like to meet next week"],
    )
    timezone: Zone | None = Field(None, description="Where the client's device is; what they say counts more.")
    client_address: ClientAddress = ""


class OwnersAnswerIn(Body):
    text: Text = Field(min_length=1, max_length=escalation.ANSWER_MAX, examples=["I will call you at nine."])


class MessageOut(Schema):
    id: int = Field(description="A later message has a higher one.", examples=[4711])
    by: str = Field(examples=["bot"], json_schema_extra={"enum": list(Message.By.values)})
    text: str = Field(examples=["Booked: Tue 3 Mar 2026, 14:00–14:30, Europe/Berlin (GMT+1)."])
    choices: list[str] = Field(
        description="Texts that the client may send instead of typing.", examples=[["Move it", "Cancel it"]]
    )
    meeting_page_url: str = Field(
        description="The client's page of the meeting that is spoken of, with its link. For the client only; or empty.",
        examples=["https://okey.example.com/m/9mT0bq3…/"],
    )
    at: Zulu = Field(examples=[MOMENT])


class ConversationOut(Schema):
    id: UUID = Field(examples=[CONVERSATION_ID])
    channel: str = Field(examples=["web"], json_schema_extra={"enum": list(Conversation.Channel.values)})
    client_name: str = Field(description="As they gave it; empty while they have not.", examples=["Dora Diver"])
    client_email: str = Field(
        description="As they typed it, which proves nothing; or empty.", examples=["d@example.com"]
    )
    contact_id: UUID | None = Field(
        description="For whom it has booked.", examples=["7d4f1a52-0c1b-4f52-8b1e-3a9c5d2e6f10"]
    )
    meeting_ids: list[UUID] = Field(
        description="The meetings that it booked or was opened from.",
        examples=[["0b7c2c5e-5b0e-4d0e-9f3a-2f6a1c9d8e7f"]],
    )
    is_waiting: bool = Field(description="Whether the owner is asked to take over.", examples=[True])
    handed_over_at: Zulu | None = Field(examples=[MOMENT])
    done_at: Zulu | None = Field(description="When the owner answered or marked it as done.", examples=[None])
    created_at: Zulu = Field(examples=[MOMENT])
    last_message_at: Zulu = Field(examples=[MOMENT])
    page_url: str = Field(description="The conversation in O-Key, for the owner.", examples=[PAGE_URL])


class TurnOut(Schema):
    conversation: ConversationOut
    answer: MessageOut = Field(description="What the bot says to it.")


# --- Reading ----------------------------------------------------------------------------------------------


@router.get(
    "/conversations",
    response=Page[ConversationOut],
    auth=needs(Scope.READ),
    operation_id="list_conversations",
    summary="What clients talk about with the bot, those begun last first",
)
def list_conversations(
    request: ApiRequest, limit: Limit = PAGE_SIZE, cursor: Cursor = "", status: Which = "all"
) -> Page[ConversationOut]:
    owner = request.auth.owner
    found = conversations.waiting(owner) if status == "waiting" else conversations.of(owner)
    page = cut(found, order=("-created_at", "-id"), limit=limit, cursor=cursor, listing=f"conversations:{status}")
    return Page[ConversationOut](items=_all_shown(page.rows), next_cursor=page.next_cursor)


@router.get(
    "/conversations/{conversation_id}",
    response={200: ConversationOut, **documents(404)},
    auth=needs(Scope.READ),
    operation_id="read_conversation",
    summary="One conversation",
)
def read_conversation(request: ApiRequest, conversation_id: ConversationId) -> ConversationOut:
    return _shown(_mine(request, conversation_id))


@router.get(
    "/conversations/{conversation_id}/messages",
    response={200: Page[MessageOut], **documents(404)},
    auth=needs(Scope.READ),
    operation_id="list_conversation_messages",
    summary="What was said in it, in its order",
)
def list_messages(
    request: ApiRequest, conversation_id: ConversationId, limit: Limit = PAGE_SIZE, cursor: Cursor = ""
) -> Page[MessageOut]:
    said = conversations.messages_of(_mine(request, conversation_id))
    page = cut(said, order=("id",), limit=limit, cursor=cursor, listing=f"messages:{conversation_id}")
    return Page[MessageOut](items=[_message(one) for one in page.rows], next_cursor=page.next_cursor)


# --- In the client's place --------------------------------------------------------------------------------


@router.post(
    "/conversations",
    response={201: TurnOut, **documents(409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="begin_conversation",
    summary="Begin a conversation with a client's first words",
    description="The bot answers at once. Booking page and bot must be on (409).",
)
def begin(request: ApiRequest, body: BeginIn, idempotency_key: idempotency.Key = "") -> Answer[TurnOut]:
    _check_bot(request)
    channel, network = Conversation.Channel.API, _network(body.client_address)

    def new(_request_key: str) -> UUID:
        _counted(engine.count_start, network)
        return engine.begin(request.auth.owner, channel=channel).pk

    # Said after the key's transaction, which holds the owner's row: a turn locks its conversation before that.
    done = idempotency.once(request, idempotency_key, new)
    said = Said(body.text, key="api:first", device_zone=body.timezone, network=network)
    return Answer(201, _turn(request, UUID(done.object_id), said))


@router.post(
    "/conversations/{conversation_id}/messages",
    response={200: TurnOut, **documents(404, 409)},
    auth=needs(Scope.SCHEDULE),
    operation_id="say_in_conversation",
    summary="Say something as the client",
    description="Only in conversations that were begun by the API: in the others the clients write themselves (409).",
)
def say(
    request: ApiRequest, conversation_id: ConversationId, body: SaidIn, idempotency_key: idempotency.Key = ""
) -> TurnOut:
    conversation = _mine(request, conversation_id)
    if conversation.channel != Conversation.Channel.API:
        raise Problem(Code.CONFLICT, _("Clients write in this conversation themselves."))
    _check_bot(request)
    key = _message_key("say", idempotency_key)
    network = _network(body.client_address)
    said = Said(body.text, key=key, seen=body.seen, device_zone=body.timezone, network=network)
    return _turn(request, conversation.pk, said)


# --- As the owner -----------------------------------------------------------------------------------------


@router.post(
    "/conversations/{conversation_id}/answer",
    response={201: MessageOut, **documents(404)},
    auth=needs(Scope.SCHEDULE),
    operation_id="answer_conversation",
    summary="Answer the client as the owner",
    description="They read it in the conversation, and by mail where they gave an address. It marks it as done.",
)
def answer(
    request: ApiRequest, conversation_id: ConversationId, body: OwnersAnswerIn, idempotency_key: idempotency.Key = ""
) -> Answer[MessageOut]:
    text = body.text.strip()
    if not text:
        raise invalid("text", _("Write something."))
    key = _message_key("answer", idempotency_key)
    message = escalation.answer(_mine(request, conversation_id), text, key=key)
    if message.text != text:
        raise Problem(Code.KEY_REUSED)
    return Answer(201, _message(message))


@router.post(
    "/conversations/{conversation_id}/done",
    response={200: ConversationOut, **documents(404)},
    auth=needs(Scope.SCHEDULE),
    operation_id="mark_conversation_done",
    summary="Mark as done what was handed over",
    description="Safe to repeat.",
)
def mark_done(request: ApiRequest, conversation_id: ConversationId) -> ConversationOut:
    escalation.mark_done(_mine(request, conversation_id))
    return _shown(_mine(request, conversation_id))


# --- What they share --------------------------------------------------------------------------------------


def _turn(request: ApiRequest, conversation_id: UUID, said: Said) -> TurnOut:
    _counted(engine.count_message, said.network)
    try:
        spoken = engine.hear(conversation_id, said)
    except engine.TooMany as error:
        raise too_many(error.verdict) from None
    conversation = _mine(request, conversation_id)
    if said.key and not conversations.holds(conversation, said.key, clean(said.text).kept):
        raise Problem(Code.KEY_REUSED)
    return TurnOut(conversation=_shown(conversation), answer=_message(spoken))


def _network(client_address: str) -> str:
    if not client_address:
        return ""
    network = limits.network(client_address)
    if not network:
        raise invalid("client_address", _("This is not an IPv4 or IPv6 address."))
    return network


def _counted(count: Callable[[str], None], network: str) -> None:
    """A program's own calls are counted anyway; a client whom it names is counted as on the page."""
    try:
        if network:
            count(network)
    except engine.TooMany as error:
        raise too_many(error.verdict) from None


def _message_key(kind: str, idempotency_key: str) -> str:
    """A message's own key is remembered as long as the conversation. "" without one."""
    return f"api:{kind}:{hashlib.sha256(idempotency_key.encode()).hexdigest()}" if idempotency_key else ""


def _check_bot(request: ApiRequest) -> None:
    booking = booking_settings.of(request.auth.owner)
    if not (booking.is_page_on and booking.is_bot_on):
        raise Problem(Code.CONFLICT, _("The booking page or the bot is off. Switch them on in settings."))


def _mine(request: ApiRequest, conversation_id: UUID) -> Conversation:
    """Raises Conversation.DoesNotExist, which is 404, for anybody else's."""
    return conversations.of(request.auth.owner).get(pk=conversation_id)


def shown_by_id(owner_id: UUID, ids: Iterable[str]) -> dict[str, ConversationOut]:
    """Those of them that are the owner's."""
    found = list(Conversation.objects.filter(owner=owner_id, pk__in=list(ids)))
    return {str(one.id): one for one in _all_shown(found)}


def _shown(conversation: Conversation) -> ConversationOut:
    return _all_shown([conversation])[0]


def _all_shown(found: list[Conversation]) -> list[ConversationOut]:
    meetings = conversations.meetings_by_token(found)
    return [_as_of(one, [meetings[token] for token in one.invitation_tokens if token in meetings]) for one in found]


def _as_of(conversation: Conversation, meeting_ids: list[UUID]) -> ConversationOut:
    return ConversationOut(
        id=conversation.pk,
        channel=conversation.channel,
        client_name=conversation.client_name,
        client_email=conversation.client_email,
        contact_id=conversation.contact_id,
        meeting_ids=meeting_ids,
        is_waiting=conversation.is_waiting,
        handed_over_at=conversation.handed_over_at,
        done_at=conversation.done_at,
        created_at=conversation.created_at,
        last_message_at=conversation.last_at,
        page_url=escalation.page_url(conversation),
    )


def _message(message: Message) -> MessageOut:
    return MessageOut(
        id=message.pk,
        by=message.by,
        text=message.text,
        choices=message.buttons,
        meeting_page_url=message.url,
        at=message.at,
    )
