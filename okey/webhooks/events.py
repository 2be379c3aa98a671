"""Notes what happened, for whoever wants to be told: called from above, inside the writer's own transaction."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, UUIDField
from django.utils import timezone

from okey.lib import claims
from okey.lib.claims import Claim
from okey.lib.prepared import Given, Question, insert
from okey.webhooks.models import Delivery, Endpoint, Event
from okey.webhooks.wholes import read as wholes_of

#: How long a delivery is tried.
GIVE_UP_AFTER = timedelta(days=3)
FORGET_SECONDS = 60
#: Rows in one statement.
BATCH = 500


def _enabled() -> "QuerySet[Endpoint]":
    """Locked, so that none is removed or switched off before the commit."""
    mine = Endpoint.objects.select_for_update(no_key=True).filter(owner=Given("owner", UUIDField()))
    return mine.filter(disabled_at=None).order_by("pk")


_ENABLED = Question(_enabled)


def note(owner_id: uuid.UUID, type_: str, data: dict[str, Any]) -> Event:
    """It happened, if the caller's transaction commits; then every endpoint that asked for it is told.

    `data` is what JSON holds, as things stand now: no secret, no join link, nothing of another owner's.
    """
    return note_all(owner_id, type_, [data])[0]


@transaction.atomic(savepoint=False)  # what is told is told with the change, or neither is
def note_all(owner_id: uuid.UUID, type_: str, happened: Iterable[dict[str, Any]]) -> list[Event]:
    """The same to many things at once, in as few statements."""
    those = list(happened)
    wanted = [(one, [one.wants(type_, data) for data in those]) for one in _ENABLED.all(owner=owner_id)]
    is_whole = any(endpoint.payload == Endpoint.Payload.WHOLE and any(wants) for endpoint, wants in wanted)
    wholes = wholes_of(owner_id, type_, those) if is_whole else [None] * len(those)
    new = [_event(owner_id, type_, data, whole) for data, whole in zip(those, wholes, strict=True)]
    if len(new) == 1:
        insert(new[0])
    else:
        Event.objects.bulk_create(new, batch_size=BATCH)
    _deliver(
        (endpoint, event) for endpoint, wants in wanted for event, wants_it in zip(new, wants, strict=True) if wants_it
    )
    return new


def note_for(endpoint: Endpoint, type_: str, data: dict[str, Any]) -> Delivery:
    """For this endpoint alone, whatever it has asked for."""
    event = _event(endpoint.owner_id, type_, data)
    event.save(force_insert=True)
    return _deliver([(endpoint, event)])[0]


def _deliver(those: Iterable[tuple[Endpoint, Event]]) -> list[Delivery]:
    now = timezone.now()
    deliveries = [
        Delivery(endpoint=endpoint, event=event, turn=str(endpoint.pk), due_at=now, give_up_at=now + GIVE_UP_AFTER)
        for endpoint, event in those
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


def _event(owner_id: uuid.UUID, type_: str, data: dict[str, Any], whole: dict[str, Any] | None = None) -> Event:
    now = timezone.now()
    return Event(owner_id=owner_id, type=type_, data=data, whole=whole, at=now, due_at=now + Event.kept_for())
