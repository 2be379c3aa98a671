"""Connected accounts, for administrators: who is connected, and what went wrong. No token is shown anywhere."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_object_actions import DjangoObjectActions, action

from integrations import connections
from integrations.models import AuthorizationAttempt, Connection, ConnectionEvent, ProviderAccount, WebhookDelivery
from okey.lib.read_only_admin import ReadOnlyAdmin


class EndedFilter(admin.SimpleListFilter):
    title = gettext_lazy("in use")
    parameter_name = "in_use"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("in use")), ("no", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Connection]) -> QuerySet[Connection]:
        if self.value() is None:
            return queryset
        return queryset.filter(ended_at__isnull=self.value() == "yes")


@admin.register(Connection)
class ConnectionAdmin(DjangoObjectActions, ReadOnlyAdmin[Connection]):  # type: ignore[misc]  # it has no types
    list_display = (
        "owner", "provider", "account_email", "status", "is_default", "scopes", "connected_at", "ended_at",
        "last_error",
    )  # fmt: skip
    list_filter = (EndedFilter, "provider", "account__state", "is_default", "connected_at")
    search_fields = ("owner__email", "owner__name", "account__email", "account__external_id", "account__display_name")
    list_select_related = ("owner", "account")
    date_hierarchy = "connected_at"
    fields = (
        "owner", "provider", "account_link", "account_email", "status", "scopes", "is_default", "link",
        "connected_at", "ended_at", "ended_why", "last_error", "last_error_at",
    )  # fmt: skip
    readonly_fields = ("account_link", "account_email", "status", "scopes", "last_error", "last_error_at")
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

    @admin.display(description=gettext_lazy("last error"))
    def last_error(self, connection: Connection) -> str:
        return (connection.account.last_error if connection.account else "") or "—"

    @admin.display(description=gettext_lazy("last error at"))
    def last_error_at(self, connection: Connection) -> object:
        return connection.account.last_error_at if connection.account else None

    @admin.action(description=gettext_lazy("Disconnect the selected accounts"), permissions=["disconnect"])
    def disconnect_all(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        done = sum(_disconnect(connection) for connection in queryset.select_related("owner"))
        text = ngettext("%(count)d account was disconnected.", "%(count)d accounts were disconnected.", done)
        self.message_user(request, text % {"count": done}, messages.SUCCESS)

    @action(
        label=gettext_lazy("Disconnect"),
        description=gettext_lazy("End this connection now"),
        methods=("POST",),
        button_type="form",
    )
    def disconnect(self, request: HttpRequest, connection: Connection) -> None:
        if _disconnect(connection):
            self.message_user(request, _("Disconnected."), messages.SUCCESS)
        else:
            self.message_user(request, _("It had ended already."), messages.INFO)

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.change_connection")


def _disconnect(connection: Connection) -> bool:
    ended = connections.disconnect(
        owner=connection.owner, connection_id=connection.pk, why=Connection.Ended.REMOVED_BY_ADMIN
    )
    return ended is not None


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ReadOnlyAdmin[ProviderAccount]):
    list_display = (
        "__str__",
        "provider",
        "state",
        "granted_at",
        "refreshed_at",
        "due_at",
        "revoke_after",
        "last_error",
    )
    list_filter = ("provider", "state", "granted_at")
    search_fields = ("email", "external_id", "display_name")
    fields = (
        "provider", "external_id", "external_account_id", "email", "display_name", "state", "lost_why", "scopes",
        "grant_no", "pair_no", "granted_at", "refreshed_at", "expires_at", "suspected_at", "revoke_after",
        "blocked_until", "due_at", "claimed_until", "attempts", "last_error", "last_error_at", "created_at",
    )  # fmt: skip


@admin.register(AuthorizationAttempt)
class AuthorizationAttemptAdmin(ReadOnlyAdmin[AuthorizationAttempt]):
    list_display = ("created_at", "owner", "provider", "status", "outcome", "detail")
    list_filter = ("provider", "status", "outcome", "created_at")
    search_fields = ("owner__email", "detail")
    list_select_related = ("owner",)
    fields = (
        "owner", "provider", "status", "outcome", "detail", "account", "connection", "in_popup", "created_at",
        "spent_at", "due_at", "attempts",
    )  # fmt: skip


@admin.register(ConnectionEvent)
class ConnectionEventAdmin(ReadOnlyAdmin[ConnectionEvent]):
    list_display = ("at", "owner", "provider", "account", "kind", "text", "tracking_id")
    list_filter = ("provider", "kind", "at")
    search_fields = ("owner__email", "account__email", "text", "tracking_id")
    list_select_related = ("owner", "account")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin[WebhookDelivery]):
    list_display = ("received_at", "provider", "external_id", "happened_at", "is_late", "verdict", "settled_at")
    list_filter = ("provider", "verdict")
    search_fields = ("external_id",)
    fields = (*list_display, "external_account_id", "due_at", "attempts")
