"""Which permissions a vendor is asked for: what a service needs, and more where its owner has switched more on."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from integrations import registry
from integrations.calendars.models import Calendar
from integrations.models import Connection
from integrations.providers.base import Service


def wanted(owner_id: Any, service: Service) -> list[str]:
    """What this owner's sign-in asks for. To write in calendars, only where they have meetings entered there."""
    calendars = registry.CALENDARS.get(service.slug)
    is_written = calendars is not None and _entered(service.slug).filter(owner=owner_id).exists()
    return [*service.scopes, *(calendars().writing[:1] if calendars and is_written else ())]


def lost_for_entries(account_id: uuid.UUID, before: Iterable[str], after: Iterable[str]) -> list[str]:
    """What an account's users would not have any more that their entries need: those who have it `before`."""
    used = Connection.objects.active().filter(account=account_id, provider__in=registry.CALENDARS)
    written = set(_entered(*registry.CALENDARS).filter(connection__in=used).values_list("source", flat=True))
    sources = [registry.calendars(slug) for slug in sorted(written)]
    return [one.writing[0] for one in sources if one.may_write(before) and not one.may_write(after)]


def _entered(*sources: str) -> "QuerySet[Calendar]":
    return Calendar.objects.filter(source__in=sources, takes_meetings=True)
