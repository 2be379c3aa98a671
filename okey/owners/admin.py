"""Owners, for administrators: who may sign in, and who may connect meeting providers."""

from smtplib import SMTPException
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_object_actions import DjangoObjectActions, action

from okey.lib.large_lists import LargeListAdmin
from okey.owners.forms import OwnerAddForm, OwnerChangeForm
from okey.owners.models import Owner
from okey.owners.sign_in import send_welcome, vouch_for_email

admin.site.site_header = admin.site.site_title = _("O-Key administration")
admin.site.index_title = _("What O-Key holds")
admin.site.enable_nav_sidebar = False  # the index has the same few lists, and wide lists need the room

# Groups are not used, and an address is the owner's own field: two more lists would only mislead.
for _model in (EmailAddress, Group):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(Owner)
class OwnerAdmin(DjangoObjectActions, LargeListAdmin[Owner]):  # type: ignore[misc]  # it has no types
    list_display = ("email", "name", "meeting_providers_enabled", "is_active", "is_staff", "last_login")
    list_filter = ("meeting_providers_enabled", "is_active", "is_staff", "last_login")
    search_fields = ("email", "name")
    search_help_text = _("Any part of the name or the e-mail address.")
    ordering = ("email",)
    form = OwnerChangeForm
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "timezone", "language")}),
        (_("Access"), {"fields": ("meeting_providers_enabled", "is_active", "is_staff")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "timezone", "meeting_providers_enabled")}),)
    change_actions = ("send_password_mail_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Owner], search_term: str
    ) -> tuple[QuerySet[Owner], bool]:
        """By any part of name and address: people look for owners by their last names, and there are few enough."""
        for word in search_term.replace("\0", "").split():
            queryset = queryset.filter(Q(email__icontains=word) | Q(name__icontains=word))
        return queryset, False

    def get_form(self, request: HttpRequest, obj: Owner | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = OwnerAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Owner | None = None) -> Any:
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Owner | None = None) -> bool:
        """Switched off rather than deleted: their contacts and meetings stay, and no grant is left behind unrevoked."""
        return False

    def save_model(self, request: HttpRequest, obj: Owner, form: Any, change: bool) -> None:
        obj.is_superuser = obj.is_staff  # single permissions are not handed out here, so one tick is the whole right
        if not change:
            obj.set_unusable_password()
            # Not before the owner is committed: a link to nobody would be worse than no mail.
            transaction.on_commit(lambda: self._send(request, obj))
        super().save_model(request, obj, form, change)
        vouch_for_email(obj)

    @action(
        label=_("Send the set-password mail again"),
        description=_("Mails the owner a new link to set the password"),
        methods=("POST",),
        button_type="form",
    )
    def send_password_mail_again(self, request: HttpRequest, obj: Owner) -> None:
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        self._send(request, obj)

    def _send(self, request: HttpRequest, owner: Owner) -> None:
        try:
            send_welcome(owner)
        except (SMTPException, OSError) as error:
            text = _("The mail to %(email)s could not be sent (%(error)s). Send it again later.")
            self.message_user(request, text % {"email": owner.email, "error": error}, messages.ERROR)
        else:
            text = _("A mail with a link to set the password is on its way to %(email)s.")
            self.message_user(request, text % {"email": owner.email})
