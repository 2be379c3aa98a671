"""Owners' webhooks, for administrators to look at. Secrets are sealed and shown to nobody here."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.webhooks.models import Delivery, Endpoint, Event


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin[Endpoint]):
    contents = {"url": "id", "description": ""}
    list_display = ("url", "owner", "created_at", "failing_since", "failures", "disabled_at", "disabled_why")
    list_filter = (("failing_since", admin.EmptyFieldListFilter), "disabled_why")
    list_select_related = ("owner",)
    ordering = ("-created_at", "-pk")
    search_fields = ("owner__email__any_case",)
    readonly_fields = ("todo",)
    fields = (
        "owner",
        "todo",
        "url",
        "description",
        "events",
        "created_at",
        "failing_since",
        "failures",
        "disabled_at",
        "disabled_why",
    )

    @admin.display(description=_("what to do"))
    def todo(self, endpoint: Endpoint) -> str:
        if endpoint.disabled_why == Endpoint.Disabled.FAILING:
            return gettext("The owner mends the receiver and switches it on again; they were told.")
        if endpoint.failing_since is not None:
            return gettext("Its deliveries say how it fails, and its owner sees that. Of all at once, see the network.")
        return "—"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    contents = {"endpoint": "endpoint_id", "excerpt": ""}
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


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """That it happened; what receivers are told of it is their owner's."""

    contents = {}
    list_display = ("at", "type", "owner", "due_at")
    list_select_related = ("owner",)
    ordering = ("-due_at", "-pk")  # they are forgotten in the order in which they happened
    search_fields = ("pk", "owner__email__any_case")
    fields = ("id", "owner", "type", "at", "due_at")
