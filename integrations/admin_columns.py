"""What the administrators' lists share: a provider by its name, a day, a status."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import connections, registry
from integrations.models import Connection, ProviderAccount
from integrations.providers.base import Capability, OAuthProvider, Service


class ProviderFilter(admin.SimpleListFilter):
    title = gettext_lazy("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(slug, registry.connectable(slug).name) for slug in (*registry.PROVIDERS, *registry.CALENDARS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provider=self.value()) if self.value() else queryset


class VendorFilter(admin.SimpleListFilter):
    title = gettext_lazy("vendor")
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(slug, registry.vendor(slug).name) for slug in registry.VENDORS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(vendor=self.value()) if self.value() else queryset


class LimitFilter(admin.SimpleListFilter):
    title = gettext_lazy("daily limit")
    parameter_name = "limit"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("met", _("used up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(blocked_until__gt=timezone.now()) if self.value() == "met" else queryset


class ProviderNamed:
    """For a list or a row of something that has a provider."""

    @admin.display(description=gettext_lazy("provider"), ordering="provider")
    def provider_name(self, row: Any) -> str:
        return str(connections.provider_name(row.provider)) or "—"


def day(at: datetime | None) -> str:
    """The day in the list, the time as its title."""
    if at is None:
        return "—"
    here = timezone.localtime(at)
    return format_html(
        '<span title="{}">{}</span>',
        formats.date_format(here, "DATETIME_FORMAT"),
        formats.date_format(here, "SHORT_DATE_FORMAT"),
    )


def shortened(text: str, length: int = 40) -> str:
    """The beginning in the list, the whole as its title."""
    if len(text) <= length:
        return text or "—"
    return format_html('<span title="{}">{}…</span>', text, text[:length].rstrip())


class StatusFilter(admin.SimpleListFilter):
    """By the status that the list shows."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            (connections.CONNECTED, _("Connected")),
            (connections.NEEDS_RECONNECTING, _("Needs reconnecting")),
            (connections.NOT_CONNECTED, _("Not connected")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> QuerySet[Connection]:
        if self.value() == connections.CONNECTED:
            return queryset.filter(_makes_links(), ended_at=None)
        if self.value() == connections.NEEDS_RECONNECTING:
            return queryset.filter(ended_at=None).exclude(_makes_links())
        if self.value() == connections.NOT_CONNECTED:
            return queryset.filter(ended_at__isnull=False)
        return queryset


def _makes_links() -> Q:
    """connections.can_make_links, for the database: there are few different sets of scopes."""
    live = ProviderAccount.objects.filter(state=ProviderAccount.State.LIVE)
    able = Q(account=None)
    for provider, scopes in _able(live.order_by().values_list("vendor", "scopes").distinct()):
        able |= Q(
            account__state=ProviderAccount.State.LIVE, provider=provider, account__scopes=scopes
        )  # fmt: skip
    return able


def _able(granted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (one.slug, scopes)
        for vendor, scopes in granted
        for one in registry.services(vendor)
        if _does_its_work(one, frozenset(scopes.split()))
    ]


def _does_its_work(one: Service, scopes: frozenset[str]) -> bool:
    if isinstance(one, OAuthProvider):
        return Capability.CREATE in one.capabilities(scopes)
    return not one.missing_scopes(scopes)
