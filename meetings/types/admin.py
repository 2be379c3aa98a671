"""What owners offer and when, for administrators to look at."""

from django.contrib import admin

from meetings.models import DateOverride, MeetingSettings, MeetingType, SingleUseLink, WorkingHours
from okey.lib.read_only_admin import ReadOnlyAdmin


@admin.register(MeetingSettings)
class MeetingSettingsAdmin(ReadOnlyAdmin[MeetingSettings]):
    contents = {}
    list_display = ("owner", "slot_minutes", "notice_minutes", "horizon_days", "daily_maximum")
    ordering = ("pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)


@admin.register(MeetingType)
class MeetingTypeAdmin(ReadOnlyAdmin[MeetingType]):
    contents = {
        "name": "id", "slug": "", "description": "", "lengths": "", "place_words": "", "weekly": "", "questions": "",
        "leads_to": "",
    }  # fmt: skip
    list_display = ("owner", "name", "slug", "place", "is_on", "is_hidden")
    fields = (
        "owner", "name", "slug", "description", "lengths", "place", "place_words", "provider", "weekly",
        "notice_minutes", "horizon_days", "a_day", "a_week", "seats", "guests",
        "needs_approval", "change_notice_minutes",
        "questions", "leads_to", "is_on", "is_hidden", "position",
    )  # fmt: skip
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)


@admin.register(SingleUseLink)
class SingleUseLinkAdmin(ReadOnlyAdmin[SingleUseLink]):
    """The token is a client's key: it is not here."""

    contents = {}
    list_display = ("id", "meeting_type_id", "created_at", "expires_at", "used_at", "withdrawn_at")
    fields = ("created_at", "expires_at", "used_at", "withdrawn_at")
    ordering = ("-pk",)
    search_fields = ("meeting_type__owner__email__any_case",)


@admin.register(WorkingHours)
class WorkingHoursAdmin(ReadOnlyAdmin[WorkingHours]):
    contents = {}
    list_display = ("owner", "weekday", "starts", "ends")
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)


@admin.register(DateOverride)
class DateOverrideAdmin(ReadOnlyAdmin[DateOverride]):
    contents = {}
    list_display = ("owner", "date", "starts", "ends")
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)
