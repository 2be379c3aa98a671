"""The first page of the administration: what fails, how long, and where to go.

Each card asks few questions over indexes, for two seconds at most; one that fails or takes longer says so, and the
others are there all the same. What is counted here is counted by the same functions for /metrics and the doctor.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import connections, overview, registry, resting
from integrations.models import ProviderAccount
from meetings import diary
from meetings.links import late
from meetings.models import Invitation, LinkJob
from okey.lib.statements import at_most
from okey.mails import failing
from okey.pulse.models import Process, Pulse
from okey.seeing.charts import Chart
from okey.webhooks.models import Endpoint

logger = logging.getLogger(__name__)

SECONDS = 2.0
DAYS = 14
#: A sign of life comes every few seconds.
STOPPED = timedelta(minutes=1)
THIS_WEEK = timedelta(days=7)
#: So many people with the most links of today.
NEAREST = 5
#: How long links wait, by these bounds.
AGES = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
STATES = {
    ProviderAccount.State.LIVE: "good",
    ProviderAccount.State.NEEDS_RECONNECT: "bad",
    ProviderAccount.State.ENDED: "",
}


@dataclass(frozen=True)
class Line:
    """`tone`: good, wait, bad or "". `url`: the list of what was counted."""

    what: str
    count: Any
    tone: str = ""
    url: str = ""
    more: str = ""


@dataclass
class Card:
    """`lines` is empty where there is nothing to say, and `nothing` says that. `is_unread`: the database failed."""

    title: str
    nothing: str = ""
    lines: list[Line] = field(default_factory=list)
    chart: Chart | None = None
    is_unread: bool = False


def cards() -> list[Card]:
    now = timezone.now()
    return [_read(title(), fill, now) for title, fill in CARDS]


def _read(title: str, fill: Callable[[Card, datetime], None], now: datetime) -> Card:
    card = Card(title)
    try:
        with at_most(SECONDS):
            fill(card, now)
    except DatabaseError as error:
        logger.warning("The administrators' first page could not read %s (%s).", fill.__name__, type(error).__name__)
        return Card(title, is_unread=True)
    return card


def _list(model: str, **query: str) -> str:
    return f"/admin/{model}/" + (f"?{urlencode(query)}" if query else "")


def _running(card: Card, now: datetime) -> None:
    pulse, processes = Pulse.last(), list(Process.running())
    is_well = pulse is not None and now - pulse.at < STOPPED
    ago = _("%(ago)s ago") % {"ago": timesince(pulse.at, now)} if pulse else _("never")
    card.lines = [
        Line(_("Last sign of life"), ago, "good" if is_well else "bad", "/integrations/doctor/"),
        Line(_("Workers and beat that run"), len(processes), "" if processes else "bad", _list("pulse/process")),
    ]


def _connections(card: Card, now: datetime) -> None:
    card.nothing = _("Nobody has connected an account yet.")
    for vendor, state, count in sorted(overview.accounts_by_state()):
        name = registry.vendor(vendor).name if vendor in registry.VENDORS else vendor
        what = f"{name}: {ProviderAccount.State(state).label}"
        url = _list("integrations/provideraccount", vendor=vendor, state__exact=state)
        card.lines.append(Line(what, count, STATES[ProviderAccount.State(state)], url))
    days = overview.by_day(now, DAYS)
    came, went = sum(one for _day, one, _other in days), sum(one for _day, _other, one in days)
    if came or went:
        says = _("Connections in %(days)d days: %(came)d came, %(went)d went.")
        card.chart = Chart(
            says % {"days": DAYS, "came": came, "went": went},
            ((_("came"), "good"), (_("went"), "bad")),
            [(date_format(day, "j M"), (one, other)) for day, one, other in days],
        )


def _links(card: Card, now: datetime) -> None:
    card.nothing = _("No link is late.")
    for problem, count, since in late.by_problem(now):
        what = str(LinkJob.Problem(problem).label) if problem else _("No answer yet")
        ago = _("the oldest for %(ago)s") % {"ago": timesince(since, now)}
        is_harmless = problem == LinkJob.Problem.DAILY_LIMIT
        query = {"wait": "late"} | ({"problem__exact": problem} if problem else {})
        card.lines.append(Line(what, count, "wait" if is_harmless else "bad", _list("meetings/linkjob", **query), ago))
    for problem, count in late.given_up(now).values_list("problem").annotate(Count("pk")).order_by():
        url = _list("meetings/linkjob", wait="given_up", problem__exact=problem)
        card.lines.append(Line(str(LinkJob.Problem(problem).label), count, "bad", url, _("given up")))
    ages = _ages(now)
    if any(ages):
        names = (_("to 10 min"), _("to 1 h"), _("to 1 day"), _("longer"))
        says = ngettext("%(count)d link waits, by how long.", "%(count)d links wait, by how long.", sum(ages))
        rows = [(name, (count,)) for name, count in zip(names, ages, strict=True)]
        card.chart = Chart(says % {"count": sum(ages)}, ((_("waiting"), "wait"),), rows)


def _ages(now: datetime) -> list[int]:
    bounds = [now - age for age in AGES]
    asked = {
        "n0": Q(wanted_at__gt=bounds[0]),
        "n1": Q(wanted_at__lte=bounds[0], wanted_at__gt=bounds[1]),
        "n2": Q(wanted_at__lte=bounds[1], wanted_at__gt=bounds[2]),
        "n3": Q(wanted_at__lte=bounds[2]),
    }
    return list(late.links(now).aggregate(**{name: Count("pk", filter=one) for name, one in asked.items()}).values())


def _quota(card: Card, now: datetime) -> None:
    """As far as the diaries know: what a person does at the provider themselves counts there, too."""
    card.nothing = _("No link was made today at a provider that counts them.")
    at_limit = ProviderAccount.objects.filter(blocked_until__gt=now).count()
    if at_limit:
        url = _list("integrations/provideraccount", limit="met")
        card.lines.append(Line(_("Accounts whose day is used up"), at_limit, "wait", url))
    limits = {slug: limit for slug in registry.PROVIDERS if (limit := connections.links_a_day(slug))}
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = diary.told_providers(midnight, limits)[:NEAREST]
    for owner, provider, count in counted:
        limit = limits[provider]
        tone = "bad" if count >= limit else "wait" if count * 4 >= limit * 3 else ""
        what = f"{owner} · {connections.provider_name(provider)}"
        url = _list("meetings/meeting", q=owner, provider=provider)
        card.lines.append(Line(what, count, tone, url, _("of %(limit)d a day") % {"limit": limit}))


def _mails(card: Card, now: datetime) -> None:
    card.nothing = _("All mails go out.")
    trying = Invitation.objects.filter(failing_since__isnull=False, due_at__isnull=False)
    found = (
        (_("Mails, tried again"), failing.tried_again(), "wait", _list("mails/mail", state="again")),
        (_("Mails, given up lately"), failing.given_up(), "bad", _list("mails/mail", state="given_up")),
        (
            _("Mails to clients, tried again"),
            trying,
            "wait",
            _list("meetings/invitation", failing_since__isempty="0"),
        ),
        (
            _("Mails to clients, given up this week"),
            Invitation.objects.filter(failed_at__gte=now - THIS_WEEK),
            "bad",
            _list("meetings/invitation", failed_at__isempty="0"),
        ),
    )
    card.lines = [Line(what, count, tone, url) for what, rows, tone, url in found if (count := rows.count())]


def _webhooks(card: Card, now: datetime) -> None:  # noqa: ARG001 -- as the others
    card.nothing = _("All receivers answer.")
    failed = Endpoint.objects.filter(disabled_at=None, failing_since__isnull=False).count()
    off = Endpoint.objects.filter(disabled_why=Endpoint.Disabled.FAILING).count()
    if failed:
        url = _list("webhooks/endpoint", failing_since__isempty="0", disabled_why__exact="")
        card.lines.append(Line(_("Receivers that fail"), failed, "wait", url))
    if off:
        url = _list("webhooks/endpoint", disabled_why__exact=Endpoint.Disabled.FAILING)
        card.lines.append(Line(_("Switched off, since they failed for days"), off, "bad", url))


def _resting(card: Card, now: datetime) -> None:
    card.nothing = _("No provider is left alone.")
    wide = resting.in_force(now).aggregate(all=Count("pk"), wide=Count("pk", filter=Q(is_wide=True)))
    for what, count, tone, query in (
        (_("Providers that rest for everybody"), wide["wide"], "bad", {"is_wide__exact": "1"}),
        (_("Accounts that rest"), wide["all"] - wide["wide"], "wait", {"is_wide__exact": "0"}),
    ):
        if count:
            card.lines.append(Line(what, count, tone, _list("integrations/rest", **query)))


CARDS: tuple[tuple[Callable[[], str], Callable[[Card, datetime], None]], ...] = (
    (lambda: _("Running"), _running),
    (lambda: _("Links"), _links),
    (lambda: _("Connected accounts"), _connections),
    (lambda: _("Links today, nearest to the limit first"), _quota),
    (lambda: _("Mails"), _mails),
    (lambda: _("Webhooks"), _webhooks),
    (lambda: _("Resting"), _resting),
)
