"""Closed accounts, for administrators: until when one can be opened again, and doing so."""

from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_object_actions import action

from meetings.personal import closing
from meetings.personal.models import Closing
from okey.lib.admin_actions import Buttons
from okey.lib.read_only_admin import ReadOnlyAdmin


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else "—"


@admin.register(Closing)
class ClosingAdmin(Buttons, ReadOnlyAdmin[Closing]):
    contents = {}
    list_display = ("owner", "closed_at", "settled_at", "deleted_at")
    list_select_related = ("owner",)
    search_fields = ("owner__email__any_case",)
    search_help_text = gettext_lazy("The whole e-mail address of an owner.")
    ordering = ("pk",)
    fields = ("owner", "closed_at", "settled_at", "deleted_at", "waits")
    readonly_fields = ("closed_at", "deleted_at", "waits")
    change_actions = ("reopen",)

    @admin.display(description=gettext_lazy("closed"), ordering="owner__closed_at")
    def closed_at(self, row: Closing) -> str:
        return _moment(row.owner.closed_at)

    @admin.display(description=gettext_lazy("deleted for good"))
    def deleted_at(self, row: Closing) -> str:
        return _moment(row.deleted_at)

    @admin.display(description=gettext_lazy("waits for"))
    def waits(self, row: Closing) -> str:
        """What keeps it from being deleted in time."""
        until = closing.waits_until(row)
        if until is None:
            return "—"
        return _("a provider that has not taken its grant back; until %(moment)s at most") % {"moment": _moment(until)}

    @action(
        label=gettext_lazy("Open the account again"),
        description=gettext_lazy(
            "Contacts, past meetings, hours and the booking page are there again. Meetings stay cancelled; connections,"
            " calendars, tokens and webhooks have to be made anew, and the owner sets a new password."
        ),
        methods=("POST",),
        button_type="form",
    )
    def reopen(self, request: HttpRequest, obj: Closing) -> HttpResponse:
        """Whoever may change owners may do this."""
        if not request.user.has_perm("owners.change_owner"):
            raise PermissionDenied
        try:
            owner = closing.reopen(owner_id=obj.pk)
        except closing.TooLate:
            self.message_user(request, _("Too late: the account is being deleted."), messages.ERROR)
            return redirect("admin:personal_closing_changelist")
        self.log_change(request, obj, _("Opened the account again."))
        self.message_user(request, _("The account is open again. Send the owner the set-password mail now."))
        return redirect(reverse("admin:owners_owner_change", args=[owner.pk]))
