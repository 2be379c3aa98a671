"""Sends deliveries: at least once, each within its claim; what came of it is on the row.

The order of locks is the endpoint first, then its deliveries, everywhere.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from okey import figures
from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.sealing import CannotOpen
from okey.webhooks import endpoints, posting, signing
from okey.webhooks.models import Delivery, Endpoint
from okey.webhooks.posting import Answer

#: Longer than a post's deadline and a name's lookup, which cannot be interrupted. Later than that, nothing is sent.
LEASE_SECONDS = 60
FIRST_SECONDS, LONGEST_SECONDS = 5, 6 * 3600
#: Between any two calls of an endpoint that fails.
LONGEST_REST_SECONDS = 900
#: An endpoint that fails for so long is switched off.
DEAD_AFTER = timedelta(days=3)
#: After so many failures in a row it was down; what waits is sent as soon as it is back.
WAS_DOWN = 3

State, Trouble = Delivery.State, Delivery.Trouble


def work(delivery_id: Any) -> None:
    """Send this one, if it is due and its endpoint may be called."""
    claim = claims.take(
        Delivery, delivery_id, seconds=LEASE_SECONDS, in_turn=True, where=Delivery.may_go(timezone.now())
    )
    if claim is not None:
        work_on(claim)


def work_on(claim: Claim[Delivery]) -> None:
    """Send it."""
    delivery = Delivery.objects.select_related("endpoint", "event").get(pk=claim.pk)
    answer = send(delivery)
    _record(claim, delivery, answer)


def send(delivery: Delivery) -> Answer:
    """One signed POST. No transaction is open."""
    body = signing.body_of(delivery.event, delivery.endpoint.payload)
    try:
        headers = signing.headers_for(delivery.endpoint, delivery.event, body)
    except CannotOpen:
        return Answer(Trouble.NOT_SIGNED, ms=0)
    return posting.post(delivery.endpoint.url, body, headers)


@transaction.atomic
def replay(endpoint: Endpoint, delivery: Delivery) -> None:
    """Send it again now, with the same webhook-id. The endpoint is locked, and enabled."""
    now = timezone.now()
    again = {"state": State.PENDING, "due_at": now, "attempts": 0, "give_up_at": now + DEAD_AFTER}
    Delivery.objects.filter(pk=delivery.pk, endpoint=endpoint).update(**again)
    endpoints.wake_up(endpoint)
    Delivery.wake_on_commit()


@transaction.atomic
def _record(claim: Claim[Delivery], delivery: Delivery, answer: Answer) -> None:
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id).first()
    if endpoint is None:  # removed meanwhile
        return
    facts = {
        "tried_at": timezone.now(),
        "status_code": answer.status,
        "ms": answer.ms,
        "trouble": answer.trouble,
        "excerpt": answer.excerpt,
    }
    if not answer.trouble:
        claim.release(state=State.DELIVERED, due_at=None, **facts)
        _note_success(endpoint)
        _note(delivery, answer, "delivered", logging.DEBUG)
        return
    following = _next_try(endpoint, delivery, answer)
    if claim.release(**following, **facts):
        _note_failure(endpoint, answer)
        _note(delivery, answer, "retry" if following["due_at"] else "given_up", logging.WARNING)


def _note(delivery: Delivery, answer: Answer, outcome: str, level: int) -> None:
    figures.note(
        figures.DELIVERIES,
        level=level,
        outcome=outcome,
        delivery=delivery.pk,
        endpoint=delivery.endpoint_id,
        attempt=delivery.attempts,
        trouble=str(answer.trouble),
        status=answer.status,
    )


def _next_try(endpoint: Endpoint, delivery: Delivery, answer: Answer) -> dict[str, Any]:
    now = timezone.now()
    is_hopeless = answer.trouble == Trouble.GONE or now >= delivery.give_up_at or not endpoint.is_enabled
    if is_hopeless:
        return {"state": State.FAILED, "due_at": None}
    due_at = now + claims.backoff(delivery.attempts, first=FIRST_SECONDS, longest=LONGEST_SECONDS)
    if answer.retry_at:
        due_at = min(max(due_at, answer.retry_at), now + timedelta(seconds=LONGEST_SECONDS))
    # The last try comes at the very end, however long the pause would be.
    return {"due_at": min(due_at, max(delivery.give_up_at, now))}


def _note_success(endpoint: Endpoint) -> None:
    if not endpoint.failures:
        return
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=0, failing_since=None, rest_until=None)
    if endpoint.failures >= WAS_DOWN:
        now = timezone.now()
        endpoint.deliveries.filter(due_at__gt=now, claim=None).update(due_at=now)


def _note_failure(endpoint: Endpoint, answer: Answer) -> None:
    if answer.trouble == Trouble.NOT_SIGNED or not endpoint.is_enabled:
        return  # not the receiver's fault
    now = timezone.now()
    if answer.trouble == Trouble.GONE:
        endpoints.stop(endpoint, Endpoint.Disabled.GONE)
        return
    if endpoint.failing_since and endpoint.failing_since <= now - DEAD_AFTER:
        endpoints.stop(endpoint, Endpoint.Disabled.FAILING)
        return
    rest_until = now + claims.backoff(endpoint.failures + 1, longest=LONGEST_REST_SECONDS)
    if answer.retry_at:
        rest_until = min(max(rest_until, answer.retry_at), now + timedelta(seconds=LONGEST_SECONDS))
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=endpoint.failures + 1, failing_since=Coalesce("failing_since", now), rest_until=rest_until
    )
