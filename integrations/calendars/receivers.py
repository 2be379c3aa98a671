"""Hears when an owner goes to another time zone: whole days and floating times are others there."""

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from integrations.calendars import mirror
from integrations.calendars.models import Calendar
from okey.owners.models import Owner


@receiver(post_save, sender=Owner, dispatch_uid="integrations.calendars.zone")
def read_in_the_new_zone(
    *, instance: Owner, created: bool, update_fields: Collection[str] | None, **_kwargs: Any
) -> None:
    if created or not (update_fields is None or "timezone" in update_fields):
        return
    read_in_another = Calendar.objects.filter(owner=instance).exclude(zone__in=["", str(instance.timezone)])
    for calendar in read_in_another.defer("secret"):
        mirror.look(calendar)
