"""What providers tell O-Key by themselves. Answered at once; what follows is done later, from a table."""

import hashlib
import logging
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import deauthorization
from integrations.models import WebhookDelivery
from integrations.signals import meeting_told
from integrations.told import News
from integrations.vendors.zoom import webhook
from integrations.vendors.zoom.webhook import BadMessage, Deauthorization, MeetingNews, Validation
from okey import figures


@csrf_exempt
@require_POST
def zoom(request: HttpRequest) -> HttpResponse:
    """Zoom's webhook. The signature comes first, before any body is looked at."""
    secret = settings.ZOOM_WEBHOOK_SECRET_TOKEN
    if not secret:
        raise Http404
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > webhook.MAX_BYTES:
        return HttpResponse(status=413)
    now = timezone.now()
    signature = request.headers.get("x-zm-signature", "")
    timestamp = request.headers.get("x-zm-request-timestamp", "")
    signed = webhook.signed_at(secret=secret, timestamp=timestamp, signature=signature, body=request.body, now=now)
    if signed is None:
        figures.note(figures.MESSAGES, level=logging.WARNING, provider="zoom", outcome="bad_signature")
        return HttpResponse(status=401)
    late = webhook.is_late(signed, now)
    try:
        message = webhook.read(request.body)
    except BadMessage:
        return HttpResponse(status=400)
    if isinstance(message, Validation):
        # Zoom asks now or not at all; an old question comes from somebody else.
        return HttpResponse(status=401) if late else JsonResponse(webhook.answer_to(message, secret=secret))
    if isinstance(message, MeetingNews):
        _pass_on(message, signed, now, request.body)
    elif isinstance(message, Deauthorization) and message.client_id in {"", settings.ZOOM_CLIENT_ID}:
        figures.note(figures.MESSAGES, provider="zoom", outcome="deauthorized")
        deauthorization.receive(
            provider="zoom",
            external_id=message.user_id,
            external_account_id=message.account_id,
            at=message.at,
            signature=signature,
            is_late=late,
        )
    return HttpResponse(status=200)


def _pass_on(message: MeetingNews, signed: datetime, now: datetime, body: bytes) -> None:
    """By its body a message is known that Zoom sends again. One older than Zoom's last retry is a replay."""
    if signed < now - WebhookDelivery.KEPT_FOR:
        return
    figures.note(figures.MESSAGES, provider="zoom", outcome=f"meeting_{message.told.value}")
    news = News(
        told=message.told,
        external_id=message.meeting_id,
        host_id=message.host_id,
        account_id=message.account_id,
        at=message.at,
        changes=message.changes,
        mark=hashlib.sha256(b"zoom:" + body).hexdigest(),
    )
    meeting_told.send(sender=None, provider="zoom", news=news)
