"""Rate limits: so many times in a fixed window, the same for every process.

Windows are cut by the clock, so somebody can do at most twice as much around a window's edge as within one.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from okey.limits.models import Tally


@dataclass(frozen=True)
class Verdict:
    """`limit` and how many are `left` in this window, which ends at `resets_at`."""

    allowed: bool
    limit: int
    left: int
    resets_at: datetime

    @property
    def retry_seconds(self) -> int:
        """Whole seconds until the window ends, at least 1: as Retry-After says it."""
        return max(1, round((self.resets_at - timezone.now()).total_seconds() + 0.5))


def hit(what: str, who: str, *, limit: int, seconds: int) -> Verdict:
    """Count one more `what` by `who` (an address, an ID), and say whether that is still within the limit."""
    key = hashlib.sha256(f"{what}\0{who}".encode()).hexdigest()
    stamp = int(timezone.now().timestamp())
    began = datetime.fromtimestamp(stamp - stamp % seconds, UTC)
    ends = datetime.fromtimestamp(stamp - stamp % seconds + seconds, UTC)
    count = _count(key, began, ends)
    return Verdict(count <= limit, limit, max(0, limit - count), ends)


def _count(key: str, began: datetime, ends: datetime) -> int:
    """Counted and read under one lock, so that nobody reads what another has counted since."""
    mine = Tally.objects.filter(key=key, began_at=began)
    with transaction.atomic():
        if not mine.update(count=F("count") + 1):
            Tally.objects.filter(key=key, ends_at__lte=began).delete()
            try:
                with transaction.atomic():
                    Tally.objects.create(key=key, began_at=began, ends_at=ends, count=1)
                    return 1
            except IntegrityError:  # another process was first
                mine.update(count=F("count") + 1)
        return mine.values_list("count", flat=True).first() or 1


def address_of(request: HttpRequest) -> str:
    """The client's network address. Behind a trusted proxy the last one that the proxy added."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.TRUST_PROXY_HEADERS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
