"""Owners' API tokens, for administrators to look at. Nobody sees a secret: there is none to see."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from okey.api.models import ApiToken
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    list_display = ("name", "prefix", "owner", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = ("prefix", "owner__email__any_case")
    search_help_text = _("The owner’s whole e-mail address, or how the token begins.")
    fields = ("owner", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
