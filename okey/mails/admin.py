"""What went out, for administrators. Texts may hold meeting addresses, so they are not shown here."""

from django.contrib import admin

from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.mails.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin[Mail]):
    list_display = ("subject", "to", "created_at", "sent_at", "attempts", "not_sent", "last_error")
    list_filter = ("created_at", "not_sent")
    ordering = ("-created_at", "-pk")
    search_fields = ("to",)
    fields = ("to", "subject", "created_at", "sent_at", "due_at", "attempts", "not_sent", "last_error")
