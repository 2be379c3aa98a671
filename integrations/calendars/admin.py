"""Owners' calendars, for administrators to look at. The address is sealed and shown to nobody here."""

from django.contrib import admin

from integrations.calendars.models import Calendar, CalendarAccount, Subscription
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin[Calendar]):
    contents = {"name": "id", "host": ""}
    list_display = (
        "name", "owner", "source", "host", "events", "read_at", "trouble", "failing_since", "due_at", "takes_meetings",
    )  # fmt: skip
    list_filter = ("trouble", "takes_meetings")
    list_select_related = ("owner",)
    ordering = ("-added_at", "-pk")
    search_fields = ("owner__email__any_case",)
    fields = (
        "owner",
        "name",
        "source",
        "host",
        "all_day",
        "tentative",
        "when_unread",
        "can_write",
        "takes_meetings",
        "added_at",
        "read_at",
        "tried_at",
        "due_at",
        "attempts",
        "zone",
        "covers_until",
        "events",
        "skipped",
        "zoneless",
        "trouble",
        "failing_since",
        "told_at",
    )


@admin.register(CalendarAccount)
class CalendarAccountAdmin(ReadOnlyAdmin[CalendarAccount]):
    """The password is sealed; the address may hold a key, so only its host is shown."""

    contents = {"host": "", "user_name": ""}
    list_display = ("owner", "source", "host", "user_name", "added_at")
    list_select_related = ("owner",)
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    fields = ("owner", "source", "host", "user_name", "added_at")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin[Subscription]):
    """Who tells of changes. What proves a message is kept as a hash, and not shown."""

    contents = {"calendar": ""}
    fields = ("calendar", "connection", "state", "asked_at", "heard_at", "expires_at", "due_at", "attempts", "problem")
    list_display = ("id", "calendar", "state", "asked_at", "heard_at", "expires_at", "due_at", "problem")
    list_filter = ("state",)
    list_select_related = ("calendar",)
    ordering = ("-pk",)
