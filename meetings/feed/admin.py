"""Owners' calendar feeds, for administrators to look at. The address is sealed and shown to nobody here."""

from django.contrib import admin

from meetings.feed.models import CalendarFeed
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin[CalendarFeed]):
    contents = {}
    list_display = ("owner", "made_at", "read_at")
    list_select_related = ("owner",)
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    fields = ("owner", "made_at", "read_at")
