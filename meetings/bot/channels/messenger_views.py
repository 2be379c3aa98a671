"""The bot for messengers: signed requests with what a client wrote, answered with what the bot says.

The owner's gateway (a few lines before WhatsApp, Telegram, an SMS service) signs with the secret that the owner made
in O-Key. See docs/bot.md.
"""

from typing import Annotated
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from ninja import Schema
from pydantic import ConfigDict, StringConstraints, ValidationError

from meetings.booking import settings as booking_settings
from meetings.bot import engine, messenger_keys
from meetings.bot.engine import Replayed, Said, TooMany
from meetings.bot.models import Conversation, Message, MessengerKey
from okey.limits import limits
from okey.owners.zones import known_zone

BODY_MAX = 50_000
REFUSED_A_MINUTE = 30

Sender = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class MessengerBody(Schema):
    """`sender`: the messenger's own name for who writes; one conversation each."""

    model_config = ConfigDict(extra="forbid")

    sender: Sender
    text: str
    timezone: str = ""


@csrf_exempt  # signed instead
@require_POST
def messenger(request: HttpRequest, public_name: str) -> HttpResponse:
    booking = booking_settings.open_page(public_name)
    key = messenger_keys.of(booking.owner) if booking and booking.is_bot_on else None
    if key is None:
        return _refusal(404, "There is no bot for messengers here.")
    signed_at = _signed_at(request, key)
    if signed_at is None:
        return _unsigned(request)
    try:
        body = MessengerBody.model_validate_json(request.body)
    except ValidationError as error:
        return _refusal(422, "; ".join(f"{_place(one)}: {one['msg']}" for one in error.errors(include_url=False)))
    return _answered(key, body, signed_at, request.headers["webhook-id"])


def _signed_at(request: HttpRequest, key: MessengerKey) -> int | None:
    """None for a body that nobody would sign, too."""
    if len(request.body) > BODY_MAX:
        return None
    headers = {name: request.headers.get(name, "") for name in messenger_keys.HEADERS}
    return messenger_keys.signed_at(key, request.body, headers)


def _answered(key: MessengerKey, body: MessengerBody, signed_at: int, webhook_id: str) -> HttpResponse:
    conversation = engine.begin(key.owner, channel=Conversation.Channel.MESSENGER, sender=body.sender)
    zone: ZoneInfo | None = known_zone(body.timezone)
    said = Said(body.text, key=f"hook:{webhook_id}", device_zone=zone, signed_at=signed_at)
    try:
        answer = engine.hear(conversation.pk, said)
    except Replayed:
        return _refusal(409, "This request was answered before. To ask for the answer again, sign it anew.")
    except TooMany as too_many:
        return _too_many(too_many.verdict.retry_seconds)
    return JsonResponse(_shown(conversation, answer))


def _shown(conversation: Conversation, answer: Message) -> dict[str, object]:
    return {
        "conversation": str(conversation.pk),
        "text": answer.text,
        "url": answer.url,
        "buttons": answer.buttons,
    }


def _unsigned(request: HttpRequest) -> HttpResponse:
    verdict = limits.hit("messenger refused", limits.address_of(request), limit=REFUSED_A_MINUTE, seconds=60)
    if not verdict.allowed:
        return _too_many(verdict.retry_seconds)
    return _refusal(401, "The signature is missing or wrong, or the request was signed more than five minutes ago.")


def _too_many(seconds: int) -> HttpResponse:
    response = _refusal(429, "Too many messages.")
    response["Retry-After"] = str(seconds)
    return response


def _refusal(status: int, words: str) -> HttpResponse:
    return JsonResponse({"error": words}, status=status)


def _place(error: object) -> str:
    location = error["loc"] if isinstance(error, dict) else ()
    return ".".join(str(part) for part in location) or "body"
