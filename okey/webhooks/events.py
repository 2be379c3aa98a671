"""Notes what happened, for whoever wants to be told: called from above, inside the writer's own transaction."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from okey.lib import claims
from okey.lib.claims import Claim
from okey.webhooks.models import Delivery, Endpoint, Event

#: How long a delivery is tried.
GIVE_UP_AFTER = timedelta(days=3)
FORGET_SECONDS = 60
#: Rows in one statement.
BATCH = 500


def note(owner_id: uuid.UUID, type_: str, data: dict[str, Any]) -> Event:
    """It happened, if the caller's transaction commits; then every endpoint that asked for it is told.

    `data` is what JSON holds, as things stand now: no secret, no join link, nothing of another owner's.
    """
    return note_all(owner_id, type_, [data])[0]


@transaction.atomic(savepoint=False)  # what is told is told with the change, or neither is
def note_all(owner_id: uuid.UUID, type_: str, happened: Iterable[dict[str, Any]]) -> list[Event]:
    """The same to many things at once, in as few statements."""
    events = Event.objects.bulk_create([_event(owner_id, type_, data) for data in happened], batch_size=BATCH)
    # Locked, so that none is removed or switched off between here and the commit.
    enabled = Endpoint.objects.select_for_update(no_key=True).filter(owner=owner_id, disabled_at=None).order_by("pk")
    deliver_to([endpoint for endpoint in enabled if type_ in endpoint.event_set], events)
    return events


def note_for(endpoint: Endpoint, type_: str, data: dict[str, Any]) -> Delivery:
    """For this endpoint alone, whatever it has asked for."""
    event = _event(endpoint.owner_id, type_, data)
    event.save(force_insert=True)
    return deliver_to([endpoint], [event])[0]


def deliver_to(endpoints: list[Endpoint], events: list[Event]) -> list[Delivery]:
    now = timezone.now()
    deliveries = [
        Delivery(endpoint=endpoint, event=event, turn=str(endpoint.pk), due_at=now, give_up_at=now + GIVE_UP_AFTER)
        for event in events
        for endpoint in endpoints
    ]
    Delivery.objects.bulk_create(deliveries, batch_size=BATCH)
    if deliveries:
        Delivery.wake_on_commit()
    return deliveries


def forget(event_id: Any) -> None:
    """Delete this event if its time has come."""
    claim = claims.take(Event, event_id, seconds=FORGET_SECONDS)
    if claim is not None:
        forget_claimed(claim)


def forget_claimed(claim: Claim[Event]) -> None:
    """With what became of it."""
    Event.objects.filter(pk=claim.pk, claim=claim.token).delete()


def _event(owner_id: uuid.UUID, type_: str, data: dict[str, Any]) -> Event:
    now = timezone.now()
    return Event(owner_id=owner_id, type=type_, data=data, at=now, due_at=now + Event.KEPT_FOR)
