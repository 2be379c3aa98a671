"""The bot on the web: a page where clients write, with or without a script. The talk itself is in bot.engine.

No cookie says who writes; the token in the address does, as on a meeting's page. So the forms need no CSRF token: who
knows the address may write, and who does not cannot make anybody's browser do it.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meetings.booking.models import BookingSettings
from meetings.bot import engine, words
from meetings.bot.channels.chat_access import for_chat
from meetings.bot.engine import Said
from meetings.bot.language_model import asking
from meetings.bot.models import Conversation, Message
from meetings.client import access as client_access
from okey.lib import languages
from okey.limits import limits
from okey.limits.limits import Verdict
from okey.owners.zones import known_zone

#: Older ones are not shown on the page.
SHOWN = 100
#: How often an open page asks whether the owner has answered.
POLL_SECONDS = 10


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_chat
def chat_start(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    """Nothing is kept before the client writes: visitors and search engines leave no conversations behind."""
    if request.method != "POST":
        with translation.override(words.LANGUAGE):
            greeting = words.greeting(booking.owner.name or "O-Key")
        shown = Message(by=Message.By.BOT, text=greeting.text, buttons=list(greeting.buttons))
        return _page(request, booking, None, [shown])
    if refused := _refused_start(request):
        return refused
    conversation = engine.begin(booking.owner, channel=Conversation.Channel.WEB)
    return _heard(request, booking, conversation)


@csrf_exempt
@require_POST
@for_chat
def chat_about(request: HttpRequest, booking: BookingSettings) -> HttpResponse:
    """From a client's meeting page, whose token shows that they may move and cancel it."""
    invitation = client_access.find(request.POST.get("invitation", ""))
    if invitation is None or invitation.meeting.owner_id != booking.owner_id:
        raise Http404
    if refused := _refused_start(request):
        return refused
    conversation = engine.begin(booking.owner, channel=Conversation.Channel.WEB, opened_by=invitation)
    return redirect("booking_talk", booking.public_name, conversation.token)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_chat
def chat_talk(request: HttpRequest, booking: BookingSettings, token: str) -> HttpResponse:
    conversation = _find(booking, token)
    if request.method == "POST":
        return _heard(request, booking, conversation)
    return _page(request, booking, conversation, list(_messages(conversation))[-SHOWN:])


@require_safe
@for_chat
def chat_news(request: HttpRequest, booking: BookingSettings, token: str) -> HttpResponse:
    """The open page asks whether the owner has written: 204 if not."""
    conversation = _find(booking, token)
    news = [one for one in _after(request, conversation) if one.by == Message.By.OWNER]
    if not news:
        return HttpResponse(status=204)
    return _news(request, booking, conversation, news)


def _heard(request: HttpRequest, booking: BookingSettings, conversation: Conversation) -> HttpResponse:
    try:
        engine.count_message(limits.address_of(request))
        engine.hear(conversation.pk, _said(request))
    except engine.TooMany as too_many:
        return _too_many(request, too_many.verdict)
    if "HX-Request" in request.headers:
        conversation.refresh_from_db()
        return _news(request, booking, conversation, list(_after(request, conversation)), is_answer=True)
    return redirect(reverse("booking_talk", args=[booking.public_name, conversation.token]) + "#say")


def _said(request: HttpRequest) -> Said:
    seen = request.POST.get("seen", "")
    return Said(
        text=request.POST.get("text", ""),
        choice=request.POST.get("choice", "")[:100],
        key=request.POST.get("key", "").replace("\0", ""),
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None,
        device_zone=known_zone(request.POST.get("zone", "")),
        network=limits.address_of(request),
        is_told="told" in request.POST,
    )


def _find(booking: BookingSettings, token: str) -> Conversation:
    found = (
        Conversation.objects.filter(token=token, owner=booking.owner) if token.isascii() and "\0" not in token else None
    )
    conversation = found.first() if found is not None else None
    if conversation is None:
        raise Http404
    return conversation


def _messages(conversation: Conversation) -> Any:
    return Message.objects.filter(conversation=conversation)


def _after(request: HttpRequest, conversation: Conversation) -> Any:
    """What was said since the page was drawn."""
    after = request.POST.get("after") or request.GET.get("after") or ""
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    return _messages(conversation).filter(pk__gt=number)


# --- Answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChatForm:
    """What the page sends along with the next message."""

    key: str
    seen: int | None
    after: int | None
    #: What a button says, and what it sends: a text, or the choice that it stands for.
    buttons: list[tuple[str, str]]


def _form(messages: list[Message]) -> ChatForm:
    by_bot = [one for one in messages if one.by == Message.By.BOT]
    last = by_bot[-1] if by_bot else None
    buttons = [(label, last.values.get(label, "")) for label in last.buttons] if last else []
    return ChatForm(uuid.uuid4().hex, last.pk if last else None, messages[-1].pk, buttons)


def _page(
    request: HttpRequest, booking: BookingSettings, conversation: Conversation | None, messages: list[Message]
) -> HttpResponse:
    return render(request, "meetings/bot/chat.html", _context(booking, conversation, messages))


def _news(
    request: HttpRequest,
    booking: BookingSettings,
    conversation: Conversation,
    messages: list[Message],
    *,
    is_answer: bool = False,
) -> HttpResponse:
    context = _context(booking, conversation, messages) | {"is_answer": is_answer}
    return render(request, "meetings/bot/parts/chat_news.html", context)


def _context(booking: BookingSettings, conversation: Conversation | None, messages: list[Message]) -> dict[str, Any]:
    return {
        "booking": booking,
        "owner": booking.owner.name or "O-Key",
        "conversation": conversation,
        "chat_messages": messages,
        "chat": _form(messages),
        # Also once the owner has answered: they may have more to say.
        "polls": conversation is not None and conversation.handed_over_at is not None,
        "poll_seconds": POLL_SECONDS,
        "is_foreign": languages.current() != words.LANGUAGE,
        "model_host": asking.host(),
    }


def _refused_start(request: HttpRequest) -> HttpResponse | None:
    try:
        engine.count_start(limits.address_of(request))
    except engine.TooMany as too_many:
        return _too_many(request, too_many.verdict)
    return None


def _too_many(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    is_htmx = "HX-Request" in request.headers
    template = "meetings/bot/parts/chat_too_many.html" if is_htmx else "meetings/client/too_many.html"
    # htmx shows no error answers.
    response = render(request, template, {"seconds": verdict.retry_seconds}, status=200 if is_htmx else 429)
    response["Retry-After"] = str(verdict.retry_seconds)
    return response
