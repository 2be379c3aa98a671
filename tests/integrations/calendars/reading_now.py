from django.utils import timezone

from integrations.calendars import mirror
from integrations.calendars.models import Calendar
from okey.lib import claims


def read(one: Calendar) -> Calendar:
    """What a worker does when the time has come."""
    Calendar.objects.filter(pk=one.pk).update(due_at=timezone.now())
    claim = claims.take(Calendar, one.pk, seconds=mirror.LEASE_SECONDS)
    assert claim is not None
    mirror.work_on(claim)
    return Calendar.objects.get(pk=one.pk)
