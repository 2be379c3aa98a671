"""Owners' API tokens and grants, for administrators to look at. Nobody sees a secret: there is none to see."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django_mcpz.oauth.models import AccessToken, Client, RefreshToken

from okey.api.models import ApiToken, Grant
from okey.lib.read_only_admin import ReadOnlyAdmin

# O-Key keeps tokens of its own (okey.api.oauth.grants); of the package's tables it uses the clients.
for _model in (AccessToken, RefreshToken, Client):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    contents = {"name": ""}
    list_display = ("name", "prefix", "owner", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = ("prefix", "owner__email__any_case")
    search_help_text = _("The owner’s whole e-mail address, or how the token begins.")
    fields = ("owner", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin[Grant]):
    contents = {"name": "id"}
    list_display = ("name", "owner", "scopes", "redirect_uri", "created_at", "last_used_at", "expires_at", "ended_at")
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = ("owner__email__any_case",)
    search_help_text = _("The owner’s whole e-mail address.")
    fields = (
        "owner",
        "name",
        "client",
        "scopes",
        "resource",
        "redirect_uri",
        "created_at",
        "exchanged_at",
        "last_used_at",
        "expires_at",
        "ended_at",
    )


@admin.register(Client)
class ClientAdmin(ReadOnlyAdmin[Client]):
    contents = {}
    list_display = ("name", "kind", "client_id", "created_at", "last_used_at")
    ordering = ("-pk",)
    search_fields = ("client_id",)
    search_help_text = _("The whole client ID.")
    fields = ("name", "kind", "client_id", "redirect_uris", "created_at", "fetched_at", "last_used_at")
