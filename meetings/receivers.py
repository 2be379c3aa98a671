"""Hears that an owner's connections changed, and wakes the link jobs that waited for one."""

import uuid
from typing import Any

from django.dispatch import receiver

from integrations.signals import connection_changed
from meetings import healing


@receiver(connection_changed, dispatch_uid="meetings.heal")
def heal_owed_links(*, owner_id: uuid.UUID, provider: str, **_kwargs: Any) -> None:
    healing.heal(owner_id, provider)
