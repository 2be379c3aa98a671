"""Meetings and the jobs that make their links, for administrators to look at."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_object_actions import action

from integrations.admin_columns import ProviderFilter, ProviderNamed
from integrations.calendars.models import Calendar
from meetings import scheduling
from meetings.invitations import inviting
from meetings.links import late
from meetings.models import (
    CalendarEntry,
    Invitation,
    LinkJob,
    Meeting,
    MeetingEnd,
    MeetingEvent,
    ProviderMeeting,
    ReconnectReminder,
    Series,
)
from meetings.types import admin as types_admin
from meetings.watching import admin as watching_admin
from okey.lib.admin_actions import ActingAdmin, Buttons, Deed
from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.lib.states_alone import StatesAlone

__all__ = ["types_admin", "watching_admin"]


class _ReadOnlyInline(StatesAlone[Any], admin.TabularInline[Any, Meeting]):
    #: Of those that support sees, the inline says what they are (MeetingAdmin.state_inlines).
    contents: ClassVar[Mapping[str, str]] = {}
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LinkJobInline(_ReadOnlyInline):
    contents = {"detail": ""}
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
    contents = {"title": "id", "contact": "", "contact__email__any_case": ""}
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
    state_inlines = (LinkJobInline,)

    @admin.display(description=_("link"), boolean=True)
    def has_link(self, meeting: Meeting) -> bool:
        return bool(meeting.join_url)

    @admin.display(description=_("problem"))
    def problem(self, meeting: Meeting) -> str:
        return meeting.link_job.get_problem_display() or "—"


class WaitFilter(admin.SimpleListFilter):
    """As the first page and the doctor count them."""

    title = _("link")
    parameter_name = "wait"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            ("late", gettext("late, and tried again by itself")),
            ("given_up", gettext("given up, until somebody does something")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = {"late": late.links, "given_up": late.given_up}.get(self.value() or "")
        return queryset.filter(pk__in=found(timezone.now()).values("pk")) if found else queryset


def _retry(job: LinkJob) -> bool:
    """Not where somebody has just asked for it."""
    is_under_way = job.due_at is not None and job.due_at <= timezone.now() and not job.problem
    if is_under_way:
        return False
    try:
        scheduling.retry_link(owner=job.meeting.owner, meeting_id=job.pk)
    except (scheduling.Conflict, Meeting.DoesNotExist):
        return False
    return True


RETRY = Deed(
    name="retry_all",
    question=_("Try to make these links now?"),
    consequence=_("Workers ask the providers again. What has its link already, or is over, is left out."),
    button=_("Try again"),
    noted=_("Asked for another try at the link."),
    do=_retry,
    names=lambda job: str(job.pk),
)


@admin.register(LinkJob)
class LinkJobAdmin(ActingAdmin[LinkJob], Buttons, ReadOnlyAdmin[LinkJob]):
    contents = {"meeting": "meeting_id", "detail": "", "meeting__contact__email__any_case": ""}
    # What matters stands first: a narrow screen shows no more than two columns.
    list_display = ("state", "meeting", "due_at", "attempts", "detail", "tracking_id")
    list_display_links = ("meeting",)
    list_filter = (WaitFilter, "problem", "due_at")
    readonly_fields = ("state", "todo")
    actions = ("retry_all",)
    change_actions = ("retry",)
    ordering = ("-meeting__starts_at", "-pk")
    search_fields = ("pk", "meeting__owner__email__any_case", "meeting__contact__email__any_case")
    search_help_text = _("The whole e-mail address of an owner or a contact, or the meeting’s ID.")
    list_select_related = ("meeting",)
    fields = (
        "meeting", "state", "todo", "detail", "tracking_id", "wanted_at", "due_at", "attempts", "claimed_until",
        "sent_at", "generation", "problem",
    )  # fmt: skip

    @admin.action(description=_("Try to make the links now"), permissions=["act"])
    def retry_all(self, request: HttpRequest, queryset: QuerySet[LinkJob]) -> HttpResponse | None:
        return self.act(request, queryset.select_related("meeting__owner"), RETRY)

    @action(
        label=_("Try again now"),
        description=_("A worker asks the provider again, whatever the problem was"),
        methods=("POST",),
        button_type="form",
    )
    def retry(self, request: HttpRequest, job: LinkJob) -> None:
        if not self.has_act_permission(request):
            raise PermissionDenied
        if _retry(job):
            self.log_change(request, job, str(RETRY.noted))
            self.message_user(request, gettext("A worker tries it now. Look again in some seconds."))
        else:
            self.message_user(request, gettext("There is no link to make, or it is under way."), messages.INFO)

    @admin.display(description=_("what to do"))
    def todo(self, job: LinkJob) -> str:
        return late.todo(job) or "—"

    @admin.display(description=_("state"))
    def state(self, job: LinkJob) -> str:
        """The problem, if there is one, or how far it is."""
        if job.problem:
            return job.get_problem_display()
        if job.due_at is not None:
            return str(_("under way") if job.attempts else _("waiting"))
        return str(_("link made") if job.meeting.join_url else _("nothing to do"))


@admin.register(ProviderMeeting)
class ProviderMeetingAdmin(ProviderNamed, ReadOnlyAdmin[ProviderMeeting]):
    """Mostly looked at on its meeting's page. Links and passcodes are keys: they are not here."""

    contents = {"meeting": "meeting_id", "connection": "connection_id", "external_id": ""}
    list_display = ("id", "provider_name", "account", "external_id", "state", "synced_revision", "created_at")
    list_filter = (ProviderFilter, "state")
    list_select_related = ("account",)
    ordering = ("-pk",)
    search_fields = ("pk", "meeting__pk")
    search_help_text = _("The meeting’s ID.")
    readonly_fields = ("provider_name",)
    fields = (
        "meeting", "provider_name", "account", "connection", "external_id", "generation", "state", "synced_revision",
        "created_at",
    )  # fmt: skip


@admin.register(ReconnectReminder)
class ReconnectReminderAdmin(ReadOnlyAdmin[ReconnectReminder]):
    contents = {"connection": "connection_id"}
    list_display = ("connection", "due_at", "attempts")
    list_select_related = ("connection__owner", "connection__account")
    ordering = ("-pk",)
    search_fields = ("connection__pk",)
    fields = ("connection", "due_at", "attempts", "claimed_until")


@admin.register(MeetingEnd)
class MeetingEndAdmin(ReadOnlyAdmin[MeetingEnd]):
    """A row for each meeting whose end is still to be told."""

    contents = {}
    list_display = ("meeting_id", "due_at", "attempts")
    ordering = ("-due_at", "-pk")
    search_fields = ("pk",)
    fields = ("due_at", "attempts", "claimed_until")


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin[Series]):
    """What is owed to the clients of several meetings at once; the meetings say the rest."""

    contents = {}
    list_display = ("id", "owner", "every_weeks", "due_at", "attempts", "created_at")
    ordering = ("-pk",)
    search_fields = ("pk", "owner__email__any_case")
    search_help_text = _("The whole e-mail address of an owner, or the series’ ID.")
    list_select_related = ("owner",)
    fields = ("owner", "every_weeks", "due_at", "attempts", "claimed_until")


@admin.register(CalendarEntry)
class CalendarEntryAdmin(ReadOnlyAdmin[CalendarEntry]):
    """How far each is, and why it is no further. What stands in the owner's calendar is theirs: it is not here."""

    contents = {"meeting": "meeting_id", "calendar": "calendar_id"}
    list_display = ("state", "meeting", "calendar", "due_at", "attempts")
    list_display_links = ("meeting",)
    list_filter = ("due_at",)
    ordering = ("-meeting__starts_at", "-pk")
    search_fields = ("meeting__pk", "meeting__owner__email__any_case")
    search_help_text = _("The whole e-mail address of an owner, or a meeting’s ID.")
    list_select_related = ("meeting", "calendar")
    fields = ("meeting", "calendar", "state", "due_at", "attempts", "claimed_until", "sent_at", "to_look", "owed")
    readonly_fields = ("state",)

    @admin.display(description=_("state"))
    def state(self, entry: CalendarEntry) -> str:
        """The problem, if there is one, or how far it is."""
        if entry.problem:
            return str(dict(Calendar.Trouble.choices).get(entry.problem, entry.problem))
        if entry.found is not None:
            return str(_("changed there: the owner decides"))
        if entry.due_at is not None:
            return str(_("under way") if entry.attempts else _("waiting"))
        return str(_("entered") if entry.known else _("not there"))


@admin.register(MeetingEvent)
class MeetingEventAdmin(ReadOnlyAdmin[MeetingEvent]):
    contents = {"meeting": "meeting_id", "text": ""}
    list_display = ("at", "meeting", "kind", "text", "tracking_id")
    ordering = ("-pk",)
    search_fields = ("meeting__pk", "owner__email__any_case")
    search_help_text = _("The whole e-mail address of an owner, or a meeting’s ID.")
    list_select_related = ("meeting",)


def _send_again(invitation: Invitation) -> bool:
    """Of those that were given up; whoever comes second finds that it was not."""
    if not Invitation.objects.filter(pk=invitation.pk, failed_at__isnull=False, revoked_at=None, left_at=None).exists():
        return False
    inviting.send_again(owner=invitation.meeting.owner, invitation_id=invitation.pk)
    return True


SEND_AGAIN = Deed(
    name="send_all_again",
    question=_("Send these mails to clients again?"),
    consequence=_("Each client gets the invitation as it is now. Only what was given up is sent again."),
    button=_("Send again"),
    noted=_("Had the mail to the client sent again."),
    do=lambda invitation: _send_again(invitation),
)


@admin.register(Invitation)
class InvitationAdmin(ActingAdmin[Invitation], ReadOnlyAdmin[Invitation]):
    """Which mails to clients did not go out, and why. The token is the client's key: it is not here."""

    contents = {"email": "id", "last_error": "", "contact__email__any_case": ""}
    list_display = ("email", "meeting_id", "due_at", "invited_at", "failed_at", "held", "attempts", "last_error")
    list_filter = (
        "held",
        ("failing_since", admin.EmptyFieldListFilter),
        ("failed_at", admin.EmptyFieldListFilter),
        ("due_at", admin.EmptyFieldListFilter),
    )
    ordering = ("-meeting__starts_at", "-pk")  # not by due_at, which most do not have: those would all be sorted
    search_fields = ("contact__email__any_case", "email", "meeting__pk")
    actions = ("send_all_again",)
    readonly_fields = ("todo",)
    fields = (
        "email", "todo", "is_guest", "is_address_confirmed", "is_mailed", "created_at", "revoked_at", "due_at",
        "attempts", "claimed_until", "invited_at", "told_at", "telling_mail", "failing_since", "failed_at", "held",
        "last_error",
    )  # fmt: skip

    @admin.action(description=_("Send the mails that were given up again"), permissions=["act"])
    def send_all_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> HttpResponse | None:
        return self.act(request, queryset.select_related("meeting__owner"), SEND_AGAIN)

    @admin.display(description=_("what to do"))
    def todo(self, invitation: Invitation) -> str:
        if invitation.failed_at is not None:
            return gettext(
                "See the error, and the doctor (System check), which talks with the mail server. Then send it again: "
                "by the action in the list, or the owner does on the meeting’s page."
            )
        if invitation.failing_since is not None:
            return gettext("It is tried again by itself for three days. The doctor says what the mail server refuses.")
        return "—"
