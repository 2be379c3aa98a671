"""What vendors say of calendars: that there is news. Anybody may send such a message, so it is known by its secret, and
all that comes of it is that the vendor is asked sooner.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import registry
from integrations.calendars import mirror
from integrations.calendars.models import Subscription
from integrations.calendars.pushing import Says
from integrations.calendars.subscribing import hashed
from okey import figures
from okey.lib import claims
from okey.limits import limits

MAX_BYTES = 256 * 1024
MAX_ECHO = 2048
#: While a subscription is asked for, and no longer, its address is proved.
ECHOED_FOR = timedelta(minutes=1)
#: A renewal that was asked for is not asked for again so soon.
RENEWED_LATELY = timedelta(minutes=1)
REFUSED_A_MINUTE = 30

State = Subscription.State


@csrf_exempt  # known by a secret instead
@require_POST
def push(request: HttpRequest, service: str, subscription_id: UUID) -> HttpResponse:
    """Of one subscription. Whatever is wrong, the answer is the same."""
    network = limits.address_of(request)
    if not limits.look("pushes refused", network, limit=REFUSED_A_MINUTE, seconds=60).allowed:
        return HttpResponse(status=429)
    if service not in registry.CALENDARS or _length(request) > MAX_BYTES:
        return _refused(network, service)
    found = Subscription.objects.select_related("calendar").defer("calendar__secret", "calendar__marks")
    row = found.filter(pk=subscription_id, connection__provider=service).first()
    if row is None:
        return _refused(network, service)
    if echo := registry.calendars(service).echo(request.GET):
        return _echoed(row, echo) or _refused(network, service)
    says = _said(request, service, row)
    if not says:
        return _refused(network, service)
    figures.count(figures.MESSAGES, provider=service, outcome="push")
    _heed(row, says)
    return HttpResponse(status=202)


def _said(request: HttpRequest, service: str, row: Subscription) -> set[Says]:
    """What is said by whoever knows the secret."""
    messages = registry.calendars(service).heard(request.headers, request.body)
    about = [one for one in messages if one.is_about(str(row.pk), row.external_id)]
    return {one.says for one in about if row.secret_hash and constant_time_compare(hashed(one.secret), row.secret_hash)}


def _echoed(row: Subscription, text: str) -> HttpResponse | None:
    """As plain text, which no browser takes for anything else."""
    is_asked = row.state == State.ASKED and row.asked_at and row.asked_at > timezone.now() - ECHOED_FOR
    if not is_asked or len(text) > MAX_ECHO:
        return None
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"})


def _heed(row: Subscription, says: Collection[Says]) -> None:
    """At most one row is written, however many there are."""
    now, mine = timezone.now(), Subscription.objects.filter(pk=row.pk)
    if row.calendar is None or row.state == State.OVER:
        return  # it does not count any more, or another one has taken over
    if Says.REMOVED in says:
        ended = {"state": State.OVER, "external_id": "", "expires_at": now, "due_at": now, "attempts": 0}
        mine.filter(state=State.LIVE).update(**ended, **claims.given_up(Subscription))
        return
    if Says.RENEW in says:
        mine.filter(state=State.LIVE, due_at__gt=now, asked_at__lt=now - RENEWED_LATELY).update(due_at=now)
    if Says.CHANGED in says:
        mirror.has_changed(row.calendar)
    elif Says.ARRIVED in says and row.heard_at is None:
        mine.filter(heard_at=None).update(heard_at=now)


def _refused(network: str, service: str) -> HttpResponse:
    verdict = limits.hit("pushes refused", network, limit=REFUSED_A_MINUTE, seconds=60)
    if not verdict.allowed:
        return HttpResponse(status=429)
    provider = service if service in registry.CALENDARS else ""
    figures.note(figures.MESSAGES, level=logging.WARNING, provider=provider, outcome="push_refused")
    return HttpResponse(status=404)


def _length(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length") or "0"
    return int(length) if length.isdecimal() else MAX_BYTES + 1
