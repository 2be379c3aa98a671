"""What went out, for administrators. Texts may hold meeting addresses, so they are not shown here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from okey.lib.read_only_admin import ReadOnlyAdmin
from okey.mails import failing
from okey.mails.models import Mail, Mailbox


class StateFilter(admin.SimpleListFilter):
    """As the first page counts them (okey.mails.failing)."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("again", gettext("tried again")), ("given_up", gettext("given up lately"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Mail]") -> "QuerySet[Mail]":
        found = {"again": failing.tried_again, "given_up": failing.given_up}.get(self.value() or "")
        return queryset.filter(pk__in=found().values("pk")) if found else queryset


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin[Mail]):
    contents = {"subject": "id", "to": "", "last_error": ""}
    list_display = ("subject", "to", "created_at", "sent_at", "attempts", "not_sent", "last_error")
    list_filter = (StateFilter, "created_at", "not_sent")
    ordering = ("-created_at", "-pk")
    search_fields = ("to",)
    readonly_fields = ("todo",)
    fields = (
        "to", "subject", "account", "created_at", "sent_at", "due_at", "attempts", "not_sent", "last_error", "todo",
    )  # fmt: skip

    @admin.display(description=_("what to do"))
    def todo(self, mail: Mail) -> str:
        if mail.due_at is not None and mail.last_error:
            return gettext("It is tried again by itself. The doctor (System check) says what the mail server refuses.")
        if mail.sent_at is None and mail.due_at is None and not mail.not_sent:
            return gettext("It was given up: see the error, and the doctor. Whoever needs it asks for it again.")
        return "—"


@admin.register(Mailbox)
class MailboxAdmin(ReadOnlyAdmin[Mailbox]):
    """Whose it is, nobody can tell from the row."""

    contents = {}
    list_display = ("__str__", "last_at", "stopped_at")
    list_filter = (("stopped_at", admin.EmptyFieldListFilter),)
    ordering = ("pk",)
    fields = ("last_at", "stopped_at")
