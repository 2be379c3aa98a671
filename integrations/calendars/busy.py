"""What availability asks: which times an owner's calendars take, and which of them cannot be asked."""

import uuid
from datetime import datetime

from django.db.models import Q, QuerySet

from integrations.calendars.models import BusyTime, Calendar


def times(owner_id: uuid.UUID, since: datetime, until: datetime) -> QuerySet[BusyTime]:
    """What reaches into this span, as it was last read. One query, however many calendars there are."""
    return BusyTime.objects.filter(owner=owner_id, ends_at__gt=since, starts_at__lt=until)


def unsure(owner_id: uuid.UUID) -> list[Calendar]:
    """Those that were never read, or cannot be read at the moment: their times are what they were."""
    return list(Calendar.objects.filter(Q(read_at=None) | ~Q(trouble=""), owner=owner_id).defer("secret"))
