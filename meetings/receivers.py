"""Hears what happens to an owner's connections: jobs that waited for one wake, and owners read what a loss costs."""

import uuid
from typing import Any

from django.dispatch import receiver

from integrations.signals import connection_changed, grant_lost, pair_renewed
from meetings.links import owed, reconnect_mails


@receiver(connection_changed, dispatch_uid="meetings.heal")
def heal_owed_links(*, owner_id: uuid.UUID, provider: str, **_kwargs: Any) -> None:
    owed.heal(owner_id, provider)


@receiver(pair_renewed, dispatch_uid="meetings.go_on")
def go_on_with_the_pair(*, account_id: uuid.UUID, **_kwargs: Any) -> None:
    owed.go_on(account_id)


@receiver(grant_lost, dispatch_uid="meetings.tell_of_loss")
def tell_of_loss(*, connection_id: uuid.UUID, **_kwargs: Any) -> None:
    reconnect_mails.tell(connection_id)
