"""Meetings and the jobs that make their links, for administrators to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integrations.admin_columns import ProviderFilter, ProviderNamed
from meetings.models import (
    DateOverride,
    Invitation,
    LinkJob,
    Meeting,
    MeetingEvent,
    MeetingSettings,
    ProviderMeeting,
    WorkingHours,
)
from okey.lib.read_only_admin import ReadOnlyAdmin


class _ReadOnlyInline(admin.TabularInline[Any, Meeting]):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LinkJobInline(_ReadOnlyInline):
    model = LinkJob
    fields = ("due_at", "attempts", "sent_at", "claimed_until", "problem", "detail", "tracking_id")
    readonly_fields = ("due_at", "attempts", "claimed_until")


class ProviderMeetingInline(ProviderNamed, _ReadOnlyInline):
    model = ProviderMeeting
    fields = ("provider_name", "account", "external_id", "state", "synced_revision", "created_at")
    readonly_fields = ("provider_name", "created_at")


class MeetingEventInline(_ReadOnlyInline):
    model = MeetingEvent
    fields = ("at", "text", "tracking_id")


@admin.register(Meeting)
class MeetingAdmin(ProviderNamed, ReadOnlyAdmin[Meeting]):
    list_display = (
        "title",
        "owner",
        "contact",
        "starts_at",
        "provider_name",
        "has_link",
        "problem",
        "source",
        "cancelled_at",
    )
    list_filter = (ProviderFilter, "source", "link_job__problem", "starts_at")
    ordering = ("-starts_at", "-pk")
    readonly_fields = ("provider_name",)
    search_fields = ("pk", "owner__email__any_case", "contact__email__any_case")
    search_help_text = _("The whole e-mail address of an owner or a contact, or the meeting’s ID.")
    list_select_related = ("owner", "contact", "link_job")
    fields = (
        "title", "owner", "contact", "starts_at", "minutes", "timezone", "source", "provider_name", "revision",
        "cancelled_at", "created_at",
    )  # fmt: skip
    inlines = (LinkJobInline, ProviderMeetingInline, MeetingEventInline)

    @admin.display(description=_("link"), boolean=True)
    def has_link(self, meeting: Meeting) -> bool:
        return bool(meeting.join_url)

    @admin.display(description=_("problem"))
    def problem(self, meeting: Meeting) -> str:
        return meeting.link_job.get_problem_display() or "—"


@admin.register(LinkJob)
class LinkJobAdmin(ReadOnlyAdmin[LinkJob]):
    # What matters stands first: a narrow screen shows no more than two columns.
    list_display = ("state", "meeting", "due_at", "attempts", "detail", "tracking_id")
    list_display_links = ("meeting",)
    list_filter = ("problem", "due_at")
    ordering = ("-meeting__starts_at", "-pk")
    search_fields = ("pk", "meeting__owner__email__any_case", "meeting__contact__email__any_case")
    search_help_text = _("The whole e-mail address of an owner or a contact, or the meeting’s ID.")
    list_select_related = ("meeting",)
    fields = (
        "meeting", "due_at", "attempts", "claimed_until", "sent_at", "generation", "problem", "detail", "tracking_id",
    )  # fmt: skip

    @admin.display(description=_("state"))
    def state(self, job: LinkJob) -> str:
        """The problem, if there is one, or how far it is."""
        if job.problem:
            return job.get_problem_display()
        if job.due_at is not None:
            return str(_("under way") if job.attempts else _("waiting"))
        return str(_("link made") if job.meeting.join_url else _("nothing to do"))


@admin.register(MeetingEvent)
class MeetingEventAdmin(ReadOnlyAdmin[MeetingEvent]):
    list_display = ("at", "meeting", "kind", "text", "tracking_id")
    ordering = ("-pk",)
    search_fields = ("meeting__pk", "owner__email__any_case")
    search_help_text = _("The whole e-mail address of an owner, or a meeting’s ID.")
    list_select_related = ("meeting",)


@admin.register(MeetingSettings)
class MeetingSettingsAdmin(ReadOnlyAdmin[MeetingSettings]):
    list_display = ("owner", "slot_minutes", "notice_minutes", "horizon_days", "daily_maximum")
    ordering = ("pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)


@admin.register(WorkingHours)
class WorkingHoursAdmin(ReadOnlyAdmin[WorkingHours]):
    list_display = ("owner", "weekday", "starts", "ends")
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)


@admin.register(DateOverride)
class DateOverrideAdmin(ReadOnlyAdmin[DateOverride]):
    list_display = ("owner", "date", "starts", "ends")
    ordering = ("-pk",)
    search_fields = ("owner__email__any_case",)
    list_select_related = ("owner",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin[Invitation]):
    """Which mails to clients did not go out, and why. The token is the client's key: it is not here."""

    list_display = ("email", "meeting_id", "due_at", "invited_at", "failed_at", "held", "attempts", "last_error")
    list_filter = ("held", ("failed_at", admin.EmptyFieldListFilter), ("due_at", admin.EmptyFieldListFilter))
    ordering = ("-meeting__starts_at", "-pk")  # not by due_at, which most do not have: those would all be sorted
    search_fields = ("contact__email__any_case", "email")
    fields = (
        "email", "is_address_confirmed", "is_mailed", "created_at", "revoked_at", "due_at", "attempts", "claimed_until",
        "invited_at", "told_at", "telling_mail", "failing_since", "failed_at", "held", "last_error",
    )  # fmt: skip
