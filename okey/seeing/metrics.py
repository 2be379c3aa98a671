"""/metrics, for Prometheus. What the tables know is read from them, by few small questions over indexes; what has
happened is in the counters of all processes together (okey.figures). So it does not matter which process is asked.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from redis import RedisError

from integrations import overview, resting
from meetings.links import late
from meetings.models import Invitation
from okey import figures
from okey.lib.claims import Claimable
from okey.pulse.models import Pulse

#: More rows than these are not counted: it is a lot, and that is all that one needs to know.
COUNTED_MAX = 10_000


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """For whoever has the operator's token; without a token in the settings there is no such page."""
    token = settings.OKEY_METRICS_TOKEN
    if not token:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(Everything())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


class Everything(Collector):
    """All there is, read anew each time."""

    def describe(self) -> Iterator[Metric]:
        """Nothing: whoever registers must not read the tables for that."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            known = list(_from_tables(timezone.now()))
        except DatabaseError:
            known = []
        yield _gauge("okey_database_up", "Whether the database answers.", bool(known))
        yield from known
        try:
            counted = list(_from_counters())
        except (RedisError, OSError, ValueError):
            counted = []
        yield _gauge("okey_counters_up", "Whether Redis, which has the counters, answers.", bool(counted))
        yield from counted


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))


# --- What the tables know ---------------------------------------------------------------------------------


def _from_tables(now: datetime) -> Iterator[Metric]:
    pulse = Pulse.last()
    age = (now - pulse.at).total_seconds() if pulse else float("inf")
    yield _gauge("okey_pulse_age_seconds", "Since beat, the broker and a worker showed that they live.", age)
    yield from _due(now)
    yield from _links(now)
    yield _accounts()
    yield _resting(now)
    failing = Invitation.objects.filter(failing_since__isnull=False, due_at__isnull=False)
    words = "Invitations whose mails the mail server does not take."
    yield _gauge("okey_invitations_failing", words, failing[:COUNTED_MAX].count())


def _due(now: datetime) -> Iterator[Metric]:
    """Those included that rest: what is due stays due."""
    labels = ["lane", "table"]
    rows = GaugeMetricFamily("okey_due_rows", f"Rows that are due, {COUNTED_MAX} at most.", labels=labels)
    oldest = GaugeMetricFamily("okey_due_oldest_seconds", "How long the oldest of them is due.", labels=labels)
    for model in apps.get_models():
        if issubclass(model, Claimable):
            due = model._default_manager.filter(due_at__lte=now)
            first = due.order_by("due_at").values_list("due_at", flat=True).first()
            values = [model.lane, model._meta.label_lower]
            rows.add_metric(values, due.order_by()[:COUNTED_MAX].count() if first else 0)
            oldest.add_metric(values, (now - first).total_seconds() if first else 0)
    yield from (rows, oldest)


def _links(now: datetime) -> Iterator[Metric]:
    words = f"Meetings that wait longer than {late.SLOW // timedelta(seconds=1)} s for what their provider owes."
    waiting = GaugeMetricFamily("okey_links_waiting", words, labels=["problem"])
    oldest = 0.0
    for problem, count, since in late.by_problem(now):
        waiting.add_metric([problem or "none"], count)
        oldest = max(oldest, (now - since).total_seconds())
    yield waiting
    words = "How long the oldest of them waits, but for those whose provider’s daily limit is used up."
    pressing = late.pressing(now).aggregate(first=Min("wanted_at"))["first"]
    yield _gauge("okey_links_waiting_oldest_seconds", words, (now - pressing).total_seconds() if pressing else 0)


def _accounts() -> Metric:
    accounts = GaugeMetricFamily("okey_accounts", "Provider accounts.", labels=["vendor", "state"])
    for vendor, state, count in overview.accounts_by_state():
        accounts.add_metric([vendor, state], count)
    return accounts


def _resting(now: datetime) -> Metric:
    rests = GaugeMetricFamily(
        "okey_resting", "Providers, and single accounts, that are left alone for a while.", labels=["provider", "what"]
    )
    found: dict[tuple[str, str], int] = defaultdict(int)
    for key, is_wide in resting.in_force(now).values_list("key", "is_wide"):
        found[key.partition(" ")[0], "provider" if is_wide else "account"] += 1
    for labels, count in sorted(found.items()):
        rests.add_metric(labels, count)
    return rests


# --- What has happened ------------------------------------------------------------------------------------


def _from_counters() -> Iterator[Metric]:
    """Each with all its names, also while nothing was counted."""
    found: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for name, labels, value in figures.counted():
        found[name][tuple(labels)] = value
    for counter in figures.COUNTERS:
        family = CounterMetricFamily(counter.name, counter.help, labels=counter.labels)
        for values, amount in sorted(found[counter.name].items()):
            if len(values) == len(counter.labels):  # not of another version's
                family.add_metric(values, amount)
        yield family
    for counter in figures.HISTOGRAMS:
        yield _histogram(counter, found[counter.name])


def _histogram(counter: figures.Counter, found: dict[tuple[str, ...], float]) -> Metric:
    family = HistogramMetricFamily(counter.name, counter.help, labels=counter.labels)
    for values in sorted({labels[:-1] for labels in found}):
        total, buckets = 0.0, []
        for bound in figures.BUCKETS:
            total += found.get((*values, bound), 0)
            buckets.append((bound, total))
        family.add_metric(values, buckets, sum_value=found.get((*values, figures.SUM), 0))
    return family
