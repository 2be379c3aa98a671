"""What an owner has sent by hand: a test, or a delivery once more. A few a minute."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from okey.limits.limits import Verdict, hit
from okey.owners.models import Owner
from okey.webhooks import deliveries, endpoints, events
from okey.webhooks.models import TEST, Delivery

SENDS_A_MINUTE = 30


class SwitchedOff(Exception):
    """Nothing is sent to this endpoint while it is switched off."""


class TooMany(Exception):
    """More than a person would send by hand."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("Too many sends by hand.")
        self.verdict = verdict


def test(*, owner: Owner, endpoint_id: Any) -> Delivery:
    """Send a test event there. Raises Endpoint.DoesNotExist, SwitchedOff, TooMany."""
    _count(owner)
    with transaction.atomic():
        endpoint = endpoints.locked(owner, endpoint_id)
        if not endpoint.is_enabled:
            raise SwitchedOff
        endpoints.wake_up(endpoint)
        return events.note_for(endpoint, TEST, {"message": _("A test from O-Key.")})


def replay(*, owner: Owner, endpoint_id: Any, delivery_id: Any) -> Delivery:
    """Send it again now. Raises Endpoint.DoesNotExist, Delivery.DoesNotExist, SwitchedOff, TooMany."""
    _count(owner)
    with transaction.atomic():
        endpoint = endpoints.locked(owner, endpoint_id)
        delivery = endpoint.deliveries.select_related("event").get(pk=delivery_id)
        if not endpoint.is_enabled:
            raise SwitchedOff
        deliveries.replay(endpoint, delivery)
    return endpoint.deliveries.select_related("event").get(pk=delivery_id)


def _count(owner: Owner) -> None:
    verdict = hit("webhook-sends", str(owner.pk), limit=SENDS_A_MINUTE, seconds=60)
    if not verdict.allowed:
        raise TooMany(verdict)
