"""Hears what calendars hang on: the connections by which they are read, and the time zone of their owner."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from integrations.calendars import mirror, subscribing
from integrations.calendars.models import Calendar
from integrations.signals import connection_changed
from okey.owners.models import Owner


@receiver(connection_changed, dispatch_uid="integrations.calendars.look_again")
def look_again(*, owner_id: uuid.UUID, provider: str, **_kwargs: Any) -> None:
    mine = Calendar.objects.filter(owner=owner_id, connection__provider=provider)
    if mine.update(due_at=timezone.now(), attempts=0):
        Calendar.wake_on_commit()
        subscribing.look_again(owner_id, provider)


@receiver(pre_delete, sender=Calendar, dispatch_uid="integrations.calendars.forget")
def tell_of_its_changes_no_more(*, instance: Calendar, **_kwargs: Any) -> None:
    """However it is removed."""
    subscribing.forget(instance)


@receiver(post_save, sender=Owner, dispatch_uid="integrations.calendars.zone")
def read_in_the_new_zone(
    *, instance: Owner, created: bool, update_fields: Collection[str] | None, **_kwargs: Any
) -> None:
    """Whole days and floating times are others there."""
    if created or not (update_fields is None or "timezone" in update_fields):
        return
    read_in_another = Calendar.objects.filter(owner=instance).exclude(zone__in=["", str(instance.timezone)])
    for calendar in read_in_another.defer("secret"):
        mirror.look(calendar)
