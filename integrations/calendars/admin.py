"""Owners' calendars, for administrators to look at. The address is sealed and shown to nobody here."""

from django.contrib import admin

from integrations.calendars.models import Calendar
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin[Calendar]):
    list_display = ("name", "owner", "source", "host", "events", "read_at", "trouble", "failing_since", "due_at")
    list_filter = ("trouble",)
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
