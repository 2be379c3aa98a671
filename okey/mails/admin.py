"""What went out, for administrators. Texts may hold meeting addresses, so they are not listed here."""

from django.contrib import admin
from django.http import HttpRequest

from okey.mails.models import Mail


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin[Mail]):
    list_display = ("subject", "to", "created_at", "sent_at", "attempts", "last_error")
    list_filter = ("sent_at",)
    search_fields = ("to", "subject")
    fields = readonly_fields = ("to", "subject", "created_at", "sent_at", "due_at", "attempts", "last_error")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False
