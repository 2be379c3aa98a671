"""All accounts and connections at once, for administrators: by state, and by day."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from integrations.models import ConnectionEvent, ProviderAccount

#: So many lines of the diaries are looked at, the newest ones.
READ = 10_000
#: What the diaries call it when a connection came to be, and when it went.
CAME, WENT = ("connected", "reconnected"), ("needs_reconnect", "removed", "disconnected")


def accounts_by_state() -> list[tuple[str, str, int]]:
    """Vendor, state and how many. There are as many accounts as owners, at most some."""
    return list(ProviderAccount.objects.values_list("vendor", "state").annotate(Count("pk")).order_by())


def by_day(now: datetime, days: int) -> list[tuple[date, int, int]]:
    """Each day, to today (UTC): how many connections came, and how many went."""
    since = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    older = ConnectionEvent.objects.order_by("-pk").values_list("pk", flat=True)[READ : READ + 1].first() or 0
    lines = ConnectionEvent.objects.filter(pk__gt=older, at__gte=since, kind__in=(*CAME, *WENT))
    found = lines.annotate(day=TruncDate("at"))
    counted: Counter[tuple[date, str]] = Counter()
    for day, kind, count in found.values_list("day", "kind").annotate(Count("pk")).order_by():
        counted[day, kind] += count
    each = (since.date() + timedelta(days=number) for number in range(days))
    return [(day, _sum(counted, day, CAME), _sum(counted, day, WENT)) for day in each]


def _sum(counted: "Counter[tuple[date, str]]", day: date, kinds: Iterable[str]) -> int:
    return sum(counted[day, kind] for kind in kinds)
