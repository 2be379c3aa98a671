"""Connected accounts, for administrators: who is connected, and what went wrong. No token is shown anywhere."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_object_actions import action

from integrations import connections, registry, upkeep
from integrations.admin_columns import (
    LimitFilter,
    ProviderFilter,
    ProviderNamed,
    StatusFilter,
    VendorFilter,
    day,
    shortened,
)
from integrations.models import (
    AuthorizationAttempt,
    Connection,
    ConnectionEvent,
    ProviderAccount,
    Rest,
    WebhookDelivery,
)
from okey.lib.admin_actions import ActingAdmin, Buttons, Deed
from okey.lib.read_only_admin import ReadOnlyAdmin

CONNECTION_LIST, CONNECTION_PAGE = "admin:integrations_connection_changelist", "admin:integrations_connection_change"


@admin.register(Connection)
class ConnectionAdmin(Buttons, ProviderNamed, ReadOnlyAdmin[Connection]):
    contents = {"link": "", "last_error": "", "last_error_begins": ""}
    list_display = (
        "owner", "provider_name", "account_email", "status", "scope_count", "dates", "last_error_begins",
    )  # fmt: skip
    list_filter = (StatusFilter, ProviderFilter, "is_default", "connected_at")
    search_fields = ("owner__email__any_case", "account__email__any_case", "account__external_id")
    search_help_text = gettext_lazy("The whole e-mail address of an owner or an account, or the user ID there.")
    list_select_related = ("owner", "account")
    ordering = ("-connected_at", "-pk")
    fields = (
        "owner", "provider_name", "account_link", "account_email", "status", "scopes", "is_default", "link",
        "connected_at", "ended_at", "ended_why", "last_error", "last_error_at",
    )  # fmt: skip
    readonly_fields = (
        "provider_name",
        "account_link",
        "account_email",
        "status",
        "scopes",
        "last_error",
        "last_error_at",
    )
    actions = ("disconnect_all",)
    change_actions = ("disconnect",)

    @admin.display(description=gettext_lazy("account e-mail"), ordering="account__email")
    def account_email(self, connection: Connection) -> str:
        return connection.account.email if connection.account else "—"

    @admin.display(description=gettext_lazy("provider account"))
    def account_link(self, connection: Connection) -> str | SafeString:
        if connection.account is None:
            return "—"
        return format_html(
            '<a href="../../../provideraccount/{}/change/">{}</a>', connection.account.pk, connection.account
        )

    @admin.display(description=gettext_lazy("status"), ordering="account__state")
    def status(self, connection: Connection) -> str:
        if connection.ended_at:
            return _("Not connected")
        return _("Connected") if connections.can_make_links(connection) else _("Needs reconnecting")

    @admin.display(description=gettext_lazy("scopes"))
    def scopes(self, connection: Connection) -> str:
        return connection.account.scopes if connection.account else "—"

    @admin.display(description=gettext_lazy("scopes"))
    def scope_count(self, connection: Connection) -> str:
        """All of them are on the row's own page."""
        if connection.account is None:
            return "—"
        return format_html(
            '<span title="{}">{}</span>', connection.account.scopes, len(connection.account.scope_set)
        )  # fmt: skip

    @admin.display(description=gettext_lazy("dates"), ordering="connected_at")
    def dates(self, connection: Connection) -> str | SafeString:
        """Since when, and until when."""
        if connection.ended_at is None:
            return day(connection.connected_at)
        return format_html("{} – {}", day(connection.connected_at), day(connection.ended_at))

    @admin.display(description=gettext_lazy("last error"), ordering="account__last_error_at")
    def last_error_begins(self, connection: Connection) -> str:
        return shortened(connection.account.last_error if connection.account else "")

    @admin.display(description=gettext_lazy("last error"))
    def last_error(self, connection: Connection) -> str:
        return (connection.account.last_error if connection.account else "") or "—"

    @admin.display(description=gettext_lazy("last error at"))
    def last_error_at(self, connection: Connection) -> object:
        return connection.account.last_error_at if connection.account else None

    @admin.action(description=gettext_lazy("Disconnect the selected accounts"), permissions=["disconnect"])
    def disconnect_all(self, request: HttpRequest, queryset: QuerySet[Connection]) -> HttpResponse | None:
        chosen = list(queryset.filter(ended_at=None).select_related("owner", "account"))
        if not chosen:
            self.message_user(request, _("They had ended already."), messages.INFO)
            return None
        if "apply" not in request.POST:
            hidden = [("action", "disconnect_all"), *((ACTION_CHECKBOX_NAME, str(one.pk)) for one in chosen)]
            return self._ask(request, chosen, back=request.get_full_path(), hidden=hidden)
        done = sum(self._disconnect(request, connection) for connection in chosen)
        text = ngettext("%(count)d account was disconnected.", "%(count)d accounts were disconnected.", done)
        self.message_user(request, text % {"count": done}, messages.SUCCESS)
        return None

    @action(
        label=gettext_lazy("Disconnect"),
        description=gettext_lazy("End this connection"),
        methods=("GET", "POST"),
        button_type="a",
    )
    def disconnect(self, request: HttpRequest, connection: Connection) -> HttpResponse | None:
        if not self.has_disconnect_permission(request):
            raise PermissionDenied
        if connection.ended_at is None and not (request.method == "POST" and "apply" in request.POST):
            return self._ask(request, [connection], back=reverse(CONNECTION_PAGE, args=[connection.pk]))
        if self._disconnect(request, connection):
            self.message_user(request, _("Disconnected."), messages.SUCCESS)
        else:
            self.message_user(request, _("It had ended already."), messages.INFO)
        return None

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> tuple[str, ...]:
        """What has ended cannot be disconnected."""
        row = self.get_object(request, object_id)  # None for what is no key at all
        is_active = row is not None and Connection.objects.active().filter(pk=row.pk).exists()
        return self.change_actions if is_active and self.has_disconnect_permission(request) else ()

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.change_connection")

    def _ask(
        self, request: HttpRequest, chosen: list[Connection], *, back: str, hidden: Iterable[tuple[str, str]] = ()
    ) -> HttpResponse:
        """Nothing ends before somebody has read whose connections these are."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Disconnect?"),
            "opts": self.opts,
            "rows": [(one.owner, connections.provider_name(one.provider), one.account) for one in chosen],
            "hidden": hidden,
            "list_url": reverse(CONNECTION_LIST),
            "back_url": back,
        }
        return TemplateResponse(request, "admin/integrations/disconnect_confirmation.html", context)

    def _disconnect(self, request: HttpRequest, connection: Connection) -> bool:
        """False: it had ended, or the database was too busy for it."""
        try:
            ended = connections.disconnect(
                owner=connection.owner, connection_id=connection.pk, why=Connection.Ended.REMOVED_BY_ADMIN
            )
        except connections.TryAgain:
            text = _("%(connection)s could not be ended just now: the database is busy. Try again.")
            self.message_user(request, text % {"connection": connection}, messages.WARNING)
            return False
        if ended is None:
            return False
        self.log_change(request, connection, _("Disconnected."))
        return True


REFRESH = Deed(
    name="refresh_all_now",
    question=gettext_lazy("Refresh the tokens now?"),
    consequence=gettext_lazy("Workers ask the providers for new tokens. Accounts without a living grant are left out."),
    button=gettext_lazy("Refresh"),
    noted=gettext_lazy("Asked for a refresh."),
    do=lambda account: upkeep.refresh_soon(account.pk),
)


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ActingAdmin[ProviderAccount], Buttons, ReadOnlyAdmin[ProviderAccount]):
    contents = {"__str__": "email", "display_name": "", "last_error": ""}
    list_display = (
        "__str__",
        "vendor_name",
        "state",
        "granted_at",
        "refreshed_at",
        "due_at",
        "revoke_after",
        "last_error",
    )
    list_filter = (VendorFilter, "state", LimitFilter, "granted_at")
    ordering = ("-pk",)
    search_fields = ("email__any_case", "external_id")
    search_help_text = gettext_lazy("The account’s whole e-mail address, or the user ID there.")
    readonly_fields = ("vendor_name", "todo")
    fields = (
        "vendor_name", "external_id", "external_account_id", "email", "display_name", "state", "lost_why", "todo",
        "scopes",
        "grant_no", "pair_no", "granted_at", "refreshed_at", "expires_at", "suspected_at", "revoke_after",
        "blocked_until", "due_at", "claimed_until", "attempts", "last_error", "last_error_at", "created_at",
    )  # fmt: skip

    actions = ("refresh_all_now",)
    change_actions = ("refresh_now",)

    @admin.action(description=gettext_lazy("Refresh the tokens now"), permissions=["act"])
    def refresh_all_now(self, request: HttpRequest, queryset: QuerySet[ProviderAccount]) -> HttpResponse | None:
        return self.act(request, queryset, REFRESH)

    @action(
        label=gettext_lazy("Refresh now"),
        description=gettext_lazy("A worker asks the provider for new tokens, which shows whether the grant is alive"),
        methods=("POST",),
        button_type="form",
    )
    def refresh_now(self, request: HttpRequest, account: ProviderAccount) -> None:
        if not self.has_act_permission(request):
            raise PermissionDenied
        if upkeep.refresh_soon(account.pk):
            self.log_change(request, account, str(REFRESH.noted))
            self.message_user(request, _("A worker refreshes it now. Look again in some seconds."), messages.SUCCESS)
        else:
            self.message_user(request, _("There is nothing to refresh, or it is under way."), messages.INFO)

    @admin.display(description=gettext_lazy("what to do"))
    def todo(self, account: ProviderAccount) -> str:
        if account.is_doubted:
            return _("Nothing yet: O-Key asks the provider again by itself. “Refresh now” asks at once.")
        if account.state == ProviderAccount.State.NEEDS_RECONNECT:
            return _("Its owner connects again, in the settings; they were told. Meetings that wait get links then.")
        return "—"

    @admin.display(description=gettext_lazy("vendor"), ordering="vendor")
    def vendor_name(self, account: ProviderAccount) -> str:
        return registry.vendor(account.vendor).name if account.vendor in registry.VENDORS else account.vendor


@admin.register(AuthorizationAttempt)
class AuthorizationAttemptAdmin(ProviderNamed, ReadOnlyAdmin[AuthorizationAttempt]):
    contents = {"detail": ""}
    list_display = ("created_at", "owner", "provider_name", "status", "outcome", "detail")
    list_filter = (ProviderFilter, "status", "outcome", "created_at")
    ordering = ("-created_at",)
    readonly_fields = ("provider_name",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)
    fields = (
        "owner", "provider_name", "status", "outcome", "detail", "account", "connection", "in_popup", "created_at",
        "spent_at", "due_at", "attempts",
    )  # fmt: skip


@admin.register(ConnectionEvent)
class ConnectionEventAdmin(ProviderNamed, ReadOnlyAdmin[ConnectionEvent]):
    contents = {"text": ""}
    list_display = ("at", "owner", "provider_name", "account", "kind", "text", "tracking_id")
    list_filter = (ProviderFilter, "at")
    ordering = ("-at", "-pk")
    readonly_fields = ("provider_name",)
    fields = list_display
    search_fields = ("owner__email__any_case", "account__email__any_case")
    search_help_text = gettext_lazy("The whole e-mail address of an owner or an account.")
    list_select_related = ("owner", "account")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ProviderNamed, ReadOnlyAdmin[WebhookDelivery]):
    contents = {}
    list_display = ("received_at", "provider_name", "external_id", "happened_at", "is_late", "verdict", "settled_at")
    list_filter = (ProviderFilter,)
    ordering = ("-pk",)
    readonly_fields = ("provider_name",)
    search_fields = ("external_id",)
    fields = (*list_display, "external_account_id", "due_at", "attempts")


@admin.register(Rest)
class RestAdmin(ReadOnlyAdmin[Rest]):
    """Accounts and providers that fail: a row is there while they do."""

    contents = {}
    list_display = ("key", "is_wide", "failures", "rest_until", "trial_until", "proofs", "changed_at")
    list_filter = ("is_wide",)
    ordering = ("pk",)
    readonly_fields = ("todo",)
    fields = (*list_display, "accounts", "todo")

    @admin.display(description=gettext_lazy("what to do"))
    def todo(self, rest: Rest) -> str:
        """The same for all."""
        return _("Nothing: one call tries when the rest is over. If it lasts, see the provider’s status page.")
