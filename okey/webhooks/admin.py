"""Owners' webhooks, for administrators to look at. Secrets are sealed and shown to nobody here."""

from django.contrib import admin

from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.webhooks.models import Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin[Endpoint]):
    list_display = ("url", "owner", "created_at", "failing_since", "failures", "disabled_at", "disabled_why")
    list_filter = ("disabled_why",)
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = ("owner__email__any_case",)
    fields = (
        "owner",
        "url",
        "description",
        "events",
        "created_at",
        "failing_since",
        "failures",
        "disabled_at",
        "disabled_why",
    )


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = ("event", "endpoint", "state", "attempts", "status_code", "ms", "trouble", "created_at", "due_at")
    list_filter = ("state", "trouble")
    list_select_related = ("endpoint", "event")
    ordering = ("-created_at", "-pk")
    search_fields = ("endpoint__owner__email__any_case",)
    fields = (
        "endpoint",
        "event",
        "state",
        "attempts",
        "status_code",
        "ms",
        "trouble",
        "excerpt",
        "created_at",
        "tried_at",
        "due_at",
        "give_up_at",
    )
