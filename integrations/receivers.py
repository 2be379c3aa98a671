"""Hears when an administrator lets an owner use meeting providers again: what waited for that goes on."""

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from integrations import grants
from integrations.models import Connection
from okey.owners.models import Owner

ENTITLING = {"is_active", "meeting_providers_enabled"}


@receiver(post_save, sender=Owner, dispatch_uid="integrations.entitled_again")
def announce_connections(
    *, instance: Owner, created: bool, update_fields: Collection[str] | None, **_kwargs: Any
) -> None:
    if created or not (instance.is_active and instance.meeting_providers_enabled):
        return
    if update_fields is None or ENTITLING & set(update_fields):
        for connection in Connection.objects.active().filter(owner=instance):
            grants.announce_to(instance.pk, connection.provider)
