"""Hears what happens to the connections by which calendars are read: those are read anew, or seen to be cut off."""

import uuid
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from integrations.calendars.models import Calendar
from integrations.signals import connection_changed


@receiver(connection_changed, dispatch_uid="integrations.calendars.look_again")
def look_again(*, owner_id: uuid.UUID, provider: str, **_kwargs: Any) -> None:
    mine = Calendar.objects.filter(owner=owner_id, connection__provider=provider)
    if mine.update(due_at=timezone.now(), attempts=0):
        Calendar.wake_on_commit()
