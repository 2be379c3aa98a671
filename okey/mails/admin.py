"""What went out, for administrators. Texts may hold meeting addresses, so they are not shown here."""

from django.contrib import admin

from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.mails.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin[Mail]):
    list_display = ("subject", "to", "created_at", "sent_at", "attempts", "last_error")
    list_filter = ("created_at",)
    ordering = ("-created_at", "-pk")
    search_fields = ("to",)
    fields = ("to", "subject", "created_at", "sent_at", "due_at", "attempts", "last_error")
