"""What availability asks: which times an owner's calendars take, and which of them have not answered."""

import uuid
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from integrations.calendars import mirror
from integrations.calendars.models import Answer, BusyTime, Calendar, WhenUnread

#: How long a live answer is good: as long as it may take from the question to the owner's lock.
GOOD_FOR = timedelta(seconds=15)


def times(owner_id: uuid.UUID, since: datetime, until: datetime) -> QuerySet[BusyTime]:
    """What reaches into this span, as it was last read. One query, however many calendars there are."""
    return BusyTime.objects.filter(owner=owner_id, ends_at__gt=since, starts_at__lt=until)


def of_owner(owner_id: uuid.UUID) -> QuerySet[Calendar]:
    """What pages show of the owner's calendars; nothing that opens one."""
    return Calendar.objects.filter(owner=owner_id).defer("secret")


def shut(owner_id: uuid.UUID) -> QuerySet[Calendar]:
    """Those that have not been read for so long that their owner wants nothing offered."""
    long_ago = timezone.now() - Calendar.PATIENCE
    found = Calendar.objects.filter(owner=owner_id, when_unread=WhenUnread.NOTHING, failing_since__lte=long_ago)
    return found.order_by()


def covers(calendar: Calendar, since: datetime, until: datetime) -> bool:
    """Whether its busy times are kept for this span: as it was last read in full, from a week back to a year ahead."""
    ends = calendar.covers_until
    return ends is not None and since >= ends - mirror.AHEAD - mirror.BEHIND and until <= ends


def has_calendars(owner_id: uuid.UUID) -> bool:
    return Calendar.objects.filter(owner=owner_id).exists()


def unanswered(owner_id: uuid.UUID, starts_at: datetime, ends_at: datetime) -> QuerySet[Calendar]:
    """Those that have not said of this time just now (live.py) what takes it: their times are what they were."""
    lately = timezone.now() - GOOD_FOR
    answers = Answer.objects.filter(calendar=OuterRef("pk"), answered_at__gt=lately)
    answers = answers.filter(starts_at__lte=starts_at, ends_at__gte=ends_at)
    return Calendar.objects.filter(~Exists(answers), owner=owner_id)
